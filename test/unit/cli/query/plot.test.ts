import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { barLines, curveLines, Points } from "../../../../src/cli/query/plot.ts"
import { columnsOf } from "../../../../src/cli/text/width.ts"

const pointsOf = (rows: ReadonlyArray<readonly [label: string, value: unknown]>, limit = 50) => {
  const points = new Points(limit)
  for (const [label, value] of rows) points.add(label, value)
  return points
}

const MIXED = [
  ["info", 120],
  ["日本語 warnings of some length", 45.5],
  ["no value", null],
  ["NaN", "NaN"],
  ["zero", 0],
  ["a\nnew line", 0.01],
  ["big", "90"]
] as const

const SIGNED = [
  ["spring", -12],
  ["summer", 30],
  ["autumn", 3.5],
  ["winter", -0.1]
] as const

describe("bars", () => {
  it.each([40, 80, 200])("fit %d columns", (width) => {
    const lines = [...barLines(pointsOf(MIXED).all, width), "", ...barLines(pointsOf(SIGNED).all, width)]
    for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(width)
    expect(lines.join("\n")).toMatchSnapshot()
  })

  it("of many rows are the means of neighbours", () => {
    const points = pointsOf(
      Array.from({ length: 1000 }, (_, at) => [`row ${at}`, at % 2 === 0 ? at : null] as const),
      8
    )
    expect(points.rowsEach).toBe(128)
    expect(barLines(points.all, 40)).toMatchInlineSnapshot(`
      [
        "row 0     63  █▊",
        "row 128  191  █████▎",
        "row 256  319  ████████▊",
        "row 384  447  ████████████▎",
        "row 512  575  ███████████████▊",
        "row 640  703  ███████████████████▎",
        "row 768  831  ██████████████████████▉",
        "row 896  947  ██████████████████████████",
      ]
    `)
  })

  it("of values that are all the same, or none, are drawn", () => {
    expect(
      barLines(
        pointsOf([
          ["a", 7],
          ["b", 7]
        ]).all,
        20
      )
    ).toEqual(["a  7  ██████████████", "b  7  ██████████████"])
    expect(
      barLines(
        pointsOf([
          ["a", 0],
          ["b", null]
        ]).all,
        20
      )
    ).toEqual(["a  0", "b"])
    expect(barLines(pointsOf([["a", -7]]).all, 20)).toEqual(["a  -7  █████████████"])
  })

  it("fit, hold no control characters, and are longer where values are larger", () => {
    const value = fc.oneof(fc.double(), fc.integer(), fc.constant(null), fc.bigInt().map(String))
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: "binary" }), value), { maxLength: 80 }),
        fc.integer({ min: 60, max: 200 }),
        (rows, width) => {
          const { all } = pointsOf(rows)
          const lines = barLines(all, width)
          expect(lines.length).toBe(Math.min(all.length, 50))
          for (const line of lines) expect(line).not.toMatch(/\p{Cc}/u)
          for (const line of curveLines(all)) expect(line).not.toMatch(/\p{Cc}/u)
        }
      ),
      { numRuns: 100 }
    )
  })
})

describe("a sparkline", () => {
  it.each<readonly [values: ReadonlyArray<unknown>, lines: ReadonlyArray<string>]>([
    [[], ["0 values"]],
    [[null], ["", "0 values, 1 without"]],
    [[5], ["▅", "1 value, 5 to 5"]],
    [
      [-2, 0, 2, null, 4, "Infinity"],
      ["▁▃▆ █", "4 values, 2 without, -2 to 4"]
    ],
    [
      [-1.7e308, 0, 1.7e308],
      ["▁▅█", "3 values, -1.7e+308 to 1.7e+308"]
    ]
  ])("of %j", (values, lines) => {
    expect(curveLines(pointsOf(values.map((value) => ["", value])).all)).toEqual(lines)
  })

  it("of very many values is as wide as it may be, at most", () => {
    const points = pointsOf(
      Array.from({ length: 100_000 }, (_, at) => ["", Math.sin(at / 8000)] as const),
      80
    )
    const [line, told] = curveLines(points.all)
    expect(columnsOf(line!)).toBeLessThanOrEqual(80)
    expect(columnsOf(line!)).toBeGreaterThan(40)
    expect([line, told]).toMatchInlineSnapshot(`
      [
        "▅▆▇▇████▇▇▆▅▄▃▃▂▁▁▁▁▁▂▃▄▄▅▆▇▇████▇▆▆▅▄▃▂▂▁▁▁▁▂▂▃▄",
        "100000 values, -1 to 1",
      ]
    `)
  })
})
