import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { hashTree, nodes, PAIR_BYTES, postOf, sameHash, stablePairs } from "../../../../src/bao/index.ts"
import { pairAt } from "../../../../src/bao/outboard.ts"
import { countingStore } from "../../../../src/store/counting.ts"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import { FRAME_BYTES } from "../../../../src/tlogfs/content/limits.ts"
import { treeOf } from "../../../../src/tlogfs/content/tree.ts"
import { noise } from "../../../support/bao/content.ts"
import { Shelf, SMALL_LIMITS } from "../../../support/tlogfs/contents.ts"

const GROUP = 16_384
const content = Buffer.concat(Array.from({ length: 27 }, (_, seed) => noise(FRAME_BYTES, seed)))

it.effect("gives the pairs above a span, wherever they are, and those of the edge", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make({ limits: { ...SMALL_LIMITS, extentBytes: 64 * FRAME_BYTES } })
    const cuts = [0, 5, 3 * FRAME_BYTES, 25 * FRAME_BYTES + 1000, 25 * FRAME_BYTES + 20_000, 27 * FRAME_BYTES - 1]
    for (let index = 1; index < cuts.length; index++) {
      yield* shelf.write("append", [content.subarray(cuts[index - 1], cuts[index])])
      const stored = shelf.content()
      const expected = hashTree(content.subarray(0, stored.sizeBytes))
      const tree = treeOf(shelf.reader, stored)
      const groups = Math.ceil(stored.sizeBytes / GROUP)
      for (const from of [0, groups >> 1, groups - 1]) {
        const given = yield* tree.over({ start: from * GROUP, end: Math.min(stored.sizeBytes, (from + 2) * GROUP) })
        expect(sameHash(given.root, expected.root)).toBe(true)
        for (const node of nodes(groups, from, Math.min(groups, from + 2))) {
          if (node.length === 1) continue
          expect(sameHash(pairAt(given, postOf(node)), pairAt(expected, postOf(node)))).toBe(true)
        }
      }
      const stable = { start: 0, end: stablePairs(stored.sizeBytes) }
      const runs = yield* tree.stableRuns(stable)
      const all = Buffer.concat(runs.map(({ bytes }) => bytes))
      expect(sameHash(all, expected.outboard.subarray(0, stable.end * PAIR_BYTES))).toBe(true)
    }
  })
)

it.effect("fetches some pages of the tree for 16 KiB, not all of it", () =>
  Effect.gen(function* () {
    const { counts, reset, store } = countingStore(memoryStore())
    const shelf = yield* Shelf.make({ store, limits: { ...SMALL_LIMITS, extentBytes: 64 * FRAME_BYTES } })
    yield* shelf.write("append", [content])
    const treeBytes = (yield* store.get(
      `_blobs/${shelf.rows[0]!.outboard_blob!.slice(0, 2)}/${shelf.rows[0]!.outboard_blob}`
    )).length
    reset()
    const tree = treeOf((yield* shelf.reopened).reader, shelf.content())
    yield* tree.over({ start: 5 * GROUP, end: 6 * GROUP })
    expect(counts().getRange?.bytes).toBeLessThan(treeBytes)
    expect(counts().getRange?.requests).toBeLessThanOrEqual(6)
    reset()
    yield* tree.over({ start: 7 * GROUP, end: 8 * GROUP })
    expect(counts()).toEqual({})
  })
)

it.effect("says which pair no row holds", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make()
    yield* shelf.write("append", [content.subarray(0, 10 * GROUP + 1)])
    const stored = { ...shelf.content(), runs: () => Effect.succeed([]) }
    const error = yield* Effect.flip(treeOf(shelf.reader, stored).over({ start: 0, end: 1 }))
    expect(error.message).toMatch(/no row holds pair \d+ of its hash tree/)
  })
)
