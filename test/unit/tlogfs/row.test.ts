import { encode } from "cborg"
import { describe, expect, it } from "vitest"
import {
  COLUMNS,
  decodeRow,
  decodeRows,
  encodeRow,
  encodeRows,
  row,
  rowOfValues,
  withoutContent
} from "../../../src/tlogfs/row.ts"
import { fullRow } from "../../support/tlogfs/rows.ts"

const empty = row({ txn: 1, op: 0, kind: "txn" })
const values = (change: Record<number, unknown> = {}): Array<unknown> =>
  COLUMNS.map(({ name }, index) => (index in change ? change[index] : fullRow[name]))
const indexOf = (name: string): number => COLUMNS.findIndex((column) => column.name === name)

describe("a row", () => {
  it("has the columns of the format in their order", () => {
    expect(COLUMNS.map(({ name }) => name).join(" ")).toBe(
      "txn op kind node_id type parent_id name version size hash list_hash attributes factory config target min_time " +
        "max_time extent_offset extent_length extent_kind extent_hash blob blob_offset content outboard outboard_blob header"
    )
  })

  it("holds null where nothing was given", () => {
    expect(Object.values(empty).filter((value) => value !== null)).toStrictEqual([1, 0, "txn"])
  })

  it("comes back from its compact form as it was, without its content", () => {
    for (const one of [empty, fullRow]) expect(decodeRow(encodeRow(one))).toStrictEqual(withoutContent(one))
    expect(decodeRows(encodeRows([empty, fullRow]))).toStrictEqual([empty, withoutContent(fullRow)])
    expect(decodeRows(encodeRows([]))).toStrictEqual([])
    expect(withoutContent(empty)).toBe(empty)
  })

  it.each([
    ["txn", null],
    ["op", null],
    ["kind", null],
    ["txn", -1],
    ["txn", 1.5],
    ["txn", "1"],
    ["size", 2 ** 53],
    ["node_id", 1],
    ["name", new Uint8Array()],
    ["config", "text"],
    ["content", [1, 2]],
    ["max_time", 0.5]
  ])("is refused when %s is %j", (name, value) => {
    const column = COLUMNS[indexOf(name)]!
    expect(() => rowOfValues(values({ [indexOf(name)]: value }))).toThrow(
      `column ${name} does not hold a ${column.type}`
    )
  })

  it("may have a time before 1970", () => {
    expect(rowOfValues(values({ [indexOf("min_time")]: -(2 ** 53) + 1 })).min_time).toBe(-(2 ** 53) + 1)
  })

  it("is refused with another number of columns, and when it is none", () => {
    const wrong = "a row has another number of columns"
    expect(() => rowOfValues(values().slice(1))).toThrow(wrong)
    expect(() => rowOfValues([...values(), null])).toThrow(wrong)
    expect(() => rowOfValues({})).toThrow(wrong)
    expect(() => decodeRow(encode("text"))).toThrow(wrong)
    expect(() => decodeRows(encode(5))).toThrow("rows are not a list")
  })
})
