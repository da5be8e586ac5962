/**
 * R4, F11, F12: one flipped bit, a cut, a zeroed block or garbage in a blob never gives a wrong byte: the
 * answer is right, or an error that names the content and the bytes. What is not damaged stays readable; checking finds what readers meet.
 */
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { sameHash } from "../../../../src/bao/index.ts"
import { blobKey } from "../../../../src/tlogfs/content/blob.ts"
import { FRAME_BYTES } from "../../../../src/tlogfs/content/limits.ts"
import { flip, noise } from "../../../support/bao/content.ts"
import { logs, Shelf, SMALL_LIMITS } from "../../../support/tlogfs/contents.ts"
import { sweepObject } from "../../../support/tlogfs/damage.ts"

it.effect("a blob as it is: every change is found", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make({ limits: SMALL_LIMITS })
    const content = noise(330_000)
    yield* shelf.write("append", [content])
    const { changes, found } = yield* sweepObject(shelf, content, shelf.rows[0]!.blob!, 0)
    expect(changes).toBeGreaterThanOrEqual(300)
    expect(found).toBe(changes)
  })
)

it.effect("a compressed blob, every bit of its seek table included", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make()
    const content = logs(FRAME_BYTES + 50_000)
    yield* shelf.write("append", [content])
    const table = 17 + 8 * 2
    const { changes, found } = yield* sweepObject(shelf, content, shelf.rows[0]!.blob!, table)
    expect(changes).toBeGreaterThanOrEqual(300 + table * 8)
    // Some bits of a zstd frame mean nothing to its content: those alone may go unnoticed.
    expect(found).toBeGreaterThan(changes * 0.98)
  })
)

it.effect("a damaged seek table leaves everything readable", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make()
    const content = logs(FRAME_BYTES + 200_000)
    yield* shelf.write("append", [content])
    const blob = shelf.rows[0]!.blob!
    const bytes = yield* shelf.store.get(blobKey(blob))
    // The size of the last frame is only known to be wrong when it is decompressed.
    const lastSize = { start: bytes.length - 13, end: bytes.length - 9 }
    for (let bit = (bytes.length - 33) * 8; bit < bytes.length * 8; bit++) {
      if (bit >> 3 >= lastSize.start && bit >> 3 < lastSize.end) continue
      yield* shelf.store.put(blobKey(blob), flip(bytes, bit))
      const reopened = yield* shelf.reopened
      const span = { start: FRAME_BYTES - 10, end: content.length }
      expect(sameHash(yield* reopened.read(span), content.subarray(span.start))).toBe(true)
    }
  })
)
