/**
 * A content that is parsed piece by piece, as it grows, has the rows that parsing it at once gives: columns, values and line numbers.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import fc from "fast-check"
import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { hash, toHex } from "../../../src/bao/index.ts"
import type { Format } from "../../../src/formats/reference.ts"
import { QueryCache } from "../../../src/query/cache.ts"
import { shownContent } from "../../support/query/parsing.ts"
import { openDatabase } from "../../../src/query/database.ts"
import { tableQuery } from "../../../src/query/view.ts"
import { scopedFolder } from "../../support/query/asking.ts"

const ALLOWANCE = { memoryMb: 256, threads: 1, spillMb: 64 }

/** An empty cache, and what parses into it. */
const place = Effect.gen(function* () {
  const cache = new QueryCache(yield* scopedFolder)
  const work = yield* cache.work
  return { cache, work, database: yield* openDatabase({ ...ALLOWANCE, spill: work, directory: `${cache.directory}/` }) }
})
type Place = Effect.Success<typeof place>

/** Parses beginnings of a text, one after the other, and gives columns and rows of the last. */
const parsed = (
  { cache, database, work }: Place,
  format: Format,
  text: Uint8Array,
  ends: ReadonlyArray<number>,
  sizes: { segmentBytes: number; smallBytes: number; threadsBytes?: number }
) =>
  Effect.scoped(
    Effect.gen(function* () {
      for (const name of readdirSync(cache.directory).filter((one) => /\.(json|parquet)$/.test(one))) {
        rmSync(join(cache.directory, name))
      }
      const hashes = ends.map((end) => toHex(hash(text.subarray(0, end))))
      let reads = 0
      let last
      for (const [at, end] of ends.entries()) {
        last = yield* shownContent(
          { database, cache, work, ...sizes },
          {
            path: "/x",
            format,
            key: hashes[at]!,
            sizeBytes: end,
            isGrowing: true,
            earlier: Effect.succeed(hashes.slice(0, at).toReversed()),
            bytes: (start) => {
              reads += end - start
              return Stream.make(text.subarray(start, end))
            }
          }
        )
      }
      const parts = last!.parts.map((part) => ({
        file: cache.fileOf(part.name),
        part,
        path: "/x",
        txn: null,
        captures: []
      }))
      const sql = tableQuery(last!.columns, parts)
      const rows = yield* database.rows<object>(`SELECT * FROM (${sql}) ORDER BY _line`)
      return {
        reads,
        columns: last!.columns.toSorted(([left], [right]) => (left < right ? -1 : 1)),
        rows: rows.map((row) =>
          Object.fromEntries(Object.entries(row).toSorted(([left], [right]) => (left < right ? -1 : 1)))
        ),
        bad: last!.parts.flatMap(({ bad }) => bad)
      }
    })
  )

const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -9, max: 9 }) },
  fc.constantFrom(null, 2.5, true, "x", 'ä"\n', "2026-11-21T08:00:00Z", "2026-11-21", ""),
  {
    weight: 2,
    arbitrary: fc.constantFrom("2026-11-21T08:00:00+02:00", "21-11-2026 08:00:00", "26-11-21", 18446744073709551615n)
  }
)
/** Numbers beyond what programs have digits for, as JSON has them. */
const jsonText = (one: object): string =>
  JSON.stringify(one, (_, field: unknown) => (typeof field === "bigint" ? `#${field}#` : field)).replaceAll(
    /"#|#"/gu,
    ""
  )
/** What threads take apart, mostly. */
const plainLine = fc.oneof(
  { weight: 20, arbitrary: fc.integer().map((a) => JSON.stringify({ a, b: `x${a}`, c: "2026-11-21T08:00:00Z" })) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.integer(), fc.nat(6))
      .map(
        ([a, which]) =>
          [
            `{"o":{"a":${a}}}`,
            `{"o":{"b":"x${a}","a":${a}}}`,
            `{"o":{"in":{"c":${a}}},"a":${a}}`,
            `{"o":{"in":{"d e":true,"c":${a}}}}`,
            `{"o":{"a":2.5}}`,
            `{"o":null}`,
            `{"o":{"time":"2026-11-21T08:00:00Z"}}`
          ][which]!
      )
  },
  { weight: 1, arbitrary: fc.constantFrom('{"o":{"A":1}}', '{"o":{"a":"x"}}', '{"o":{"in":{"c":[1]}}}') },
  { weight: 1, arbitrary: fc.constantFrom('{"a":1.5}', '{"c":"then"}', '{"d":null}', "{}", '{"a":[]}') }
)
const jsonLine = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.dictionary(fc.constantFrom("a", "b", "c"), value, { maxKeys: 3 }).map(jsonText)
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "",
      "{",
      "[1]",
      '{"n":{"m":1}}',
      '{"n":{"m":-1}}',
      '{"A":7}',
      '{"n":{"M":[{"x":1},{"X":2}]}}',
      '{"n":{"m":18446744073709551615}}',
      '{"n":{"k":[1,2]}}'
    )
  }
)
const csvField = fc.constantFrom(
  "1",
  "2",
  "2.5",
  "x",
  '"a,b"',
  '"two\nlines"',
  "",
  "2026-11-21",
  "21.11.2026",
  "26-11-21"
)
const csvLine = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(csvField, csvField).map((fields) => fields.join(",")) },
  { weight: 1, arbitrary: fc.constantFrom("lonely", "1,2,3") }
)

