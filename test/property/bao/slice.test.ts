/**
 * Slices and foreign outboards: they say the same as the content, whatever format or order they come from.
 */
import fc from "fast-check"
import { expect, it } from "vitest"
import { CHUNK_BYTES, GROUP_BYTES, GROUP_CHUNKS, HEADER_BYTES } from "../../../src/bao/constants.ts"
import { decodeOutboard, toPostOrder, toPreOrder } from "../../../src/bao/convert.ts"
import { hashTree } from "../../../src/bao/outboard.ts"
import type { Leaves } from "../../../src/bao/slice.ts"
import { decodeRange, decodeSlice, encodeOutboard, encodeSlice } from "../../../src/bao/slice.ts"
import { contents, pieces, ranges } from "../../support/bao/arbitrary.ts"
import { EDGES, noise } from "../../support/bao/content.ts"
import { bytesOf, reading, same } from "../../support/bao/outcome.ts"
import { pairsOf, referenceTree } from "../../support/bao/reference.ts"

const leaves = fc.constantFrom<Leaves>("chunks", "groups")

it("a slice gives the range it was made for", () => {
  fc.assert(
    fc.property(ranges(2 ** 20), leaves, ({ content, start, end }, kind) => {
      const tree = hashTree(content)
      const slice = bytesOf(encodeSlice(tree, start, end - start, kind), reading(content))
      const range = content.subarray(start, end)
      expect(same(bytesOf(decodeSlice({ root: tree.root }, start, end - start, kind), [slice]), range)).toBe(true)
      const followed = [slice, Uint8Array.of(1, 2, 3)]
      expect(same(bytesOf(decodeSlice(tree, start, end - start, kind), followed), range)).toBe(true)
    }),
    { numRuns: 400 }
  )
})

it("an encoding of the whole gives any range, and the same bytes from a stream in pieces", () => {
  fc.assert(
    fc.property(ranges(2 ** 19), leaves, fc.integer({ min: 1, max: 50_000 }), ({ content, start, end }, kind, step) => {
      const tree = hashTree(content)
      const encoding = bytesOf(encodeSlice(tree, 0, content.length, kind), reading(content))
      const range = bytesOf(decodeRange({ root: tree.root }, start, end - start, kind), reading(encoding))
      expect(same(range, content.subarray(start, end))).toBe(true)
      const parts = []
      for (let at = 0; at < encoding.length; at += step) parts.push(encoding.subarray(at, at + step))
      expect(same(bytesOf(decodeSlice({ root: tree.root }, 0, content.length, kind), parts), content)).toBe(true)
    }),
    { numRuns: 240 }
  )
})

it("slices are the same from an outboard in either order, from bao's outboard and from a stream", () => {
  fc.assert(
    fc.property(pieces(2 ** 19), leaves, (parts, kind) => {
      const content = new Uint8Array(Buffer.concat(parts))
      const tree = hashTree(content)
      const expected = bytesOf(encodeSlice(tree, 0, content.length, kind), reading(content))
      const preOrder = toPreOrder(tree.outboard, content.length)
      const back = { ...tree, outboard: toPostOrder(preOrder, content.length) }
      const foreign = decodeOutboard(tree, bytesOf(encodeOutboard(tree), reading(content)))
      for (const other of [back, foreign]) {
        expect(same(bytesOf(encodeSlice(other, 0, content.length, kind), parts), expected)).toBe(true)
      }
    }),
    { numRuns: 240 }
  )
})

it("the pairs of a group outboard are those of the chunk outboard from level 4 on", () => {
  fc.assert(
    fc.property(contents(2 ** 18), (content) => {
      const tree = hashTree(content)
      const chunks = referenceTree(content, CHUNK_BYTES)
      const high = (nodes: typeof chunks.preOrder) => pairsOf(nodes.filter(({ length }) => length > GROUP_CHUNKS))
      expect(same(tree.root, chunks.root)).toBe(true)
      expect(same(tree.outboard, high(chunks.postOrder))).toBe(true)
      expect(same(toPreOrder(tree.outboard, content.length), high(chunks.preOrder))).toBe(true)
      const encoding = bytesOf(encodeOutboard(tree), reading(content))
      expect(same(encoding.subarray(HEADER_BYTES), pairsOf(chunks.preOrder))).toBe(true)
    }),
    { numRuns: 80 }
  )
})

it("outboards are those of the definition, at every boundary up to 64 groups", () => {
  for (const size of EDGES.filter((size) => size <= 64 * GROUP_BYTES + 1)) {
    const content = noise(size, 21)
    const groups = referenceTree(content, GROUP_BYTES)
    const tree = hashTree(content)
    expect(same(tree.root, groups.root)).toBe(true)
    expect(same(tree.outboard, pairsOf(groups.postOrder))).toBe(true)
  }
})
