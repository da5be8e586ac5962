/**
 * What types of columns become together, objects among them.
 */
import { describe, expect, it } from "@effect/vitest"
import { isKept, widened } from "../../../src/query/columns.ts"
import { fieldsOf } from "../../../src/query/struct-type.ts"

describe("types within one file", () => {
  it.each([
    ["BIGINT", "DOUBLE", "DOUBLE"],
    ["DOUBLE", "BIGINT", "DOUBLE"],
    ["BIGINT", "VARCHAR", undefined],
    ["STRUCT(a BIGINT)", "STRUCT(b VARCHAR)", "STRUCT(a BIGINT, b VARCHAR)"],
    ["STRUCT(a BIGINT, b DATE)", "STRUCT(b DATE, a DOUBLE)", "STRUCT(a DOUBLE, b DATE)"],
    ["STRUCT(a STRUCT(x BIGINT))", "STRUCT(a STRUCT(y BIGINT[]))", "STRUCT(a STRUCT(x BIGINT, y BIGINT[]))"],
    [
      `STRUCT("a, ""b"")" DECIMAL(38,0), c BIGINT)`,
      `STRUCT("STRUCT(x" MAP(VARCHAR, BIGINT), c DOUBLE)`,
      `STRUCT("a, ""b"")" DECIMAL(38,0), c DOUBLE, "STRUCT(x" MAP(VARCHAR, BIGINT))`
    ],
    ["STRUCT(a BIGINT)", "STRUCT(A BIGINT)", undefined],
    ["STRUCT(a BIGINT)", "STRUCT(a VARCHAR)", undefined],
    ["STRUCT(a BIGINT)", "STRUCT(a BIGINT)[]", undefined],
    ["STRUCT(a BIGINT)", "BIGINT", undefined]
  ])("%s and %s", (left, right, both) => {
    expect(widened(left, right)).toBe(both)
    if (both === undefined) return
    for (const type of [left, right]) expect(isKept([["x", type]], [["x", widened(type, both)!]])).toBe(true)
    expect(isKept([["x", left]], [["x", both]])).toBe(true)
  })

  it("are fields of objects by their names as they are written", () => {
    expect(fieldsOf(`STRUCT("a ""(""" STRUCT(b BIGINT), "c d" DECIMAL(38,0)[])`)).toStrictEqual([
      [`"a ""("""`, "STRUCT(b BIGINT)"],
      [`"c d"`, "DECIMAL(38,0)[]"]
    ])
    expect(fieldsOf("STRUCT(a BIGINT)[]")).toBeUndefined()
    expect(fieldsOf("MAP(VARCHAR, STRUCT(a BIGINT))")).toBeUndefined()
  })
})
