/** Walks: each node is checked against what the node above promised, in trees of any size. */
import { describe, expect, it } from "vitest"
import { CHUNK_BYTES, GROUP_BYTES, HASH_BYTES, PAIR_BYTES } from "../../../src/bao/constants.ts"
import { InvalidSize, VerificationFailed, WrongLength } from "../../../src/bao/errors.ts"
import { toHex } from "../../../src/bao/hex.ts"
import { HASH } from "../../../src/bao/mode.ts"
import type { HashTree } from "../../../src/bao/outboard.ts"
import { hashTree, pairAt } from "../../../src/bao/outboard.ts"
import { portableKernel } from "../../../src/bao/portable.ts"
import { decodeSlice, encodeSlice } from "../../../src/bao/slice.ts"
import { groupsOf, nodes, postOf, rightChild } from "../../../src/bao/tree.ts"
import { verifyRange } from "../../../src/bao/verify.ts"
import { Walk } from "../../../src/bao/walk.ts"
import { flip, noise } from "../../support/bao/content.ts"
import { bytesOf, outcomeOf, same, tagOf } from "../../support/bao/outcome.ts"

const content = noise(6 * GROUP_BYTES, 70)
const tree = hashTree(content)

describe("a walk", () => {
  it("visits the nodes over its leaves, from the root down", () => {
    const walk = new Walk(tree, GROUP_BYTES, 4, 6)
    const seen: Array<readonly [number, number]> = []
    for (let node = walk.node; node !== undefined; node = walk.node) {
      seen.push([node.start, node.length])
      const { start, end } = walk.spanOf(node)
      if (node.length > 1) walk.open(pairAt(tree, postOf(node)))
      else walk.leaf(walk.leafCv(node.start, content.subarray(start, end)))
    }
    expect(seen).toEqual([
      [0, 6],
      [4, 2],
      [4, 1],
      [5, 1]
    ])
  })

  it("says which part is wrong, and where", () => {
    const wrongPair = new Walk(tree, GROUP_BYTES, 0, 6)
    expect(() => wrongPair.open(flip(tree.outboard, 0))).toThrow(new VerificationFailed("pair", 0, 6 * GROUP_BYTES))
    const wrongLeaf = new Walk(tree, GROUP_BYTES, 5, 6)
    wrongLeaf.open(pairAt(tree, 4))
    wrongLeaf.open(pairAt(tree, 3))
    expect(() => wrongLeaf.leaf(wrongLeaf.leafCv(5, content.subarray(0, GROUP_BYTES)))).toThrow(
      new VerificationFailed("content", 5 * GROUP_BYTES, 6 * GROUP_BYTES)
    )
  })

  it("keeps its own copy of what was promised", () => {
    const root = tree.root.slice()
    const walk = new Walk({ root, sizeBytes: tree.sizeBytes }, GROUP_BYTES, 0, 6)
    root.fill(0)
    let leaves = 0
    for (let node = walk.node; node !== undefined; node = walk.node) {
      const { start, end } = walk.spanOf(node)
      if (node.length > 1) {
        const pair = pairAt(tree, postOf(node)).slice()
        walk.open(pair)
        pair.fill(0)
      } else {
        walk.leaf(walk.leafCv(node.start, content.subarray(start, end)))
        leaves += 1
      }
    }
    expect(leaves).toBe(6)
  })

  it("refuses sizes and hashes that cannot be", () => {
    for (const sizeBytes of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new Walk({ root: tree.root, sizeBytes }, GROUP_BYTES, 0, 1)).toThrow(new InvalidSize(sizeBytes))
    }
    expect(() => new Walk({ root: noise(31), sizeBytes: 1 }, GROUP_BYTES, 0, 1)).toThrow(
      new WrongLength("hash", 32, 31)
    )
  })
})

/** A tree of a huge content of which only one group exists: all beside the way to it is noise. */
const hugeTree = (sizeBytes: number, group: number, bytes: Uint8Array): HashTree => {
  const kernel = portableKernel()
  const pairs = new Map<number, Uint8Array>()
  const cv = new Uint8Array(HASH_BYTES)
  kernel.group(HASH, bytes, (group * GROUP_BYTES) / CHUNK_BYTES, false, cv)
  const path = [...nodes(groupsOf(sizeBytes), group, group + 1)].filter(({ length }) => length > 1)
  for (const [depth, node] of [...path.entries()].toReversed()) {
    const pair = noise(PAIR_BYTES, 100 + depth).slice()
    pair.set(cv, group < rightChild(node).start ? 0 : HASH_BYTES)
    pairs.set(postOf(node), pair)
    if (depth === 0) kernel.root(HASH, pair, cv)
    else kernel.parents(HASH, pair, 1, cv)
  }
  return { root: cv, sizeBytes, outboard: (position) => pairs.get(position) ?? new Uint8Array(0) }
}

describe("contents of many terabytes", () => {
  const bytes = noise(GROUP_BYTES, 71)
  const cases = [
    { sizeBytes: 2 ** 43, group: 2 ** 28 - 1 },
    { sizeBytes: 2 ** 43, group: 2 ** 28 },
    { sizeBytes: 2 ** 43 + 5 * GROUP_BYTES + 1, group: 2 ** 29 + 3 },
    { sizeBytes: 2 ** 53 - 1, group: 2 ** 39 - 2 }
  ]

  it.each(cases)(
    "of $sizeBytes bytes are verified at group $group, by the pairs on the way alone",
    ({ sizeBytes, group }) => {
      const huge = hugeTree(sizeBytes, group, bytes)
      const start = group * GROUP_BYTES
      const read = (from: number, to: number) => bytes.subarray(from - start, to - start)
      expect(same(bytesOf(verifyRange(huge, start + 10, start + 100), read), bytes.subarray(10, 100))).toBe(true)
      for (const leaves of ["chunks", "groups"] as const) {
        const slice = bytesOf(encodeSlice(huge, start + 1024, 3000, leaves), read)
        const steps = decodeSlice({ root: huge.root }, start + 1024, 3000, leaves)
        expect(toHex(bytesOf(steps, [slice]))).toBe(toHex(bytes.subarray(1024, 4024)))
      }
      const { error } = outcomeOf(verifyRange(huge, start, start + 1), (from, to) => flip(read(from, to), 5))
      expect(tagOf(error)).toBe("VerificationFailed")
      expect(error).toMatchObject({ part: "content", start, end: start + GROUP_BYTES })
    }
  )
})
