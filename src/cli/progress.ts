/**
 * The meter of long work: one line on a terminal, that is drawn again and again and goes when the work ends. In a pipe there is none.
 */
import { Clock, Effect, Layer } from "effect"
import { Progress, type ProgressListener, type Work } from "../factories/progress.ts"
import { Output } from "./output.ts"
import { columnsOf } from "./text/width.ts"
import { formatDuration, formatSize } from "./text/units.ts"

/** Work that takes less shows nothing. */
const PATIENCE = "500 millis"

const REDRAW_EVERY = "100 millis"

/** Time left is told when this much of the work is done: earlier it would be a guess. */
const TELLING_SHARE = 0.02

/** How far work has come. */
export interface Standing {
  readonly expected: Required<Work>
  readonly done: Required<Work>
  readonly elapsedMs: number
}

const ofTotal = (done: string, total: string, isKnown: boolean): string => (isKnown ? `${done} of ${total}` : done)

/** Returns the line of the meter, cut to the columns of the terminal. */
export const meterLine = (verb: string, { done, elapsedMs, expected }: Standing, columns: number): string => {
  const parts = [verb]
  if (done.files > 0 || expected.files > 0) {
    const isKnown = expected.files >= done.files && expected.files > 0
    parts.push(`${ofTotal(String(done.files), String(expected.files), isKnown)} files`)
  }
  const isKnown = expected.bytes >= done.bytes && expected.bytes > 0
  if (done.bytes > 0 || isKnown) {
    const share = isKnown ? done.bytes / expected.bytes : 0
    parts.push(ofTotal(formatSize(done.bytes), formatSize(expected.bytes), isKnown))
    if (isKnown) parts.push(`${Math.floor(share * 100)} %`)
    if (elapsedMs > 0) parts.push(`${formatSize((done.bytes / elapsedMs) * 1000)}/s`)
    if (share >= TELLING_SHARE) parts.push(`${formatDuration((elapsedMs / share) * (1 - share))} left`)
  }
  let line = parts.join("  ")
  while (columnsOf(line) >= columns) line = line.slice(0, -1)
  return line
}

/** Shows how far the work of a command has come, once it takes long. `verb` says what is done, as in `copying`. */
export const layer = (verb: string): Layer.Layer<never, never, Output> =>
  Layer.effect(
    Progress,
    Effect.gen(function* () {
      const { status } = yield* Output
      const expected = { bytes: 0, files: 0 }
      const done = { bytes: 0, files: 0 }
      const count = (into: { bytes: number; files: number }) => (work: Work) => {
        into.bytes += work.bytes ?? 0
        into.files += work.files ?? 0
      }
      const listener: ProgressListener = { expect: count(expected), done: count(done) }
      if (status === undefined) return listener
      const startMs = yield* Clock.currentTimeMillis
      const draw = Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
        status.show(meterLine(verb, { expected, done, elapsedMs: nowMs - startMs }, status.columns))
      )
      yield* Effect.addFinalizer(() => status.clear)
      const drawing = Effect.forever(Effect.andThen(draw, Effect.sleep(REDRAW_EVERY)))
      yield* Effect.forkScoped(Effect.andThen(Effect.sleep(PATIENCE), drawing))
      return listener
    })
  )
