/**
 * R5, R9: any sequence of appends gives the outboard of one write, and no pair that was given ever changes.
 */
import fc from "fast-check"
import { expect, it } from "vitest"
import { complete, resume, tailStart } from "../../../src/bao/append.ts"
import { GROUP_BYTES, PAIR_BYTES } from "../../../src/bao/constants.ts"
import { toHex } from "../../../src/bao/hex.ts"
import { hashTree, OutboardBuilder } from "../../../src/bao/outboard.ts"
import { stablePairs } from "../../../src/bao/tree.ts"
import { verify } from "../../../src/bao/verify.ts"
import { contents, pieces, sizes } from "../../support/bao/arbitrary.ts"
import { noise } from "../../support/bao/content.ts"
import { same } from "../../support/bao/outcome.ts"

/** Appends parts one by one, after each from nothing but what a store keeps, and compares with one write. */
const appendAll = (parts: ReadonlyArray<Uint8Array>): void => {
  const content = new Uint8Array(Buffer.concat(parts))
  let stable = new Uint8Array(0)
  let size = 0
  let root = new OutboardBuilder().root()
  for (const part of parts) {
    const builder = resume({ root, sizeBytes: size, outboard: stable }, content.subarray(tailStart(size), size))
    const added = builder.update(part)
    size += part.length
    root = builder.root()
    stable = new Uint8Array(Buffer.concat([stable, added]))

    const once = hashTree(content.subarray(0, size))
    expect(toHex(root)).toBe(toHex(once.root))
    expect(stable.length).toBe(stablePairs(size) * PAIR_BYTES)
    expect(same(new Uint8Array(Buffer.concat([stable, builder.edge()])), once.outboard)).toBe(true)
  }
}

it("appends give the outboard of one write, resumed from its stable pairs every time", () => {
  fc.assert(
    fc.property(pieces(2 * 2 ** 20), (parts) => appendAll(parts)),
    { numRuns: 300 }
  )
})

it("appends of whole groups, up to and beyond exactly 2^k groups", () => {
  const content = noise(33 * GROUP_BYTES, 11)
  const groups = Array.from({ length: 33 }, (_, i) => content.subarray(i * GROUP_BYTES, (i + 1) * GROUP_BYTES))
  appendAll(groups)
  appendAll(groups.flatMap((group) => [group.subarray(0, 1), group.subarray(1, 16_000), group.subarray(16_000)]))
  for (let k = 0; k < 6; k++) {
    const size = GROUP_BYTES * 2 ** k
    appendAll([content.subarray(0, size), content.subarray(size, size + 1)])
    appendAll([content.subarray(0, size - 1), content.subarray(size - 1, size), content.subarray(size, size + 1)])
  }
})

it("stable pairs are those that the outboards of all longer contents share", () => {
  fc.assert(
    fc.property(contents(2 * 2 ** 20), sizes(2 * 2 ** 20), (content, cut) => {
      const size = Math.min(cut, content.length)
      const shorter = hashTree(content.subarray(0, size)).outboard
      const longer = hashTree(content).outboard
      const stableBytes = stablePairs(size) * PAIR_BYTES
      expect(same(shorter.subarray(0, stableBytes), longer.subarray(0, stableBytes))).toBe(true)
    }),
    { numRuns: 500 }
  )
})

it("stable pairs and the last bytes are enough to verify everything", () => {
  fc.assert(
    fc.property(contents(2 ** 20), (content) => {
      const { root, sizeBytes, outboard } = hashTree(content)
      const stable = outboard.slice(0, stablePairs(sizeBytes) * PAIR_BYTES)
      const tree = complete({ root, sizeBytes, outboard: stable }, content.subarray(tailStart(sizeBytes)))
      expect(same(verify(tree, content), content)).toBe(true)
    }),
    { numRuns: 300 }
  )
})
