/**
 * JSON lines that threads take apart are the rows that the engine reads: names, order and types of columns, and every value.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import fc from "fast-check"
import { hash, toHex } from "../../../src/bao/index.ts"
import { QueryCache } from "../../../src/query/cache.ts"
import { shownContent } from "../../support/query/parsing.ts"
import { openDatabase } from "../../../src/query/database.ts"
import { areTexts } from "../../../src/query/ingest.ts"
import { shred } from "../../../src/query/shred/shred.ts"
import { tableQuery } from "../../../src/query/view.ts"
import { scopedFolder } from "../../support/query/asking.ts"
import { lines, oddLines } from "../../support/query/json-lines.ts"

const ALLOWANCE = { memoryMb: 256, threads: 1, spillMb: 64 }

const place = Effect.gen(function* () {
  const cache = new QueryCache(yield* scopedFolder)
  const work = yield* cache.work
  return { cache, work, database: yield* openDatabase({ ...ALLOWANCE, spill: work, directory: `${cache.directory}/` }) }
})
type Place = Effect.Success<typeof place>

/** Whether threads take all of a text apart. */
const isShredded = (text: Uint8Array) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { database, work } = yield* place
      const found = yield* shred(Stream.make(text), {
        work,
        partBytes: 1e9,
        isGrowing: false,
        columns: [],
        isLarge: true
      })
      return (
        found !== undefined &&
        (yield* areTexts(
          database,
          found.parts.map(({ file }) => file),
          found.doubtful,
          work
        ))
      )
    })
  )

/** Columns and rows of a text, read in one of the two ways. */
const read = ({ cache, database, work }: Place, text: Uint8Array, threadsBytes: number) =>
  Effect.gen(function* () {
    const { columns, parts } = yield* shownContent(
      { database, cache, work, segmentBytes: 1e9, smallBytes: 0, threadsBytes },
      {
        path: "/x",
        format: "jsonl",
        key: `${toHex(hash(text))}-${threadsBytes}`,
        sizeBytes: text.length,
        isGrowing: false,
        earlier: Effect.succeed([]),
        bytes: (start) => Stream.make(text.subarray(start))
      }
    )
    const files = parts.map((part) => ({ file: cache.fileOf(part.name), part, path: "/x", txn: null, captures: [] }))
    const rows = yield* database.rows<object>(`SELECT * FROM (${tableQuery(columns, files)}) ORDER BY _line`)
    return { columns, rows, bad: parts.flatMap(({ bad }) => bad) }
  })

