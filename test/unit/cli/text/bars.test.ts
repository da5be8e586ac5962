import { describe, expect, it } from "vitest"
import { bar, sparkline } from "../../../../src/cli/text/bars.ts"

describe("sparkline", () => {
  it.each([
    [[], ""],
    [[0, 0], "▁▁"],
    [[1], "█"],
    [[0, 1, 1000], "▁▂█"],
    [[1, 2, 3, 4, 5, 6, 7], "▂▃▄▅▆▇█"]
  ])("%j is %s", (counts, line) => {
    expect(sparkline(counts)).toBe(line)
  })
})

describe("bar", () => {
  it.each([
    [0, ""],
    [-1, ""],
    [Number.NaN, ""],
    [0.001, "▏"],
    [1, "█"],
    [2.5, "██▌"],
    [2.99, "███"]
  ])("of %d cells is %j", (cells, text) => {
    expect(bar(cells)).toBe(text)
  })
})
