import { describe, expect, it } from "vitest"
import { cut, fitted } from "../../../../src/cli/text/fit.ts"
import { columnsOf } from "../../../../src/cli/text/width.ts"

describe("cut", () => {
  it.each([
    ["short", 8, "short"],
    ["exactly8", 8, "exactly8"],
    ["longer than that", 8, "longer …"],
    ["日本語日本語", 8, "日本語…"],
    ["👩‍👩‍👧 family", 4, "👩‍👩‍👧 …"],
    ["e\u0301e\u0301e\u0301", 2, "e\u0301…"]
  ])("%s to %d", (text, width, shown) => {
    expect(cut(text, width)).toBe(shown)
    expect(columnsOf(shown)).toBeLessThanOrEqual(width)
  })

  it("looks at no more of a long text than can be shown", () => {
    expect(cut("日".repeat(10_000_000), 20)).toBe(`${"日".repeat(9)}…`)
  })
})

describe("fitted", () => {
  it.each([
    [[3, 5], 80, [3, 5]],
    [[3, 50, 60], 64, [3, 28, 28]],
    [[3, 50, 60], 21, [3, 16]],
    [[3, 50, 60], 10, [3]],
    [[50, 60], 5, [8]],
    [[10_000_000, 10_000_000], 80, [39, 39]]
  ])("%j within %d", (needed, total, widths) => {
    expect(fitted(needed, total)).toEqual(widths)
  })
})
