/**
 * Blobs of any size hold what was written: for Pond by ranges, for any zstd as a whole.
 */
import { zstdDecompressSync } from "node:zlib"
import { it } from "@effect/vitest"
import { Effect } from "effect"
import fc from "fast-check"
import { expect } from "vitest"
import { hash, sameHash, toHex } from "../../../../src/bao/index.ts"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import { blobKey } from "../../../../src/tlogfs/content/blob.ts"
import { makeBlobReader } from "../../../../src/tlogfs/content/blob-reader.ts"
import { makeBlobTools, makeBlobWriter } from "../../../../src/tlogfs/content/blob-writer.ts"
import { FRAME_BYTES } from "../../../../src/tlogfs/content/limits.ts"
import { noise } from "../../../support/bao/content.ts"
import { logs } from "../../../support/tlogfs/contents.ts"

const roundTrip = Effect.fnUntraced(function* (content: Uint8Array, spans: ReadonlyArray<readonly [number, number]>) {
  const store = memoryStore()
  const blob = yield* Effect.scoped(
    Effect.gen(function* () {
      const writer = yield* makeBlobWriter({ store, isCondemned: () => false }, "zst", yield* makeBlobTools(1))
      for (let at = 0; at < content.length; at += FRAME_BYTES) yield* writer.write(content.slice(at, at + FRAME_BYTES))
      return yield* writer.publish(toHex(hash(content)))
    })
  )
  const reader = yield* makeBlobReader(store)
  expect(yield* reader.sizeOf(blob)).toBe(content.length)
  expect(sameHash(yield* reader.read(blob, { start: 0, end: content.length }), content)).toBe(true)
  for (const [one, other] of spans) {
    const start = Math.min(one, other) % (content.length + 1)
    const end = Math.max(start, Math.max(one, other) % (content.length + 1))
    expect(sameHash(yield* reader.read(blob, { start, end }), content.subarray(start, end))).toBe(true)
  }
  const file = yield* store.get(blobKey(blob))
  const frames = file.subarray(0, file.length - 17 - 8 * Math.ceil(content.length / FRAME_BYTES))
  if (content.length > 0) expect(sameHash(zstdDecompressSync(frames), content)).toBe(true)
})

it.effect("sizes around whole frames, down to nothing", () =>
  Effect.gen(function* () {
    const sizes = [0, 1, 100, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES, 4 * FRAME_BYTES - 1]
    for (const size of sizes) {
      yield* roundTrip(logs(size), [])
      yield* roundTrip(noise(size), [])
    }
  })
)

it.effect("any size and any ranges", () =>
  Effect.promise(() =>
    fc.assert(
      fc.asyncProperty(
        fc.nat(3 * FRAME_BYTES),
        fc.nat(1000),
        fc.boolean(),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 6 }),
        (size, seed, asLogs, spans) =>
          Effect.runPromise(roundTrip(asLogs ? logs(size, seed) : noise(size, seed), spans))
      ),
      { numRuns: 40 }
    )
  )
)
