import { describe, expect, it } from "vitest"
import { emptyRoot, genesis } from "../../../src/tinyfs/index.ts"
import type { DataFileInfo } from "../../../src/tlogfs/publication.ts"
import { damageOf, emptyHead, fileOf, headAfter, transactionsOf } from "../../../src/tlogfs/state.ts"
import { ObjectDamaged } from "../../../src/tlogfs/verified.ts"
import { anEvent, aTransaction, POND_ID } from "../../support/tlogfs/rows.ts"

const start = emptyHead(POND_ID, emptyRoot())
const first = aTransaction(start, [anEvent("created")])
const second = aTransaction(first, [anEvent("attributed", { attributes: { a: 1 } }), anEvent("removed")])
const rows = [...first.rows, ...second.rows]

const file = (firstTxn: number, lastTxn: number): DataFileInfo => ({
  file: `${firstTxn}`,
  level: 0,
  firstTxn,
  lastTxn,
  rows: 1,
  sizeBytes: 1,
  hash: "ab".repeat(32)
})

describe("rows as transactions", () => {
  it("are divided where the txn changes, each chained to the one before (R2)", () => {
    expect(transactionsOf(POND_ID, start, rows)).toStrictEqual([first, second])
    expect(transactionsOf(POND_ID, first, second.rows)).toStrictEqual([second])
    expect(transactionsOf(POND_ID, start, [])).toStrictEqual([])
  })

  it("are refused where one is missing, twice there, or of another history", () => {
    expect(() => transactionsOf(POND_ID, start, second.rows)).toThrow("txn 2 follows txn 0")
    expect(() => transactionsOf(POND_ID, first, rows)).toThrow("txn 1 follows txn 1")
    expect(() => transactionsOf(POND_ID, { ...first, chain: "00".repeat(32) }, second.rows)).toThrow(
      "txn 2 does not follow the txn before it"
    )
    expect(() => transactionsOf(POND_ID, start, first.rows.slice(1))).toThrow("not a header row")
    const other = "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0001"
    expect(() => transactionsOf(other, { ...start, chain: genesis(other) }, rows)).toThrow(
      "txn 1 does not follow the txn before it"
    )
  })

  it("move the head", () => {
    expect(headAfter(start, [])).toBe(start)
    const { chain, root, timeMicros, txn } = second
    expect(headAfter(start, [first, second])).toStrictEqual({ txn, chain, root, timeMicros })
  })
})

describe("the data file of a txn", () => {
  it("is the one whose range holds it", () => {
    const files = [file(1, 1), file(2, 64), file(65, 65), file(70, 71)]
    const found = [0, 1, 2, 33, 64, 65, 66, 69, 70, 71, 72].map((txn) => fileOf(files, txn)?.firstTxn)
    expect(found).toStrictEqual([undefined, 1, 2, 2, 2, 65, undefined, undefined, 70, 70, undefined])
    expect(fileOf([], 1)).toBeUndefined()
  })
})

describe("a failed decoding", () => {
  it("is damage of the object, unless it is an error that says more", () => {
    const damaged = new ObjectDamaged({ key: "x", why: "odd" })
    expect(damageOf("y", damaged)).toBe(damaged)
    expect(damageOf("y", new TypeError("column a does not hold a long")).message).toContain(
      "y is damaged: column a does not hold a long"
    )
    expect(damageOf("y", "text").message).toContain("y is damaged: text")
  })
})
