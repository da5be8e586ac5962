import { expect, it } from "vitest"
import { hashTree, OutboardBuilder, PAIR_BYTES, stablePairs } from "../../../../src/bao/index.ts"
import {
  edgeBase,
  edgeOf,
  looseGroups,
  looseOf,
  outboardColumns,
  type OutboardRow,
  partsOfRows
} from "../../../../src/tlogfs/content/outboard.ts"
import { EDGES, noise } from "../../../support/bao/content.ts"

const GROUP = 16_384

it("counts the groups that no stable pair covers", () => {
  const expected = [0, 0, 0, 2, 2, 0, 1, 1, 2, 0]
  const sizes = [0, 1, GROUP, GROUP + 1, 2 * GROUP - 1, 2 * GROUP, 2 * GROUP + 1, 3 * GROUP, 3 * GROUP + 1, 4 * GROUP]
  expect(sizes.map(looseGroups)).toEqual(expected)
})

it("makes the edge of every tree from stable pairs and loose values", () => {
  for (const size of EDGES) {
    const { outboard } = hashTree(noise(size, 7))
    const builder = new OutboardBuilder()
    builder.update(noise(size, 7))
    const loose = looseOf(size, builder.edge())
    expect(loose.length).toBe(32 * looseGroups(size))
    const base = edgeBase(size).map((position) => outboard.subarray(position * PAIR_BYTES, (position + 1) * PAIR_BYTES))
    const edge = outboard.subarray(stablePairs(size) * PAIR_BYTES)
    expect(Buffer.compare(edgeOf(base, loose), edge)).toBe(0)
  }
})

const rowsOf = (sizes: ReadonlyArray<number>): Array<OutboardRow> => {
  const builder = new OutboardBuilder()
  return sizes.map((size) => {
    const pairs = builder.update(noise(size, 1).subarray(builder.sizeBytes))
    const loose = looseOf(size, builder.edge())
    const count = pairs.length / PAIR_BYTES
    return { sizeBytes: size, ...outboardColumns(count === 0 ? undefined : { first: 0, count, pairs }, loose) }
  })
}

it("reads the tree of a content from the rows of its versions", () => {
  const sizes = [100, GROUP + 5, 9 * GROUP, 9 * GROUP + 1, 70 * GROUP]
  const rows = rowsOf(sizes)
  for (let versions = 1; versions <= sizes.length; versions++) {
    const parts = partsOfRows(rows.slice(0, versions))
    if (typeof parts === "string") throw new Error(parts)
    const { outboard } = hashTree(noise(sizes[versions - 1]!, 1))
    let next = 0
    for (const run of parts.runs) {
      expect(run.first).toBe(next)
      next += run.count
      const pairs = "pairs" in run ? run.pairs : new Uint8Array(0)
      const stored = outboard.subarray(run.first * PAIR_BYTES, next * PAIR_BYTES)
      expect(Buffer.compare(pairs, stored)).toBe(0)
    }
    expect(next).toBe(stablePairs(sizes[versions - 1]!))
  }
})

it("refers to a blob where pairs are too many for a row, and keeps the loose values in the row", () => {
  const size = 5 * GROUP + 3
  const [row] = rowsOf([size])
  const loose = row!.outboard!.subarray(-64)
  const blob = `${"0".repeat(64)}.obao`
  const columns = outboardColumns({ first: 0, count: stablePairs(size), blob }, loose)
  expect(columns).toEqual({ outboard: loose, outboardBlob: blob })
  expect(partsOfRows([{ sizeBytes: size, ...columns }])).toEqual({
    runs: [{ first: 0, count: stablePairs(size), blob }],
    loose
  })
})

it("says what is wrong with columns that are not those of a content", () => {
  const [row] = rowsOf([9 * GROUP + 1])
  const wrong = [
    { ...row!, outboard: row!.outboard!.subarray(1) },
    { ...row!, outboard: null },
    { ...row!, sizeBytes: 11 * GROUP },
    { ...row!, outboardBlob: "../../etc/passwd" },
    { ...row!, outboard: row!.outboard!.subarray(-64), outboardBlob: "0".repeat(64) }
  ]
  for (const one of wrong) expect(typeof partsOfRows([one])).toBe("string")
  expect(typeof partsOfRows([...rowsOf([9 * GROUP]), ...rowsOf([4 * GROUP])])).toBe("string")
})
