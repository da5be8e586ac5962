/**
 * What `pond grep` does: lines of contents that match, content by content in the order of time. Only checked bytes are searched (R4); what cannot be
 * read is told, and the others are searched all the same (R10).
 */
import { Clock, Effect, Option, Result, Runtime, Schema, Stream } from "effect"
import { EventTimes } from "../../factories/logfile/event-times.ts"
import { Progress } from "../../factories/progress.ts"
import { decoders } from "../../formats/decoders.ts"
import { type FoundLine, LINE_BYTES_MAX, type LineQuery, LineSearch } from "../../formats/search.ts"
import type { Snapshot } from "../../tlogfs/pond.ts"
import { stateAt } from "../at.ts"
import { parseTime } from "../diff/point.ts"
import { PartlyFailed, WrongUsage } from "../failure.ts"
import { escapeControls } from "../fileName.ts"
import { Output } from "../output.ts"
import * as Meter from "../progress.ts"
import { Session } from "../session.ts"
import { exactTime, formatSize, parseAge } from "../text/units.ts"
import { choose, type Chosen, type Window } from "./select.ts"
import { type Searcher, searcher } from "./thread.ts"

/** One line of `pond grep --json`. */
export const GrepLine = Schema.Struct({
  path: Schema.String,
  line: Schema.Int.annotate({ description: "counted from 1" }),
  offset: Schema.Int.annotate({
    description: "where it begins, in bytes; of what is compressed: in what it decompresses to"
  }),
  text: Schema.String.annotate({ description: "without its line feed; bytes that are not UTF-8 are replaced" }),
  time: Schema.optionalKey(Schema.String).annotate({ description: "its own time, where a mirror knows its field" }),
  context: Schema.Boolean.annotate({ description: "whether it only lies beside one that was found" })
})
/** One line of `pond grep --json`. */
export type GrepLine = typeof GrepLine.Type

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
  readonly query: Omit<LineQuery, "pattern" | "max" | "isCounting">
  readonly max: Option.Option<number>
  readonly isNumbered: boolean
  readonly shows: "lines" | "count" | "names"
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

/** Bytes before a version that are looked through for the beginning of the line that it goes on with. */
const LOOK_BACK_BYTES = 1024 * 1024

const LINE_FEED = 10

/** Where the line begins that has the byte at `start`. */
const lineStart = Effect.fnUntraced(function* (head: Snapshot, path: string, start: number) {
  const from = Math.max(0, start - LOOK_BACK_BYTES)
  if (from === start) return start
  return from + (yield* head.readBytes(path, { range: { start: from, end: start } })).lastIndexOf(LINE_FEED) + 1
})

/** The time of a line, if it has one. */
const timeOf = ({ field }: Chosen, bytes: Uint8Array): number | undefined => {
  if (field === undefined) return undefined
  const times = new EventTimes(field)
  times.push(bytes)
  return times.finish().bounds?.minMicros
}

/** A line with where it lies in its content, and its own time. */
interface Hit extends FoundLine {
  readonly timeMicros: number | undefined
}

const decoderOf = decoders()

/** The lines of one content that are wanted. */
const linesOf = (head: Snapshot, thread: Searcher, chosen: Chosen, given: { window: Window; query: LineQuery }) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { path } = chosen
      const progress = yield* Progress
      const decode = decoderOf(chosen.name)
      const isWhole = chosen.isWhole || decode !== undefined || given.query.isCounting
      const start = isWhole ? 0 : yield* lineStart(head, path, chosen.start)
      const end = decode === undefined ? chosen.end : chosen.sizeBytes
      const bytes = Stream.tap(head.read(path, { range: { start, end } }), ({ length }) =>
        Effect.sync(() => progress.done({ bytes: length }))
      )
      const { sinceMicros, untilMicros } = given.window
      const isTimed = Number.isFinite(sinceMicros) || Number.isFinite(untilMicros)
      return thread.search(decode === undefined ? bytes : decode(bytes)).pipe(
        Stream.map((line): Hit => {
          const timeMicros = isTimed || given.query.isCounting ? timeOf(chosen, line.bytes) : undefined
          return { ...line, offset: line.offset + start, timeMicros }
        }),
        Stream.filter(({ bytes: line, offset, timeMicros }) => {
          const isInVersion = decode !== undefined || offset + line.length >= chosen.start
          return isInVersion && (timeMicros === undefined || (timeMicros >= sinceMicros && timeMicros <= untilMicros))
        })
      )
    })
  )

/** Ends after so many lines that are no context. */
const atMost = (max: number) => {
  let found = 0
  return <E, R>(hits: Stream.Stream<Hit, E, R>): Stream.Stream<Hit, E, R> =>
    Stream.takeUntil(hits, ({ isContext }) => !isContext && ++found >= max)
}

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** What lines look like. */
interface Shape {
  readonly isJson: boolean
  readonly isNamed: boolean
  readonly isTerminal: boolean
}

