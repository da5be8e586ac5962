/**
 * Looking at the times in lines while they are stored, where a configuration asks for it.
 */
import { Effect, Stream } from "effect"
import type { OpenTransaction, Pruned, ReadError, TimeBounds } from "../../tinyfs/index.ts"
import { type EventTimeField, EventTimeFieldMissing, EventTimes, LINE_BYTES_MAX } from "./event-times.ts"
import { type Known, readNode } from "./known.ts"

/** What a beginning that ends within a line is looked for in first. */
const FIRST_LOOK_BYTES = 64 * 1024

/** Times that are looked for, or not. */
export interface Timing {
  /** Looks at what passes. */
  readonly look: <E, R>(stream: Stream.Stream<Uint8Array, E, R>) => Stream.Stream<Uint8Array, E, R>
  /** The bounds of what passed; fails when there are lines, and none has the field. */
  readonly bounds: (fileName: string) => Effect.Effect<TimeBounds | undefined, EventTimeFieldMissing>
}

const NO_TIMING: Timing = { look: (stream) => stream, bounds: () => Effect.undefined }

/** The half line that an entry's bytes end with. */
const halfLine = Effect.fnUntraced(function* (
  transaction: OpenTransaction,
  { entry, node }: Known
): Effect.fn.Return<Uint8Array, ReadError | Pruned> {
  for (let length = FIRST_LOOK_BYTES; ; length = LINE_BYTES_MAX) {
    const start = Math.max(0, entry.sizeBytes - length)
    const bytes = yield* Stream.mkUint8Array(readNode(transaction, node, start, entry.sizeBytes))
    const end = bytes.lastIndexOf(10)
    if (end >= 0 || start === 0 || length === LINE_BYTES_MAX) return bytes.subarray(end + 1)
  }
})

/** Begins to look for times in what follows an entry's bytes, or in a whole file. */
export const beginTiming = Effect.fnUntraced(function* (
  transaction: OpenTransaction,
  eventTime: EventTimeField | undefined,
  base: Known | undefined
): Effect.fn.Return<Timing, ReadError | Pruned> {
  if (eventTime === undefined) return NO_TIMING
  const times = new EventTimes(eventTime)
  if (base !== undefined && base.entry.sizeBytes > 0) times.push(yield* halfLine(transaction, base))
  return {
    look: (stream) =>
      Stream.map(stream, (chunk) => {
        times.push(chunk)
        return chunk
      }),
    bounds: (fileName) =>
      Effect.suspend(() => {
        const { bounds, isMissing } = times.finish()
        return isMissing
          ? Effect.fail(new EventTimeFieldMissing({ field: eventTime.field, fileName }))
          : Effect.succeed(bounds)
      })
  }
})
