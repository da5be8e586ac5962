/**
 * What is told of the columns of a file, beside what is in it.
 */
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fc from "fast-check"
import { asking } from "../../support/query/asking.ts"

const lines = (rows: ReadonlyArray<unknown>): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("")

it.effect(
  "every finite value lies in one part of the spread, the least in the first and the greatest in the last",
  () =>
    Effect.gen(function* () {
      const { query, write } = yield* asking
      const number = fc.double({ noNaN: true, noDefaultInfinity: true })
      const values = fc.array(fc.option(number), { minLength: 40, maxLength: 40 })
      // Half of its first value is another number when it is read as a decimal.
      const taught = Array.from({ length: 40 }, (_, at) => 0.3219903304328935 + at / 100)
      const columns = [taught, ...fc.sample(values, { numRuns: 120, seed: 7 })]
      const rows = Array.from({ length: 40 }, (_, at) =>
        Object.fromEntries(columns.map((values, column) => [`c${column}`, values[at]]))
      )
      yield* write({ "/a.jsonl": lines(rows) })
      const profile = yield* query.profile("/a.jsonl")
      expect(profile.rows).toBe(40)
      for (const [at, { distinct, nulls, spread }] of profile.columns.entries()) {
        const values = columns[at]!.filter((value) => value !== null)
        expect(nulls).toBe(40 - values.length)
        expect(distinct).toBeLessThanOrEqual(values.length)
        expect(spread!.reduce((sum, count) => sum + count, 0)).toBe(values.length)
        expect(spread![0]).toBeGreaterThan(0)
        expect(spread![15]).toBeGreaterThan(0)
      }
    })
)

it.effect("columns of any name are told of, those that tell where rows come from are not", () =>
  Effect.gen(function* () {
    const { query, write } = yield* asking
    yield* write({
      "/day=2026-01-01/a.jsonl": lines([{ 'say "it"': 1, _path: "own", c0: [1] }]),
      "/b.jsonl": ""
    })
    const { columns, lastLine } = yield* query.profile("/day=2026-01-01/a.jsonl")
    expect(lastLine).toBe(1)
    expect(columns.map(({ max, name, type }) => [name, type, max])).toEqual([
      ['say "it"', "BIGINT", "1"],
      ["_path", "VARCHAR", "own"],
      ["c0", "BIGINT[]", null]
    ])
    expect(yield* query.profile("/b.jsonl")).toMatchObject({ rows: 0, columns: [] })
    const missing = yield* Effect.flip(query.profile("/none"))
    expect(missing._tag).toBe("NoSuchTable")
  })
)