/** Lines as they are written: for programs as JSON, for people with their path and number. */
class Lines {
  readonly #options: GrepOptions
  readonly #path: string
  readonly #shape: Shape
  /** Where the line begins that would follow the last one. */
  #next = 0

  constructor(options: GrepOptions, path: string, shape: Shape) {
    this.#options = options
    this.#path = path
    this.#shape = shape
  }

  /** The bytes of one line. */
  bytes(hit: Hit): ReadonlyArray<Uint8Array> {
    const { bytes, isContext, line, offset, timeMicros } = hit
    const { isJson, isNamed, isTerminal } = this.#shape
    if (isJson) {
      const time = timeMicros === undefined ? {} : { time: exactTime(timeMicros) }
      const value: GrepLine = {
        path: this.#path,
        line,
        offset,
        text: decoder.decode(bytes),
        ...time,
        context: isContext
      }
      return [encoder.encode(`${JSON.stringify(value)}\n`)]
    }
    const { isNumbered, query } = this.#options
    const mark = isContext ? "-" : ":"
    const isGap = query.before + query.after > 0 && this.#next > 0 && offset > this.#next
    this.#next = offset + bytes.length + 1
    const head = `${isGap ? "--\n" : ""}${isNamed ? `${escapeControls(this.#path)}${mark}` : ""}${isNumbered ? `${line}${mark}` : ""}`
    // On a terminal a line must not do anything but be read.
    const body = isTerminal ? encoder.encode(escapeControls(decoder.decode(bytes))) : bytes
    return [encoder.encode(head), body, encoder.encode("\n")]
  }
}

/** Shows what was found in one content; gives how many lines. */
const show = Effect.fnUntraced(function* <E, R>(
  hits: Stream.Stream<Hit, E, R>,
  { path }: Chosen,
  { isNamed, options }: { readonly isNamed: boolean; readonly options: GrepOptions }
) {
  const { columns, data, message } = yield* Output
  const { isJson } = yield* Session
  const lines = new Lines(options, path, { isJson, isNamed, isTerminal: columns !== undefined })
  let count = 0
  yield* Stream.runForEachArray(hits, (page) =>
    Effect.gen(function* () {
      count += page.filter(({ isContext }) => !isContext).length
      for (const { line } of page.filter(({ isCut }) => isCut)) {
        const where = `${escapeControls(path)}${line > 0 ? `:${line}` : ""}`
        yield* message(
          `pond: a line of ${where} is longer than ${formatSize(LINE_BYTES_MAX)}: its beginning was searched`
        )
      }
      if (options.shows === "lines") yield* data(Buffer.concat(page.flatMap((hit) => lines.bytes(hit))))
    })
  )
  if (options.shows === "lines") return count
  const name = escapeControls(path)
  // With --json, too: there is one object for each file, {"path","count"}.
  if (isJson && count > 0) yield* data(`${JSON.stringify({ path, count })}\n`)
  else if (options.shows === "count" && !isJson) yield* data(`${isNamed ? `${name}:` : ""}${count}\n`)
  else if (count > 0) yield* data(`${name}\n`)
  return count
})

/** Searches contents for lines. */
export const run = Effect.fn("pond.grep")(function* (options: GrepOptions) {
  const { message } = yield* Output
  const { isJson } = yield* Session
  const head = yield* stateAt(options.at)
  const window = yield* windowOf(options)
  const isCounting = options.isNumbered || isJson
  const max = options.shows === "names" ? 1 : Option.getOrElse(options.max, () => Number.POSITIVE_INFINITY)
  const isFiltered = Number.isFinite(window.sinceMicros) || Number.isFinite(window.untilMicros)
  const query = {
    ...options.query,
    pattern: options.pattern,
    isCounting,
    max: isFiltered ? Number.POSITIVE_INFINITY : max
  }
  yield* Effect.try({ try: () => new LineSearch(query), catch: (cause) => wrong((cause as Error).message) })
  const chosen = yield* choose(head, options.globs, window)
  const isNamed = chosen.length > 1 || options.globs.some((glob) => /[*?[{]/.test(glob))
  const tally = { found: 0, failures: 0 }
  const search = Effect.gen(function* () {
    const progress = yield* Progress
    for (const { end, start } of chosen) progress.expect({ files: 1, bytes: end - start })
    const thread = yield* searcher(query)
    for (const one of chosen) {
      const found = linesOf(head, thread, one, { window, query })
      const hits = isFiltered && Number.isFinite(max) ? atMost(max)(found) : found
      const count = yield* Effect.result(show(hits, one, { isNamed, options }))
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
