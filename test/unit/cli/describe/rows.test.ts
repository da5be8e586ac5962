import { describe, expect, it } from "vitest"
import { columnLines, type RowsDescription } from "../../../../src/cli/describe/rows.ts"
import { columnsOf } from "../../../../src/cli/text/width.ts"

const spread = [0, 1, 2, 3, 4, 5, 6, 7, 8, 7, 6, 5, 4, 3, 2, 1]

const COLUMNS: RowsDescription["columns"] = [
  {
    name: "time",
    type: "TIMESTAMP",
    nulls: 0,
    distinct: 4532,
    min: "2026-11-20 00:00:02.885821",
    max: "2026-11-21 02:56:00.991815",
    spread
  },
  {
    name: "a name\nwith \u001b[31m control",
    type: "VARCHAR",
    nulls: 12,
    distinct: 3,
    min: "日本語日本語",
    max: "x\ty"
  },
  { name: "nested", type: 'STRUCT("a" BIGINT, "b" VARCHAR)', nulls: 0, distinct: 5000, min: null, max: null }
]

describe("columns", () => {
  it("are shown whole where there is no terminal", () => {
    expect(columnLines(COLUMNS, undefined).join("\n")).toMatchInlineSnapshot(`
      "
        column                           type                             nulls  distinct  min                  max
        time                             TIMESTAMP                            0      4532  2026-11-20 00:00:02  2026-11-21 02:56:00  ▁▂▃▄▅▅▆▇█▇▆▅▅▄▃▂
        a name\\nwith \\u001b[31m control  VARCHAR                             12         3  日本語日本語         x\\ty
        nested                           STRUCT("a" BIGINT, "b" VARCHAR)      0      5000"
    `)
  })

  it("fit a terminal of 80 columns", () => {
    expect(columnLines(COLUMNS, 80).join("\n")).toMatchInlineSnapshot(`
      "
        column       type         nulls  distinct  min          max
        time         TIMESTAMP        0      4532  2026-11-20…  2026-11-21…  ▂▃▅▇█▆▄▂
        a name\\nwi…  VARCHAR         12         3  日本語日本…  x\\ty
        nested       STRUCT("a"…      0      5000"
    `)
  })

  it.each([40, 51, 52, 69, 70, 80, 99, 100, 200])(
    "are no wider than %d columns, and hold no control characters",
    (width) => {
      for (const line of columnLines(COLUMNS, width)) {
        expect(line).not.toMatch(/\p{Cc}/u)
        expect(columnsOf(line)).toBeLessThanOrEqual(width)
      }
    }
  )

  it("are none of a table without columns", () => {
    expect(columnLines([], 80)).toEqual([])
  })
})
