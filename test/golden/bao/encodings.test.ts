/**
 * Encodings, outboards and slices, byte for byte as two other implementations make them (`scripts/golden-encodings.ts`
 * asked them): bao's formats in chunks, and pre-order, post-order and slices in groups.
 */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { toPreOrder } from "../../../src/bao/convert.ts"
import { hash } from "../../../src/bao/hasher.ts"
import { toHex } from "../../../src/bao/hex.ts"
import { hashTree } from "../../../src/bao/outboard.ts"
import type { Leaves } from "../../../src/bao/slice.ts"
import { encodeOutboard, encodeSlice } from "../../../src/bao/slice.ts"
import { EDGES, noise } from "../../support/bao/content.ts"
import { bytesOf, reading } from "../../support/bao/outcome.ts"

interface Golden {
  readonly cases: ReadonlyArray<{
    readonly sizeBytes: number
    readonly seed: number
    readonly combined: string
    readonly outboard: string
    readonly slices: ReadonlyArray<string>
    readonly postOrder: string
    readonly preOrder: string
    readonly groupSlices: ReadonlyArray<string>
  }>
}

const golden: Golden = JSON.parse(readFileSync(new URL("encodings.json", import.meta.url), "utf8"))

it("covers every size at which a tree changes its shape", () => {
  expect(golden.cases.map(({ sizeBytes }) => sizeBytes)).toEqual(expect.arrayContaining([...EDGES]))
})

it.each(golden.cases)("encodes $sizeBytes bytes", (expected) => {
  const size = expected.sizeBytes
  const content = noise(size, expected.seed)
  const tree = hashTree(content)
  const digest = (bytes: Uint8Array) => toHex(hash(bytes))
  const slice = (start: number, length: number, leaves: Leaves) =>
    digest(bytesOf(encodeSlice(tree, start, length, leaves), reading(content)))
  const ranges = [
    [0, size],
    [Math.floor(size / 3), Math.floor(size / 5)],
    [Math.floor(size / 2), 1],
    [Math.max(0, size - 1), 1]
  ] as const

  expect(slice(0, size, "chunks")).toBe(expected.combined)
  expect(digest(bytesOf(encodeOutboard(tree), reading(content)))).toBe(expected.outboard)
  expect(ranges.map(([start, length]) => slice(start, length, "chunks"))).toEqual(expected.slices)
  expect(digest(tree.outboard)).toBe(expected.postOrder)
  expect(digest(toPreOrder(tree.outboard, size))).toBe(expected.preOrder)
  expect(ranges.map(([start, length]) => slice(start, length, "groups"))).toEqual(expected.groupSlices)
})
