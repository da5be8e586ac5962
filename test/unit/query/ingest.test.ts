/**
 * Rows of files that are written in unusual ways.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { asking } from "../../support/query/asking.ts"

describe("rows", () => {
  it.live("of arrays keep values whose keys differ in case, or are empty", () =>
    Effect.gen(function* () {
      const { rows, write } = yield* asking
      yield* write({ "/case.json": '[{"A":1},{"a":2}]', "/empty.json": '[{"":3}]', "/plain.json": '[1,"x",null]' })
      expect(yield* rows("SELECT * EXCLUDE (_path, _txn) FROM '/case.json'")).toStrictEqual([
        [1, null, 1],
        [null, 2, 2]
      ])
      expect(yield* rows("SELECT * EXCLUDE (_path, _txn) FROM '/empty.json'")).toStrictEqual([[3, 1]])
      expect(yield* rows("SELECT * EXCLUDE (_path, _txn) FROM '/plain.json'")).toStrictEqual([
        ["1", 1],
        ["x", 2],
        [null, 3]
      ])
    })
  )

  it.live("of lines that spell a key in another case than lines before are like theirs", () =>
    Effect.gen(function* () {
      const { columns, notes, rows, write } = yield* asking
      const lines = [
        '{"Level":"info","n":9007199254740993}',
        '{"level":"w\\"{,","N":-1,"o":{"A":[{"b":1}]}}',
        '{"LEVEL":"x","o":{"a":[{"B":2},{"b":3}]}}'
      ]
      yield* write({ "/case.json": `${lines.join("\n")}\n` })
      expect((yield* columns("FROM '/case.json'")).slice(0, 3)).toStrictEqual([
        ["Level", "VARCHAR"],
        ["n", "BIGINT"],
        ["o", 'STRUCT("A" STRUCT("b" BIGINT)[])']
      ])
      expect(yield* rows("SELECT level, n, o.a, _line FROM '/case.json'")).toStrictEqual([
        ["info", "9007199254740993", null, 1],
        ['w"{,', -1, [{ b: 1 }], 2],
        ["x", null, [{ b: 2 }, { b: 3 }], 3]
      ])
      expect(yield* notes("FROM '/case.json'")).toStrictEqual([])
    })
  )

  it.live("reads objects over several lines, as programs write single ones", () =>
    Effect.gen(function* () {
      const { rows, write } = yield* asking
      const one = { name: "a", seen: { t: "2026-11-21T08:00:00+02:00" } }
      yield* write({
        "/one.json": JSON.stringify(one, null, 2),
        "/two.json": `${JSON.stringify(one, null, 2)}\n${JSON.stringify({ ...one, n: 1 }, null, "\t")}\n`
      })
      const row = ["a", { t: "2026-11-21 06:00:00" }]
      expect(yield* rows("SELECT name, seen, _line FROM '/one.json'")).toStrictEqual([[...row, 1]])
      expect(yield* rows("SELECT name, seen, n, _line FROM '/two.json'")).toStrictEqual([
        [...row, null, 1],
        [...row, 1, 2]
      ])
    })
  )

  it.live("leaves out of CSV what stands before the header, and comments, and says so", () =>
    Effect.gen(function* () {
      const { notes, rows, write } = yield* asking
      yield* write({
        "/report.csv": "Report of today\n\nid;name\n1;a\n2;b\n3;c\n",
        "/comments.csv": "# by hand\nid,name\n1,a\n# no more\n2,b\n",
        "/colours.csv": "colour,n\n#fff,1\n#000,2\n",
        "/mac.csv": "a,b\r1,2\r"
      })
      expect(yield* rows("SELECT id, name, _line FROM '/report.csv'")).toStrictEqual([
        [1, "a", 4],
        [2, "b", 5],
        [3, "c", 6]
      ])
      expect(yield* notes("FROM '/report.csv'")).toStrictEqual([
        { kind: "bad-lines", path: "/report.csv", count: 1, line: 1, reason: "it stands before the header" }
      ])
      expect(yield* rows("SELECT id, name, _line FROM '/comments.csv'")).toStrictEqual([
        [1, "a", 3],
        [2, "b", 5]
      ])
      expect(yield* rows("SELECT line, reason FROM pond.bad_lines WHERE EXISTS (FROM '/comments.csv')")).toStrictEqual([
        [1, "a comment"],
        [4, "a comment"]
      ])
      expect(yield* rows("SELECT colour, n FROM '/colours.csv'")).toStrictEqual([
        ["#fff", 1],
        ["#000", 2]
      ])
      expect((yield* Effect.flip(rows("FROM '/mac.csv'"))).message).toContain(
        "its lines end with carriage returns alone"
      )
    })
  )
})
