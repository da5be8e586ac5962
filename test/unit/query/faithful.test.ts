import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { asking } from "../../support/query/asking.ts"

/** Columns and rows of a file, without where they come from. */
const read = (name: string, content: string) =>
  Effect.gen(function* () {
    const { columns, rows, write } = yield* asking
    yield* write({ [`/${name}`]: content })
    const sql = `SELECT * EXCLUDE (_path, _txn, _line) FROM '/${name}' ORDER BY _line`
    return { types: (yield* columns(sql)).map(([, type]) => type), rows: yield* rows(sql) }
  })

describe("times", () => {
  it.live("of CSV in other orders than year, month, day stay what is written, beside others that are times", () =>
    Effect.gen(function* () {
      const german = "Datum;seit;Betrag\n01.11.2026;2026-11-01;1,5\n13.11.2026;2026-11-02;2,5\n"
      expect(yield* read("german.csv", german)).toStrictEqual({
        types: ["VARCHAR", "TIMESTAMP", "VARCHAR"],
        rows: [
          ["01.11.2026", "2026-11-01 00:00:00", "1,5"],
          ["13.11.2026", "2026-11-02 00:00:00", "2,5"]
        ]
      })
      const american = "at,n\n11/13/2026 1:00:00 PM,1\n12/14/2026 2:00:00 PM,2\n"
      expect((yield* read("american.csv", american)).rows[0]).toStrictEqual(["11/13/2026 1:00:00 PM", 1])
      expect(yield* read("short.csv", "day,n\n26-11-01,1\n26-11-13,2\n")).toMatchObject({
        rows: [
          ["26-11-01", 1],
          ["26-11-13", 2]
        ]
      })
    })
  )

  it.live("of JSON likewise, also within other values and beside bad lines", () =>
    Effect.gen(function* () {
      const line = '{"a":"01-11-2026 10:00:00","b":"2026-11-01T10:00:00+02:00","c":{"d":"26-11-01"},"e":"26-11-01"}\n'
      const expected = {
        types: ["VARCHAR", "TIMESTAMP", 'STRUCT("d" VARCHAR)', "VARCHAR"],
        rows: [["01-11-2026 10:00:00", "2026-11-01 08:00:00", { d: "26-11-01" }, "26-11-01"]]
      }
      expect(yield* read("good.json", line)).toStrictEqual(expected)
      expect(yield* read("list.json", `[${line}]`)).toStrictEqual(expected)
      expect(yield* read("bad.json", `${line}{"a":\n`)).toStrictEqual(expected)
    })
  )

  it.live("of the first century are times where they are written in full", () =>
    Effect.gen(function* () {
      const line = '{"at":"0001-01-01T00:00:00Z"}\n{"at":null,"n":{"t":"2026-11-01T10:00:00+02:00"}}\n'
      expect(yield* read("never.json", line)).toStrictEqual({
        types: ["TIMESTAMP", 'STRUCT("t" TIMESTAMP)'],
        rows: [
          ["0001-01-01 00:00:00", null],
          [null, { t: "2026-11-01 08:00:00" }]
        ]
      })
    })
  )
})

describe("integers", () => {
  it.live("keep their digits, whatever their signs, also within other values", () =>
    Effect.gen(function* () {
      const fits = '{"n":{"m":[9007199254740993]}}\n{"n":{"m":[-1]}}\n'
      expect(yield* read("fits.json", fits)).toStrictEqual({
        types: ['STRUCT("m" BIGINT[])'],
        rows: [[{ m: ["9007199254740993"] }], [{ m: [-1] }]]
      })
      const large = '{"n":18446744073709551615,"o":{"m":18446744073709551615}}\n{"n":-1,"o":{"m":-1}}\n'
      expect(yield* read("large.json", large)).toStrictEqual({
        types: ["HUGEINT", 'STRUCT("m" DECIMAL(38,0))'],
        rows: [
          ["18446744073709551615", { m: "18446744073709551615" }],
          [-1, { m: "-1" }]
        ]
      })
    })
  )
})
