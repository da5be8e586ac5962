/**
 * R4, F11, F12: one flipped bit, a cut, a zeroed block or garbage in a hash tree never gives a wrong byte: the
 * answer is right, or an error that names the content and the bytes. What is not damaged stays readable; checking finds what readers meet.
 */
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { fsckContent } from "../../../../src/tlogfs/content/fsck/content.ts"
import { blobKey } from "../../../../src/tlogfs/content/blob.ts"
import { FRAME_BYTES } from "../../../../src/tlogfs/content/limits.ts"
import { flip, noise } from "../../../support/bao/content.ts"
import { Shelf, SMALL_LIMITS } from "../../../support/tlogfs/contents.ts"
import { bitsOf, FLIPS, mutilations, readsSoundly, sweepColumn } from "../../../support/tlogfs/damage.ts"

it.effect("a hash tree in a blob", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make()
    const content = Buffer.concat(Array.from({ length: 18 }, (_, seed) => noise(FRAME_BYTES, seed)))
    yield* shelf.write("append", [content.subarray(0, content.length - 777)])
    const blob = shelf.rows[0]!.outboard_blob!
    const bytes = yield* shelf.store.get(blobKey(blob))
    const spans = Array.from(
      { length: 9 },
      (_, index) => [index * 2 * FRAME_BYTES, index * 2 * FRAME_BYTES + 40_000] as const
    )
    let refused = 0
    for (const bit of bitsOf(bytes.length)) {
      yield* shelf.store.put(blobKey(blob), flip(bytes, bit))
      refused += (yield* readsSoundly(yield* shelf.reopened, content, spans)) > 0 ? 1 : 0
    }
    // Most pairs are above one group or two: others read on as if nothing had happened.
    expect(refused).toBeGreaterThan(20)
    expect(refused).toBeLessThan(FLIPS)
    for (const other of mutilations(bytes)) {
      yield* shelf.store.put(blobKey(blob), other)
      const reopened = yield* shelf.reopened
      yield* readsSoundly(reopened, content, spans)
      expect((yield* fsckContent(reopened.reader, reopened.content())).damages.length).toBeGreaterThan(0)
    }
    for (const bit of bitsOf(bytes.length).filter((_, index) => index % 30 === 0)) {
      yield* shelf.store.put(blobKey(blob), flip(bytes, bit))
      const reopened = yield* shelf.reopened
      expect((yield* fsckContent(reopened.reader, reopened.content())).damages.length).toBeGreaterThan(0)
    }
  })
)

it.effect("hash trees in rows, of every version of a series: every change is found", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make({ limits: SMALL_LIMITS })
    const content = noise(500_000)
    const cuts = [0, 200_000, 200_100, 300_000, 500_000]
    for (let index = 1; index < cuts.length; index++) {
      yield* shelf.write("append", [content.subarray(cuts[index - 1], cuts[index])])
    }
    for (const at of [0, 2, 3]) {
      const { changes, found } = yield* sweepColumn(shelf, content, at, "outboard")
      expect(changes).toBeGreaterThanOrEqual(300)
      // The loose values of an older version concern that version alone.
      const loose = at === 3 ? 0 : 2 * 32 * (changes / shelf.rows[at]!.outboard!.length)
      expect(found).toBeGreaterThanOrEqual(changes - Math.ceil(loose) - 2)
    }
  })
)
