/**
 * Ranges and streams of objects.
 */
import { expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { STREAM_CHUNK_BYTES } from "../../../../src/store/range.ts"
import type { ByteRange } from "../../../../src/store/range.ts"
import { collected, patterned } from "../bytes.ts"
import type { Subject } from "./subject.ts"

/** Tests that ranges are answered exactly, and streamed in chunks. */
export const ranges = ({ make }: Subject): void => {
  const bytes = patterned(1000)
  const inside: ReadonlyArray<readonly [ByteRange, number, number]> = [
    [{ start: 0, end: 1000 }, 0, 1000],
    [{ start: 0, end: 0 }, 0, 0],
    [{ start: 1000, end: 1000 }, 1000, 1000],
    [{ start: 999, end: 1000 }, 999, 1000],
    [{ start: 17, end: 400 }, 17, 400],
    [{ start: 17 }, 17, 1000],
    [{ start: 1000 }, 1000, 1000],
    [{ last: 8 }, 992, 1000],
    [{ last: 1000 }, 0, 1000],
    [{ last: 5000 }, 0, 1000],
    [{ last: 0 }, 1000, 1000]
  ]
  const outside: ReadonlyArray<ByteRange> = [
    { start: 0, end: 1001 },
    { start: 1001, end: 1001 },
    { start: 1001 },
    { start: 500, end: 499 },
    { start: -1, end: 5 },
    { start: 0.5, end: 5 },
    { start: 0, end: 2 ** 53 },
    { last: -1 },
    { last: 1.5 }
  ]

  it.effect("answers ranges exactly, or not at all", () =>
    Effect.gen(function* () {
      const store = yield* make
      yield* store.putIfAbsent("r", bytes)
      for (const [range, start, end] of inside) {
        expect(yield* store.getRange("r", range)).toEqual(bytes.slice(start, end))
        expect(yield* collected(store.stream("r", range))).toEqual(bytes.slice(start, end))
      }
      for (const range of outside) {
        const refusal = { _tag: "ObjectRangeOutside", key: "r", sizeBytes: 1000 }
        expect(yield* Effect.flip(store.getRange("r", range))).toMatchObject(refusal)
        expect(yield* Effect.flip(Stream.runDrain(store.stream("r", range)))).toMatchObject(refusal)
      }
    })
  )

  it.effect("reads large ranges, streams in chunks of at most 1 MiB", () =>
    Effect.gen(function* () {
      const store = yield* make
      const large = patterned(3 * STREAM_CHUNK_BYTES + 5)
      yield* store.putIfAbsent("large", large)
      const range = { start: 3, end: large.length - 1 }
      expect(Buffer.compare(yield* store.getRange("large", range), large.subarray(3, -1))).toBe(0)
      const chunks = yield* Stream.runCollect(store.stream("large", range))
      expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(STREAM_CHUNK_BYTES)
      expect(Buffer.compare(Buffer.concat(chunks), large.subarray(3, -1))).toBe(0)
      const head = yield* Stream.runCollect(Stream.take(store.stream("large"), 1))
      expect(Buffer.compare(head[0] as Uint8Array, large.subarray(0, head[0]?.length))).toBe(0)
    })
  )
}