const WEBLOG = [
  'h - bob [10/Oct/2000:13:55:36 -0700] "GET /x HTTP/1.1" 200 12',
  'h - - [10/Oct/2000:13:55:36 +0000] "-" 408 - "-" "say \\"hi\\" ü"'
]
const SYSLOG = [
  '<34>1 2003-10-11T22:14:15.003Z host app 12 ID [a@1 k="v"] hello',
  "<13>Oct 11 22:14:15 host app[3]: old",
  "2026-11-21T08:00:00+01:00 host app: written by a daemon"
]
const OTEL = [
  '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1544712660300000001"},{"body":{"intValue":"7"}}]}]}]}',
  '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"ä","startTimeUnixNano":"5","endTimeUnixNano":"9"}]}]}]}',
  '{"resourceLogs":[]}'
]

/** Lines of a format, and some that are none. */
const logLine = (good: ReadonlyArray<string>) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...good) },
    { weight: 2, arbitrary: fc.constantFrom("", "nonsense", "{", "<34>1 -") }
  )

const cutsOf = (text: Uint8Array, cuts: ReadonlyArray<number>): ReadonlyArray<number> =>
  [...new Set([...cuts.map((cut) => cut % (text.length + 1)), text.length])].toSorted((left, right) => left - right)

const INCREMENTAL = { segmentBytes: 64, smallBytes: 0 }
const AT_ONCE = { segmentBytes: 1e9, smallBytes: 0 }

const check = (format: Format, lines: fc.Arbitrary<string>, header: string, runs: number) =>
  it.live(
    `${format} ${lines === plainLine ? "of plain objects " : ""}that grows is the same as all of it at once`,
    () =>
      Effect.flatMap(place, (here) =>
        Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(
              fc.array(lines, { maxLength: 12 }),
              fc.array(fc.nat(), { maxLength: 4 }),
              fc.boolean(),
              async (all, cuts, isShredded) => {
                const text = new TextEncoder().encode(header + all.map((line) => `${line}\n`).join(""))
                const sizes = { ...INCREMENTAL, threadsBytes: isShredded ? 0 : Number.POSITIVE_INFINITY }
                const grown = await Effect.runPromise(parsed(here, format, text, cutsOf(text, cuts), sizes))
                const whole = await Effect.runPromise(parsed(here, format, text, [text.length], AT_ONCE))
                expect({ ...grown, reads: 0 }).toStrictEqual({ ...whole, reads: 0 })
              }
            ),
            { numRuns: runs }
          )
        )
      )
  )

describe("parsing", () => {
  check("jsonl", jsonLine, "", 20)
  check("jsonl", plainLine, "", 30)
  check("lines", jsonLine, "", 5)
  check("csv", csvLine, "first,second\n", 12)
  const tabbed = csvLine.map((line) => line.replaceAll(",", "\t"))
  check("tsv", tabbed, "first\tsecond\n", 3)
  check("weblog", logLine(WEBLOG), "", 3)
  check("syslog", logLine(SYSLOG), "", 3)
  check("otel", logLine(OTEL), "", 3)

  it.live("of a large beginning is not repeated when a little is added", () =>
    Effect.gen(function* () {
      const line = `${JSON.stringify({ n: 1, text: "x".repeat(80) })}\n`
      const text = new TextEncoder().encode(line.repeat(1010))
      const large = line.length * 1000
      const { reads, rows } = yield* parsed(yield* place, "jsonl", text, [large, large + 50, text.length], {
        segmentBytes: 1e9,
        smallBytes: 1000
      })
      expect(rows).toHaveLength(1010)
      expect(rows.at(-1)).toMatchObject({ _line: "1010" })
      expect(reads).toBeLessThan(large + 2 * (text.length - large))
    })
  )

  it.live("of objects is not repeated when keys of them are added or missing", () =>
    Effect.gen(function* () {
      const line = `${JSON.stringify({ n: 1, o: { a: 1, text: "x".repeat(80) } })}\n`
      const encoder = new TextEncoder()
      const added = ['{"n":2,"o":{"b":{"c":3}}}\n', '{"o":{"text":"y","a":2,"b":{"c":null}}}\n'.repeat(9)]
      const text = encoder.encode(line.repeat(1000) + added.join(""))
      const large = line.length * 1000
      const here = yield* place
      const ends = [large, large + added[0]!.length, text.length]
      const sizes = { segmentBytes: 1e9, smallBytes: 1000 }
      for (const threadsBytes of [0, Number.POSITIVE_INFINITY]) {
        const { columns, reads, rows } = yield* parsed(here, "jsonl", text, ends, { ...sizes, threadsBytes })
        expect(columns).toContainEqual(["o", 'STRUCT(a BIGINT, "text" VARCHAR, b STRUCT(c BIGINT))'])
        expect(rows[1000]).toMatchObject({ o: { a: null, text: null, b: { c: "3" } } })
        expect(rows.at(-1)).toMatchObject({ n: null, o: { a: "2", text: "y", b: { c: null } } })
        expect(reads).toBeLessThan(large + 2 * (text.length - large))
      }
    })
  )

  it.live("of objects is not repeated when what is added has nothing under their keys", () =>
    Effect.gen(function* () {
      const line = `${JSON.stringify({ o: { a: { b: 1 }, c: "x".repeat(80) } })}\n`
      const text = new TextEncoder().encode(line.repeat(1000) + '{"o":{"a":{"b":null},"c":null}}\n'.repeat(9))
      const large = line.length * 1000
      const sizes = { segmentBytes: 1e9, smallBytes: 1000, threadsBytes: 0 }
      const { columns, reads, rows } = yield* parsed(yield* place, "jsonl", text, [large, text.length], sizes)
      expect(columns).toStrictEqual([["o", "STRUCT(a STRUCT(b BIGINT), c VARCHAR)"]])
      expect(rows.at(-1)).toMatchObject({ o: { a: { b: null }, c: null } })
      expect(reads).toBeLessThan(large + 2 * (text.length - large))
    })
  )
})
