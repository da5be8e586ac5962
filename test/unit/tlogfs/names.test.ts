import { describe, expect, it } from "vitest"
import type { Add } from "../../../src/delta/actions.ts"
import {
  addAction,
  dataFileName,
  dataFileOf,
  outboardName,
  pieceName,
  removeAction,
  taggedRows
} from "../../../src/tlogfs/names.ts"
import type { DataFileInfo } from "../../../src/tlogfs/publication.ts"
import { row, withoutContent } from "../../../src/tlogfs/row.ts"
import { fullRow } from "../../support/tlogfs/rows.ts"

const UUID = "01900000-0000-7000-8000-000000000001"
const info: DataFileInfo = {
  file: dataFileName(12, UUID),
  level: 2,
  firstTxn: 12,
  lastTxn: 40,
  rows: 99,
  sizeBytes: 12_345,
  hash: "ab".repeat(32)
}

const addOf = (one: DataFileInfo, rows = [fullRow], isMerged = false): Add => {
  const action = addAction(one, rows, 1_700_000_000_000, isMerged)
  if ("add" in action) return action.add
  throw new Error("not an add")
}

describe("the names of objects", () => {
  it("are those of the format, and sort as the transactions do", () => {
    expect(dataFileName(1, UUID)).toBe(`00000000000000000001-${UUID}.parquet`)
    expect(pieceName(12, UUID)).toBe(`_index/00000000000000000012-${UUID}.parquet`)
    expect(outboardName("ab".repeat(32))).toBe(`_blobs/ab/${"ab".repeat(32)}.obao`)
    expect(dataFileName(9, UUID) < dataFileName(10, UUID)).toBe(true)
  })
})

describe("a data file in the log", () => {
  it("is told by its tags", () => {
    expect(dataFileOf(addOf(info))).toStrictEqual(info)
    const large = { ...info, outboard: "cd".repeat(32) }
    expect(dataFileOf(addOf(large))).toStrictEqual(large)
  })

  it("carries its rows along, when they are few and new", () => {
    expect(taggedRows(addOf(info))).toStrictEqual([withoutContent(fullRow)])
    expect(taggedRows(addOf(info, [fullRow], true))).toBeUndefined()
    const many = Array.from({ length: 400 }, (_, op) => row({ txn: 12, op, kind: "created", name: "x".repeat(20) }))
    expect(taggedRows(addOf(info, many))).toBeUndefined()
    expect([addOf(info).dataChange, addOf(info, [], true).dataChange]).toStrictEqual([true, false])
  })

  it("is removed without a change of data", () => {
    const action = removeAction(info, 5)
    expect(
      "remove" in action && [action.remove.path, action.remove.dataChange, action.remove.deletionTimestamp]
    ).toStrictEqual([info.file, false, 5n])
  })

  it("is refused without the tags of a pond", () => {
    const add = addOf(info)
    const without = (key: string, value?: string): Add => {
      const tags = new Map(add.tags)
      tags.delete(key)
      return { ...add, tags: value === undefined ? tags : tags.set(key, value) }
    }
    const { tags: _, ...untagged } = add
    const { stats: __, ...unknown } = add
    for (const one of [
      untagged,
      unknown,
      without("txns"),
      without("txns", "1"),
      without("blake3"),
      without("blake3", "AB".repeat(32))
    ]) {
      expect(() => dataFileOf(one)).toThrow(`the data file ${info.file} lacks the tags of a pond`)
    }
    expect(() => taggedRows(without("rows", "////"))).toThrow(/./)
  })
})
