/**
 * Questions to several ponds at once.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { asking } from "../../support/query/asking.ts"

/** A pond that is asked, and another that is attached as `other`. */
const two = Effect.gen(function* () {
  const here = yield* asking
  const other = yield* asking
  yield* here.write({ "/logs/a.json": '{"n":1}\n', "/prices.csv": "item,price\ntea,3\n" })
  yield* other.write({ "/logs/b.json": '{"n":2}\nbad\n', "/prices.csv": "item,price\ntea,4\ncake,1\n" })
  let opened = 0
  const attached = {
    other: Effect.sync(() => {
      opened += 1
      return { pond: other.pond }
    })
  }
  return { ...here, other, opened: () => opened, attached }
})

describe("ponds that are attached", () => {
  it.live("are schemas, and places before paths", () =>
    Effect.gen(function* () {
      const { attached, opened, rows } = yield* two
      expect(
        yield* rows(
          `SELECT item, here.price, there.price FROM '/prices.csv' AS here JOIN other."/prices.csv" AS there USING (item)`,
          { attached }
        )
      ).toStrictEqual([["tea", 3, 4]])
      expect(yield* rows("SELECT n, _source, _path, _1 FROM 'other:/logs/*.json'", { attached })).toStrictEqual([
        [2, "other", "/logs/b.json", "b"]
      ])
      expect(yield* rows("FROM 'lines://other:/logs/b.json' SELECT line, _line", { attached })).toStrictEqual([
        ['{"n":2}', 1],
        ["bad", 2]
      ])
      expect(opened()).toBe(3)
      expect(yield* rows("SELECT n FROM '/logs/*.json'", { attached })).toStrictEqual([[1]])
      expect(opened()).toBe(3)
    })
  )

  it.live("have their history as tables, and bad lines under their name", () =>
    Effect.gen(function* () {
      const { attached, rows } = yield* two
      expect(
        yield* rows("SELECT path FROM Other.Nodes ANTI JOIN pond.nodes USING (path) ORDER BY path", { attached })
      ).toStrictEqual([["/logs/b.json"]])
      expect(
        yield* rows(`SELECT path, line FROM pond.bad_lines WHERE EXISTS (FROM other."/logs/b.json")`, { attached })
      ).toStrictEqual([["other:/logs/b.json", 2]])
    })
  )

  it.live("are asked in one state, which may be an older one", () =>
    Effect.gen(function* () {
      const { other, rows } = yield* two
      yield* other.write({ "/prices.csv": "item,price\ntea,5\n" })
      const { pond } = other
      const attached = {
        before: Effect.map(pond.at(1), (snapshot) => ({ pond, snapshot })),
        now: Effect.succeed({ pond })
      }
      const sql = `SELECT b.price, n.price FROM before."/prices.csv" b JOIN now."/prices.csv" n USING (item)`
      expect(yield* rows(sql, { attached })).toStrictEqual([[4, 5]])
      expect(yield* rows("SELECT max(txn) FROM before.transactions", { attached })).toStrictEqual([[1]])
    })
  )

  it.live("are together with this one what all means, each file once", () =>
    Effect.gen(function* () {
      const { attached, notes, rows } = yield* two
      expect(yield* rows("SELECT _source, n FROM 'all:/logs/*.json' ORDER BY n", { attached })).toStrictEqual([
        ["local", 1],
        ["other", 2]
      ])
      expect(yield* rows(`SELECT _source, n FROM "all"."/logs/*.json" ORDER BY n`, { attached })).toHaveLength(2)
      expect(yield* rows("SELECT _source, n FROM 'local:/logs/*.json'", { attached })).toStrictEqual([["local", 1]])
      expect(yield* notes("FROM 'all:/logs/*.json'", { attached })).toMatchObject([
        { kind: "bad-lines", path: "other:/logs/b.json" }
      ])
    })
  )

  it.live("are named by what goes wrong with them", () =>
    Effect.gen(function* () {
      const { attached, notes, other, rows } = yield* two
      const failed = (sql: string) => Effect.flip(rows(sql, { attached }))
      expect(yield* failed(`FROM other."/logs/x.json"`)).toMatchObject({
        _tag: "NoSuchTable",
        table: "other:/logs/x.json",
        nearest: "other:/logs/b.json",
        position: 5
      })
      expect((yield* failed("FROM nobody.events")).message).toBe(
        '"nobody.events" (character 6 of the statement) is no table: no pond is attached as "nobody"'
      )
      expect((yield* failed("FROM 'nobody:/x'")).message).toContain('no pond is attached as "nobody"')
      expect((yield* failed('FROM imports."/x"')).message).toContain("nothing in the imports matches it")
      yield* other.write({ "/broken.parquet": "PAR1" })
      expect(yield* failed(`FROM other."/broken.parquet"`)).toMatchObject({
        _tag: "Unreadable",
        path: "other:/broken.parquet"
      })
      const gone = { ...attached, far: Effect.fail({ message: "nobody answers at example.org" }) }
      expect(yield* Effect.flip(rows("FROM far.events", { attached: gone }))).toMatchObject({
        _tag: "Unreadable",
        path: "far:",
        reason: "nobody answers at example.org"
      })
      const skip = { attached: gone, onError: "skip" } as const
      expect(yield* rows("SELECT n FROM 'all:/logs/*.json' ORDER BY n", skip)).toStrictEqual([[1], [2]])
      expect(yield* notes("FROM 'all:/logs/*.json'", skip)).toContainEqual({
        kind: "unreadable",
        path: "far:",
        reason: "nobody answers at example.org"
      })
    })
  )
})
