/**
 * What `pond grep` does: lines of contents that match, content by content in the order of time. Only checked bytes are searched (R4); what cannot be
 * read is told, and the others are searched all the same (R10).
 */
import { Clock, Effect, Option, Result, Runtime, Schema } from "effect"
import { Progress } from "../../factories/progress.ts"
import { type LineQuery, planOf } from "../../formats/search/query.ts"
import { stateAt } from "../at.ts"
import { parseTime } from "../diff/point.ts"
import { PartlyFailed, WrongUsage } from "../failure.ts"
import { escapeControls } from "../fileName.ts"
import { Output } from "../output.ts"
import * as Meter from "../progress.ts"
import { Session } from "../session.ts"
import { parseAge } from "../text/units.ts"
import { begin, isFiltered, type Wanted } from "./contents.ts"
import { choose, type Window } from "./select.ts"
import { show, type Showing } from "./show.ts"
import { searchThreads } from "./threads.ts"

/** Nothing was found: said by the exit code alone, as every grep does. */
export class NothingFound extends Schema.TaggedError<NothingFound>()("NothingFound", {}) {
  override readonly [Runtime.errorReported] = false
  override get message(): string {
    return "no line matches"
  }
}

/** What was typed. */
export interface GrepOptions {
  readonly pattern: string
  readonly globs: ReadonlyArray<string>
  readonly query: Pick<LineQuery, "isText" | "ignoresCase" | "isInverted" | "before" | "after">
  readonly max: Option.Option<number>
  readonly isNumbered: boolean
  readonly shows: Showing["shows"]
  readonly since: Option.Option<string>
  readonly until: Option.Option<string>
  readonly at: Option.Option<string>
}

const wrong = (problem: string) => new WrongUsage({ problem, command: "pond grep" })

const pointOf = (text: string, nowMs: number): Effect.Effect<number, WrongUsage> => {
  const ageMs = parseAge(text)
  const micros = ageMs === undefined ? parseTime(text) : (nowMs - ageMs) * 1000
  const problem = `${JSON.stringify(text)} is neither an age nor a time: write 90m, 12h, 2d, 2026-11-21 or 2026-11-21T08:00`
  return micros === undefined ? Effect.fail(wrong(problem)) : Effect.succeed(micros)
}

const windowOf = Effect.fnUntraced(function* ({ since, until }: GrepOptions) {
  const nowMs = yield* Clock.currentTimeMillis
  const micros = (text: Option.Option<string>, otherwise: number) =>
    Option.match(text, { onNone: () => Effect.succeed(otherwise), onSome: (given) => pointOf(given, nowMs) })
  return {
    sinceMicros: yield* micros(since, Number.NEGATIVE_INFINITY),
    untilMicros: yield* micros(until, Number.POSITIVE_INFINITY)
  } satisfies Window
})

/** Who reads what is printed. */
interface Reading {
  readonly isJson: boolean
  readonly isTerminal: boolean
}

/** What the options ask of each content. */
const wantedOf = (options: GrepOptions, window: Window, { isJson, isTerminal }: Reading): Wanted => {
  const max = options.shows === "names" ? 1 : Option.getOrElse(options.max, () => Number.POSITIVE_INFINITY)
  const showsLines = options.shows === "lines"
  const { after, before } = showsLines ? options.query : { after: 0, before: 0 }
  const query: LineQuery = {
    ...options.query,
    before,
    after,
    pattern: options.pattern,
    isCounting: showsLines && (options.isNumbered || isJson),
    wantsLines: showsLines || isFiltered(window),
    max: isFiltered(window) ? Number.POSITIVE_INFINITY : max
  }
  const isTimed = isFiltered(window) || isJson
  const isPacked = showsLines && !isTimed && !isTerminal && before + after === 0 && max === Number.POSITIVE_INFINITY
  return { query, window, max, isTimed, isPacked }
}

/** Searches contents for lines. */
export const run = Effect.fn("pond.grep")(function* (options: GrepOptions) {
  const { columns, message } = yield* Output
  const { isJson } = yield* Session
  const window = yield* windowOf(options)
  const wanted = wantedOf(options, window, { isJson, isTerminal: columns !== undefined })
  yield* Effect.try({
    try: () => planOf(wanted.query, { foldsCase: false, textBytesMax: 0 }),
    catch: (cause) => wrong((cause as Error).message)
  })
  const tally = { found: 0, failures: 0 }
  const search = Effect.gen(function* () {
    // Threads take their time to start: meanwhile the pond is opened.
    const threads = yield* searchThreads(wanted.query)
    const head = yield* stateAt(options.at)
    const chosen = yield* choose(head, options.globs, window)
    const { after, before } = wanted.query
    const showing = {
      shows: options.shows,
      isNamed: chosen.length > 1 || options.globs.some((glob) => /[*?[{]/.test(glob)),
      isNumbered: options.isNumbered,
      hasContext: before + after > 0
    }
    const progress = yield* Progress
    for (const { end, start } of chosen) progress.expect({ files: 1, bytes: end - start })
    threads.expect(chosen.reduce((sum, { end, start }) => sum + end - start, 0))
    const begun = yield* Effect.forEach(chosen, (one) => Effect.cached(begin(head, threads, one, wanted)))
    for (const [at, one] of chosen.entries()) {
      const { end, pages } = yield* begun[at]!
      // The next one is begun while this one is shown, so that no thread waits in between.
      yield* begun[at + 1] ?? Effect.void
      const count = yield* Effect.result(show(pages, one, showing))
      yield* end
      progress.done({ files: 1 })
      if (Result.isSuccess(count)) {
        tally.found += count.success
        continue
      }
      const { failure } = count
      if (failure._tag === "OutputClosed" || failure._tag === "OutputFailed") return yield* failure
      if (failure._tag === "ImportUnavailable" && (yield* head.leaveOut(one.path, failure))) continue
      tally.failures += 1
      yield* message(`pond: ${escapeControls(one.path)} was not searched to its end: ${failure.message}`)
    }
  })
  yield* Effect.scoped(search).pipe(Effect.provide(Meter.layer("searching")))
  if (tally.failures > 0) return yield* new PartlyFailed({ failures: tally.failures })
  if (tally.found === 0) return yield* new NothingFound()
})
