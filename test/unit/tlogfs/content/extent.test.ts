import fc from "fast-check"
import { expect, it } from "vitest"
import { type Extent, overlapping, piecesOf } from "../../../../src/tlogfs/content/extent.ts"

const extent = (offset: number, length: number): Extent => ({ kind: "pruned", offset, length, hash: "" })

it("cuts a span into the parts of the extents that hold it", () => {
  const list = [extent(0, 10), extent(10, 5), extent(15, 100)]
  const { mistakes, pieces } = piecesOf(list, { start: 8, end: 20 })
  expect(mistakes).toEqual([])
  expect(pieces.map(({ end, extent, start }) => [extent.offset, start, end])).toEqual([
    [0, 8, 10],
    [10, 10, 15],
    [15, 15, 20]
  ])
  expect(piecesOf(list, { start: 5, end: 5 })).toEqual({ pieces: [], mistakes: [] })
})

it("names bytes that no extent holds, or two", () => {
  const gap = [extent(0, 10), extent(20, 10)]
  expect(piecesOf(gap, { start: 0, end: 40 }).mistakes).toEqual([
    { start: 10, end: 20, why: "no extent holds them" },
    { start: 30, end: 40, why: "no extent holds them" }
  ])
  const twice = [extent(0, 10), extent(5, 10)]
  expect(piecesOf(twice, { start: 0, end: 15 }).mistakes).toEqual([{ start: 5, end: 10, why: "two extents hold them" }])
  expect(piecesOf([extent(0, 20), extent(5, 5)], { start: 0, end: 20 }).mistakes).toEqual([
    { start: 5, end: 10, why: "two extents hold them" }
  ])
})

it("finds among many extents exactly those that overlap", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 9 })), { maxLength: 30 }),
      fc.nat(200),
      fc.nat(200),
      (steps, one, other) => {
        let at = 0
        const list = steps.map(([gap, length]) => {
          const made = extent(at + gap, length)
          at += gap + length
          return made
        })
        const span = { start: Math.min(one, other), end: Math.max(one, other) }
        const expected = list.filter(({ length, offset }) => offset < span.end && offset + length > span.start)
        expect(overlapping(list, span)).toEqual(expected)
      }
    )
  )
})