describe("lines that threads take apart", () => {
  it.live("are the rows of the engine", () =>
    Effect.flatMap(place, (here) =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(lines, fc.boolean(), fc.boolean(), async (all, isEnded, isLarge) => {
            const text = new TextEncoder().encode(all.join("\n") + (isEnded ? "\n" : ""))
            const byThreads = await Effect.runPromise(Effect.scoped(read(here, text, isLarge ? 0 : 1e9)))
            const byEngine = await Effect.runPromise(Effect.scoped(read(here, text, Number.POSITIVE_INFINITY)))
            expect(byThreads).toStrictEqual(byEngine)
          }),
          { numRuns: Number(process.env["POND_SHRED_RUNS"] ?? 40) }
        )
      )
    )
  )

  it.live("are the rows of the engine in whatever way they are written", () =>
    Effect.flatMap(place, (here) =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(oddLines, async (all) => {
            const text = new TextEncoder().encode(`${all.join("\n")}\n`)
            const [byThread, byEngine] = [
              await Effect.runPromise(Effect.scoped(Effect.result(read(here, text, 1e9)))),
              await Effect.runPromise(Effect.scoped(Effect.result(read(here, text, Number.POSITIVE_INFINITY))))
            ]
            expect(byThread).toStrictEqual(byEngine)
          }),
          { numRuns: Number(process.env["POND_SHRED_RUNS"] ?? 40) }
        )
      )
    )
  )

  const common = `{"time":"2026-11-21T08:00:00.123Z","day":"2026-11-21","at":"08:00:00","level":"info","took":2.5,"ok":true,"text":"a \\"b\\"","id":"550e8400-e29b-41d4-a716-446655440000","n":null}\n`

  it.live("are those that most logs have", () =>
    Effect.gen(function* () {
      const encoder = new TextEncoder()
      expect(yield* isShredded(encoder.encode(common.repeat(10)))).toBe(true)
      // Whether these are times has to be asked for.
      for (const text of ["2026-11-21 08:00:00 AM", "2026-11-21T08:00:00.123456789Z", "-1 (BC)"]) {
        expect(yield* isShredded(encoder.encode(`{"a":"${text}"}\n`)), text).toBe(true)
      }
      const optional = Array.from({ length: 2000 }, (_, at) => {
        const keys = Array.from({ length: 11 }, (_, bit) => bit).filter(
          (bit) => (Math.imul(at, 2_654_435_761) >>> bit) & 1
        )
        return `{${keys.map((key) => `"k${key}":${at}`).join(",")}}\n`
      })
      expect(yield* isShredded(encoder.encode(optional.join("")))).toBe(true)
      for (const odd of [
        `{"a":[1]}`,
        `{"a":{}}`,
        `{"a":{ }}`,
        `{"a":{"b":[1]}}`,
        `{"a":{"b":1,"B":2}}`,
        `{"a":{"b":1},"a":{"c":2}}`,
        `{"level":{"a":1}}`,
        `{"a":{"b":1}`,
        `{"a":{"b":1,}}`,
        `${'{"a":'.repeat(17)}1${"}".repeat(17)}`,
        `{"a":1,"A":2}`,
        `{"a":1,"a":2}`,
        `{"a":01}`,
        `{"a":9223372036854775808}`,
        `{"a":18446744073709551617}`,
        `{"a":100000000000000000000000000000001}`,
        `{"a":-0}`,
        `{"a":-}`,
        `{"a":1.}`,
        `{"a":.5}`,
        `{"a":1e}`,
        `{"a":tru}`,
        `{"a":"\\x"}`,
        `{"a":"\\u12"}`,
        `{"a":"\\ud800"}`,
        `{"a":"\\u0000"}`,
        "",
        `{"a":"08:00"}`,
        "{",
        `{"":1}`
      ]) {
        expect(yield* isShredded(encoder.encode(`${common}${odd}\n`)), odd).toBe(false)
      }
    })
  )

  it.live("may have their keys in any order, but each once", () =>
    Effect.gen(function* () {
      const encoder = new TextEncoder()
      const both = `{"a":1,"b":2}\n{"c":1,"b":2,"a":3}\n`
      expect(yield* isShredded(encoder.encode(both))).toBe(true)
      // Each part of the line is known, and what follows what.
      expect(yield* isShredded(encoder.encode(`${both}{"a":1,"b":2,"a":3}\n`))).toBe(false)
      const objects = `{"a":{"x":1},"b":{"y":2}}\n{"b":{"y":2},"a":{"z":3}}\n`
      expect(yield* isShredded(encoder.encode(objects))).toBe(true)
      expect(yield* isShredded(encoder.encode(`${objects}{"a":{"x":1},"b":{"y":2},"a":{"z":3}}\n`))).toBe(false)
    })
  )

  /** Rows of lines read in both ways, which have to be the same. */
  const compared = (all: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const here = yield* place
      const text = new TextEncoder().encode(all.map((line) => `${line}\n`).join(""))
      expect(yield* isShredded(text)).toBe(true)
      expect(yield* read(here, text, 0)).toStrictEqual(yield* read(here, text, Number.POSITIVE_INFINITY))
    })

  it.live("keep texts that repeat apart, whatever their lengths", () =>
    Effect.gen(function* () {
      const long = "0123456789abcdef"
      const same = [1, 8, 9, 15, 16].map((length) => long.slice(0, length))
      const odd = ["", ...same, `${long}x`, `${long}y`, long.repeat(3), "\\u00e9", "é", "\\n", "\\\\n", "x"]
      // So many of one length that some meet in the table that finds them.
      const many = Array.from({ length: 900 }, (_, at) => String(at).padStart(4, "0"))
      const all = [...many, ...many, ...many].map(
        (text, at) =>
          `{"odd":"${odd[at % odd.length]}","long":"${text}${long}","short":"x${text}","all":"${at % 3 === 0 ? "" : text + long}"}`
      )
      yield* compared(all)
    })
  )

  it.live("have objects, as deep as they are, whose keys are written as others are", () =>
    compared([
      `{"id":1,"req":{"id":"a","user":{"id":7,"name":"x"}},"ok":true}`,
      `{"id":2,"req":{"id":"b","user":null},"ok":false}`,
      `{"id":3,"req":null}`,
      `{"id":4,"none":{"a":null,"b":{"c":null}}}`,
      `{"id":4,"req":{"query":{},"params":{},"user":{}},"none":{}}`,
      `{"id":4,"req":{"query":{},"params":{"a":1},"user":{}},"none":{"b":{}}}`,
      `{"req":{"user":{"id":8}},"id":5}`,
      `{"id":6,"req":{"id":null,"user":{"name":null}},"ok":null}`,
      `{"id":7,"req":{"time":"2026-11-21T08:00:00Z","id":"550e8400"},"deep":{"a":{"b":{"c":{"d":{"e":2.5}}}}}}`
    ])
  )

  it.live("keep numbers of any sign and length", () => {
    const digits = "9123456789012345678"
    const whole = Array.from({ length: 19 }, (_, at) => digits.slice(0, at + 1))
    const parts = [
      "0.5",
      "0.1",
      "1.25",
      "12345678.9",
      "123456789.012345",
      "12345678901.234567",
      "0.1234567",
      "1e3",
      "1.5E-7"
    ]
    const all = [...whole, ...parts].flatMap((number) => [number, `-${number}`])
    return compared(all.flatMap((number) => [`{"n${number.length}":${number}}`, `{"all":${number},"is":1}`]))
  })

  /** What lines of many groups come to in both ways. */
  const comparedSums = (all: ReadonlyArray<string>, sums: string) =>
    Effect.gen(function* () {
      const here = yield* place
      const text = new TextEncoder().encode(all.join("\n"))
      expect(yield* isShredded(text)).toBe(true)
      const summed = (threadsBytes: number) =>
        Effect.gen(function* () {
          const { columns, parts } = yield* shownContent(
            { ...here, segmentBytes: 2_000_000, smallBytes: 0, threadsBytes },
            {
              path: "/x",
              format: "jsonl",
              key: String(threadsBytes),
              sizeBytes: text.length,
              isGrowing: false,
              earlier: Effect.succeed([]),
              bytes: (start) => Stream.fromIterable([text.subarray(start, 1e6), text.subarray(1e6)])
            }
          )
          const files = parts.map((part) => ({
            file: here.cache.fileOf(part.name),
            part,
            path: "/x",
            txn: null,
            captures: []
          }))
          return { columns, sums: yield* here.database.rows(`SELECT ${sums} FROM (${tableQuery(columns, files)})`) }
        })
      expect(yield* summed(0)).toStrictEqual(yield* summed(Number.POSITIVE_INFINITY))
    })

  it.live("may have many shapes, lie in many groups and change their types", () => {
    const all = Array.from({ length: 300_000 }, (_, at) =>
      at % 7 === 0
        ? `{"a":${at},"b":"x${at % 5000}"}`
        : at % 3 === 0
          ? `{"b":"x"}`
          : at < 280_000
            ? `{"a":-${at + 1}}`
            : `{"a":${at}.25,"c":false}`
    )
    const sums =
      "sum(a) AS a, count(b) AS b, max(b) AS most, count(c) AS c, sum(_line) AS line, sum(a * _line % 1000) AS mixed"
    return comparedSums(all, sums)
  })

  it.live("may have objects that others lack, in some groups and in all", () => {
    const all = Array.from({ length: 400_000 }, (_, at) => {
      if (at < 140_000) return `{"n":${at}}`
      if (at % 11 === 0) return `{"n":${at},"o":null}`
      // Now and then without what lies in it: rows of these groups go as deep as others do.
      if (at < 280_000)
        return at % 5 === 0 ? `{"n":${at},"e":{}}` : `{"n":${at},"o":{"a":${at % 3 === 0 ? "null" : at},"q":{}}}`
      return `{"n":${at},"e":{"k":1},"o":{"a":${at},"in":{"b":"x${at % 9}"${at % 4 === 0 ? `,"c":${at}.5` : ""}}}}`
    })
    const sums =
      "count(o) AS o, count(o.a) AS a, sum(o.a) AS sum, count(o.in) AS inner, count(o.in.b) AS b, sum(o.in.c) AS c, count(e) AS e, count(o.q) AS q, bit_xor(hash(n, o, e)) AS all"
    return comparedSums(all, sums)
  })

  it.live("are given up when they are interrupted, and others go on", () =>
    Effect.gen(function* () {
      const endless = Stream.forever(Stream.make(new TextEncoder().encode(common.repeat(10_000))))
      const { work } = yield* place
      for (let round = 0; round < 2; round += 1) {
        const taken = shred(endless, { work, partBytes: 1e9, isGrowing: false, columns: [], isLarge: true })
        expect(Option.isNone(yield* Effect.timeoutOption(taken, 100))).toBe(true)
      }
      expect(yield* isShredded(new TextEncoder().encode(common.repeat(30_000)))).toBe(true)
    })
  )
})
