import { describe, expect, it } from "@effect/vitest"
import { formatDecimal, parseDecimal } from "../../../src/delta/decimal.ts"

describe("decimals", () => {
  it.each([
    [0n, 0, "0"],
    [0n, 2, "0.00"],
    [-5n, 2, "-0.05"],
    [-1_234_500n, 4, "-123.4500"],
    [10n ** 37n, 10, `1${"0".repeat(27)}.${"0".repeat(10)}`]
  ])("%s at scale %i is %s", (unscaled, scale, text) => {
    expect(formatDecimal(unscaled, scale)).toBe(text)
    expect(parseDecimal(text, scale)).toBe(unscaled)
  })

  it.each([
    ["+1.5", 1, 15n],
    ["1.50", 1, 15n],
    ["1E3", 0, 1000n],
    ["1.5e-1", 2, 15n],
    ["7.", 1, 70n]
  ])("%s at scale %i is %s unscaled", (text, scale, unscaled) => expect(parseDecimal(text, scale)).toBe(unscaled))

  it.each([
    ["1.25", 1],
    ["", 0],
    ["1,5", 2],
    [".", 1],
    ["NaN", 1]
  ])("%j at scale %i is none", (text, scale) => expect(parseDecimal(text, scale)).toBeUndefined())
})
