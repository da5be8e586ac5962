import { describe, expect, it } from "@effect/vitest"
import { Effect, HashMap, Option, Stream } from "effect"
import { rmSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import { openLog } from "../../../../src/delta/open.ts"
import { exporting } from "../../../support/export/exporting.ts"

const FORMATS = ["delta", "parquet"] as const

const line = (day: number, level: string, ms: number | string): string =>
  `${JSON.stringify({ time: `2026-11-${String(day).padStart(2, "0")}T10:00:00Z`, level, ms })}\n`

const DAILY = { source: "/logs/*.json", partition: ["date"] }

describe.each(FORMATS)("export as %s", (format) => {
  const settings = { ...DAILY, format }

  it.live("carries all rows once, and then only new ones", () =>
    Effect.gen(function* () {
      const { append, both, run, write } = yield* exporting
      const store = memoryStore()
      yield* write({ "/logs/web.json": line(1, "info", 1) + line(2, "warn", 2) })
      yield* append("/logs/app.json", line(1, "info", 3))
      const first = yield* run(store, settings)
      expect(first).toMatchObject({ number: 1, sources: { new: 2 }, rows: { added: 3, removed: 0, total: 3 } })
      expect(yield* run(store, settings)).toMatchObject({ number: 1, isChanged: false, sources: { unchanged: 2 } })
      yield* append("/logs/app.json", line(2, "error", 4) + line(3, "info", 5))
      expect(yield* run(store, settings)).toMatchObject({
        number: 2,
        sources: { grown: 1, unchanged: 1, replaced: 0 },
        rows: { added: 2, removed: 0, total: 5 }
      })
      const { here, there } = yield* both(store, format, "time::TIMESTAMP AS time, level, ms", "/logs/*.json")
      expect(there).toEqual(here)
      const { here: dates, there: directories } = yield* both(store, format, "time::DATE AS d, level", "/logs/*.json")
      expect(directories).toEqual(dates)
    })
  )

  it.live(
    "a file that is renamed is no new data; one that is written anew replaces its rows; one that is deleted goes",
    () =>
      Effect.gen(function* () {
        const { append, both, change, run, write } = yield* exporting
        const store = memoryStore()
        yield* append("/logs/app.json", line(1, "info", 1) + line(2, "info", 2))
        yield* append("/logs/other.json", line(1, "warn", 7))
        yield* run(store, settings)
        yield* change((open) => open.move("/logs/app.json", "/logs/app-1.json"))
        yield* append("/logs/app.json", line(2, "info", 3))
        expect(yield* run(store, settings)).toMatchObject({
          sources: { new: 1, unchanged: 2, gone: 0 },
          rows: { added: 1, removed: 0, total: 4 }
        })
        yield* write({ "/logs/app-1.json": line(1, "error", 9) })
        expect(yield* run(store, settings)).toMatchObject({
          sources: { replaced: 1 },
          rows: { added: 1, removed: 2, total: 3 }
        })
        yield* change((open) => open.remove("/logs/other.json"))
        expect(yield* run(store, settings)).toMatchObject({ sources: { gone: 1 }, rows: { removed: 1, total: 2 } })
        const { here, there } = yield* both(store, format, "time::TIMESTAMP AS time, level, ms", "/logs/*.json")
        expect(there).toEqual(here)
        expect(there).toHaveLength(2)
      })
  )

  it.live("a column that comes later is null before; one that changes its type writes the table anew", () =>
    Effect.gen(function* () {
      const { append, both, read, run } = yield* exporting
      const store = memoryStore()
      yield* append("/logs/app.json", line(1, "info", 1))
      yield* run(store, settings)
      yield* append(
        "/logs/app.json",
        `${JSON.stringify({ time: "2026-11-01T11:00:00Z", level: "x", ms: 2, user: "ann" })}\n`
      )
      expect(yield* run(store, settings)).toMatchObject({ anew: null, rows: { added: 1, total: 2 } })
      expect(yield* read(store, format, 'SELECT "user" AS who FROM lake ORDER BY ms')).toEqual([
        { who: null },
        { who: "ann" }
      ])
      yield* append("/logs/app.json", line(2, "info", "slow"))
      const report = yield* run(store, settings)
      expect(report).toMatchObject({ rows: { added: 3, removed: 2, total: 3 } })
      expect(report.anew).toMatch(/^the column ms is VARCHAR, and was (?:BIGINT|DOUBLE)$/u)
      const { here, there } = yield* both(store, format, 'time::TIMESTAMP AS time, level, ms, "user"', "/logs/*.json")
      expect(there).toEqual(here)
    })
  )

  it.live("many small files of a partition become one, with the same rows", () =>
    Effect.gen(function* () {
      const { append, both, change, run } = yield* exporting
      const store = memoryStore()
      for (let at = 0; at < 9; at += 1) {
        yield* append(`/logs/${at % 2}.json`, line(1, "info", at))
        yield* run(store, settings)
      }
      const report = yield* run(store, settings)
      expect(report.files.total).toBeLessThan(8)
      yield* change((open) => open.remove("/logs/1.json"))
      expect(yield* run(store, settings)).toMatchObject({ rows: { added: 0, removed: 4, total: 5 } })
      const { here, there } = yield* both(store, format, "time::TIMESTAMP AS time, level, ms", "/logs/*.json")
      expect(there).toEqual(here)
    })
  )

  it.live("what others put there, took away, or own is named and left alone", () =>
    Effect.gen(function* () {
      const { run, write } = yield* exporting
      yield* write({ "/logs/a.json": line(1, "info", 1) })
      const foreign = memoryStore()
      yield* foreign.put(format === "delta" ? "_delta_log/00000000000000000000.json" : "mine.parquet", FOREIGN)
      expect(yield* Effect.flip(run(foreign, settings))).toMatchObject({ _tag: "TargetForeign" })
      const store = memoryStore()
      yield* run(store, settings)
      const taken = yield* Effect.flip(run(store, settings, "sync", "/system/etc/other"))
      expect(taken).toMatchObject({ _tag: "TargetTaken" })
      expect(taken.message).toContain("/system/etc/lake")
      if (format === "parquet") {
        const data = (yield* Stream.runCollect(store.list("date="))).map(({ key }) => key)
        yield* store.delete(data[0]!)
        const altered = yield* Effect.flip(run(store, settings))
        expect(altered).toMatchObject({ _tag: "TargetAltered" })
        expect(altered.message).toContain(`${data[0]} is missing`)
        expect(yield* run(store, settings, "rebuild")).toMatchObject({ rows: { total: 1 } })
        expect(yield* run(store, settings)).toMatchObject({ isChanged: false, rows: { total: 1 } })
      }
    })
  )
})

describe("rows, in whatever format", () => {
  const format = "delta" as const
  const settings = { ...DAILY, format }

  it.live("a line without an end comes when it has one", () =>
    Effect.gen(function* () {
      const { append, both, run } = yield* exporting
      const store = memoryStore()
      const whole = line(1, "info", 1)
      yield* append("/logs/app.json", whole + whole.slice(0, 20))
      expect(yield* run(store, settings)).toMatchObject({ rows: { added: 1 }, notes: [] })
      yield* append("/logs/app.json", whole.slice(20))
      expect(yield* run(store, settings)).toMatchObject({ sources: { grown: 1 }, rows: { added: 1, total: 2 } })
      const { here, there } = yield* both(store, format, "time::TIMESTAMP AS time, level, ms", "/logs/*.json")
      expect(there).toEqual(here)
    })
  )

  it.live("rows of deleted files stay when that is wanted", () =>
    Effect.gen(function* () {
      const { change, run, write } = yield* exporting
      const store = memoryStore()
      const keeping = { ...settings, keep_deleted: true }
      yield* write({ "/logs/a.json": line(1, "info", 1), "/logs/b.json": line(1, "info", 2) })
      yield* run(store, keeping)
      yield* change((open) => open.remove("/logs/a.json"))
      expect(yield* run(store, keeping)).toMatchObject({ isChanged: false, rows: { total: 2 } })
      yield* write({ "/logs/c.json": line(1, "info", 3) })
      expect(yield* run(store, keeping)).toMatchObject({ rows: { added: 1, removed: 0, total: 3 } })
      expect(yield* run(store, keeping)).toMatchObject({ isChanged: false, rows: { total: 3 } })
    })
  )

  it.live("rows that are kept of deleted files are not lost when the table would have to be written anew", () =>
    Effect.gen(function* () {
      const { change, run, write } = yield* exporting
      const store = memoryStore()
      const keeping = { ...settings, keep_deleted: true }
      yield* write({ "/logs/a.json": line(1, "info", 1), "/logs/b.json": line(1, "info", 2) })
      yield* run(store, keeping)
      yield* change((open) => open.remove("/logs/a.json"))
      yield* write({ "/logs/c.json": line(1, "info", "slow") })
      const refused = yield* Effect.flip(run(store, keeping))
      expect(refused.message).toContain("would lose the rows of one file that is no longer in the pond")
      expect(yield* run(store, keeping, "rebuild")).toMatchObject({ rows: { total: 2 } })
    })
  )

  it.live("a file that cannot be read is named, the others are exported, and nothing is taken away", () =>
    Effect.gen(function* () {
      const { append, both, change, directory, run, write } = yield* exporting
      const store = memoryStore()
      yield* append("/logs/a.json", line(1, "info", 1))
      yield* write({ "/logs/b.json": line(1, "info", 2), "/logs/gone.json": line(2, "info", 3) })
      yield* run(store, { ...settings, source: "/logs/*" })
      yield* change((open) => open.remove("/logs/gone.json"))
      yield* write({ "/logs/b.json.gz": "no archive" })
      yield* append("/logs/a.json", line(1, "info", 4))
      const report = yield* run(store, { ...settings, source: "/logs/*" })
      expect(report.rows.total).toBe(4)
      expect(report.notes[0]).toMatch(
        /^\/logs\/b\.json\.gz cannot be read, and while that is so no rows are taken away: /u
      )
      rmSync(directory, { recursive: true })
      yield* write({ "/logs/b.json.gz": gzipSync(line(3, "warn", 5)) })
      expect(yield* run(store, { ...settings, source: "/logs/*" })).toMatchObject({ notes: [], rows: { total: 4 } })
      const { here, there } = yield* both(store, format, "time::TIMESTAMP AS time, level, ms", "/logs/*")
      expect(there).toEqual(here)
      yield* write({ "/logs/only.gz": "no archive" })
      const failed = yield* Effect.flip(run(memoryStore(), { source: "/logs/only.gz", format }))
      expect(failed._tag).toBe("SourceUnreadable")
    })
  )

  it.live("columns of whatever names are data, also those that Pond gives", () =>
    Effect.gen(function* () {
      const { append, read, run } = yield* exporting
      const store = memoryStore()
      const row = (n: number) =>
        `${JSON.stringify({ _source: "web", _line: -n, __pond_line: n, "__POND place": "x" })}\n`
      yield* append("/logs/a.json", row(1) + row(2))
      yield* append("/logs/b.json", row(3))
      const named = { source: "/logs/*.json", format, partition: ["_source"] }
      expect(yield* run(store, named)).toMatchObject({ sources: { new: 2 }, rows: { added: 3 } })
      yield* append("/logs/a.json", row(4))
      expect(yield* run(store, named)).toMatchObject({
        sources: { grown: 1, unchanged: 1 },
        rows: { added: 1, total: 4 }
      })
      expect(
        yield* read(
          store,
          format,
          "SELECT _source, _line::INTEGER AS line, __POND_place AS x FROM lake ORDER BY __pond_line"
        )
      ).toEqual([1, 2, 3, 4].map((n) => ({ _source: "web", line: -n, x: "x" })))
    })
  )

  it.live("where a row is from may be selected, and may say which directory it goes to", () =>
    Effect.gen(function* () {
      const { read, run, write } = yield* exporting
      yield* write({ "/logs/app.json": '{"n":1}\n{"n":2}\n', "/logs/web.json": '{"n":3}\n' })
      const asked = memoryStore()
      yield* run(asked, { query: "SELECT _source, _path, _line, n FROM 'all:/logs/*.json' ORDER BY n DESC", format })
      expect(
        yield* read(asked, format, "SELECT _source, _path, _line::INTEGER AS line, n::INTEGER AS n FROM lake")
      ).toEqual([
        { _source: "local", _path: "/logs/web.json", line: 1, n: 3 },
        { _source: "local", _path: "/logs/app.json", line: 2, n: 2 },
        { _source: "local", _path: "/logs/app.json", line: 1, n: 1 }
      ])
      const divided = memoryStore()
      yield* run(divided, {
        source: "all:/logs/*.json",
        format,
        partition: ["app=_1", "pond=_source", "block=_line // 2"]
      })
      expect(
        yield* read(divided, format, "SELECT n::INTEGER AS n, app, pond, block::INTEGER AS block FROM lake ORDER BY n")
      ).toEqual([
        { n: 1, app: "app", pond: "local", block: 0 },
        { n: 2, app: "app", pond: "local", block: 1 },
        { n: 3, app: "web", pond: "local", block: 0 }
      ])
    })
  )

  it.live("a date is also taken from times that are text", () =>
    Effect.gen(function* () {
      const { read, run, write } = yield* exporting
      const store = memoryStore()
      const times = ["2026-11-20T10:00:00Z", "2026-11-20T23:59:59.999999Z", "2026-11-21 07:00:00", "never"]
      yield* write({ "/logs/a.json": times.map((time) => `${JSON.stringify({ time })}\n`).join("") })
      yield* run(store, settings)
      expect(
        yield* read(
          store,
          format,
          "SELECT date::VARCHAR AS date, count(*)::INTEGER AS n FROM lake GROUP BY date ORDER BY date"
        )
      ).toEqual([
        { date: "2026-11-20", n: 2 },
        { date: "2026-11-21", n: 1 },
        { date: null, n: 1 }
      ])
    })
  )

  it.live("an answer to a query replaces the one before when its inputs changed, and only then", () =>
    Effect.gen(function* () {
      const { append, read, run } = yield* exporting
      const store = memoryStore()
      const asked = {
        query: "SELECT level, count(*) AS n, sum(ms) AS total FROM '/logs/*.json' GROUP BY level",
        format
      }
      yield* append("/logs/app.json", line(1, "info", 1) + line(1, "warn", 2))
      expect(yield* run(store, asked)).toMatchObject({ rows: { added: 2 }, number: 1 })
      yield* append("/elsewhere.json", line(1, "info", 1))
      expect(yield* run(store, asked)).toMatchObject({ isChanged: false, number: 1 })
      yield* append("/logs/app.json", line(1, "info", 4))
      expect(yield* run(store, asked)).toMatchObject({ isChanged: true, rows: { added: 2, removed: 2, total: 2 } })
      expect(
        yield* read(store, format, "SELECT level, n::INTEGER AS n, total::INTEGER AS total FROM lake ORDER BY level")
      ).toEqual([
        { level: "info", n: 2, total: 5 },
        { level: "warn", n: 1, total: 2 }
      ])
    })
  )

  it.live("a change of the configuration writes the table anew, and so does rebuild", () =>
    Effect.gen(function* () {
      const { run, write } = yield* exporting
      const store = memoryStore()
      yield* write({ "/logs/a.json": line(1, "info", 1) + line(1, "warn", 2) })
      yield* run(store, settings)
      const other = { ...settings, partition: ["level", "hour=hour(time)"] }
      expect(yield* run(store, other)).toMatchObject({
        anew: "its configuration was changed",
        rows: { added: 2, removed: 2, total: 2 },
        files: { total: 2 }
      })
      expect(yield* run(store, other, "rebuild")).toMatchObject({ anew: "this was asked for", rows: { total: 2 } })
      expect(yield* run(store, other)).toMatchObject({ isChanged: false })
    })
  )
})

const FOREIGN = new TextEncoder().encode(
  [
    { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
    {
      metaData: {
        id: "a",
        format: { provider: "parquet", options: {} },
        schemaString: '{"type":"struct","fields":[]}',
        partitionColumns: [],
        configuration: {}
      }
    }
  ]
    .map((action) => `${JSON.stringify(action)}\n`)
    .join("")
)

describe("the table", () => {
  it.live("is one that needs nothing special of readers and writers", () =>
    Effect.gen(function* () {
      const { run, write } = yield* exporting
      const store = memoryStore()
      yield* write({ "/logs/a.json": line(1, "info", 1) })
      yield* run(store, DAILY)
      const { metadata, protocol } = yield* openLog({ store, seal: undefined })
      expect(protocol).toMatchObject({ minReaderVersion: 1, minWriterVersion: 2 })
      expect(protocol.writerFeatures).toBeUndefined()
      expect(metadata.partitionColumns).toEqual(["date"])
    })
  )

  it.live("has statistics that are never wrong", () =>
    Effect.gen(function* () {
      const { run, write } = yield* exporting
      const store = memoryStore()
      const long = "z".repeat(40)
      const rows = [
        { i: 9007199254740993n, f: 0.5, s: long, t: "2026-11-20T10:00:00.123456Z", n: null, b: true },
        { i: -3n, f: -1.25, s: 'a "quoted" é', t: "2026-11-21T00:00:00.000000Z", n: { x: 1 }, b: null }
      ]
      const plain = (_: string, value: unknown) => (typeof value === "bigint" ? `<${value}>` : value)
      const text = rows.map((row) => JSON.stringify(row, plain).replaceAll(/"<|>"/gu, ""))
      yield* write({ "/logs/a.json": `${text.join("\n")}\n` })
      yield* run(store, { source: "/logs/a.json" })
      const { files } = yield* openLog({ store, seal: undefined })
      const [file] = HashMap.toValues(files)
      expect(file?.stats).toBe(
        `{"numRecords":2,"minValues":{"i":-3,"f":-1.25,"s":"a \\"quoted\\" é","t":"2026-11-20T10:00:00.123Z"},` +
          `"maxValues":{"i":9007199254740993,"f":0.5,"s":"${long.slice(0, 32)}\u{10ffff}","t":"2026-11-21T00:00:00.000Z"},` +
          `"nullCount":{"i":0,"f":0,"s":0,"t":0,"n":1,"b":1}}`
      )
      const other = memoryStore()
      yield* run(other, { query: "SELECT 'nan'::DOUBLE AS x, DATE '2026-11-20' AS d, 'infinity'::TIMESTAMP AS t" })
      const [odd] = HashMap.toValues((yield* openLog({ store: other, seal: undefined })).files)
      expect(odd?.stats).toBe(
        '{"numRecords":1,"minValues":{"d":"2026-11-20"},"maxValues":{"d":"2026-11-20"},"nullCount":{"x":0,"d":0,"t":0}}'
      )
    })
  )

  it.live("has a checkpoint after ten entries, and few records", () =>
    Effect.gen(function* () {
      const { append, run } = yield* exporting
      const store = memoryStore()
      for (let at = 0; at < 12; at += 1) {
        yield* append("/logs/a.json", line((at % 5) + 1, "info", at))
        yield* run(store, DAILY)
      }
      expect(Option.isSome(yield* store.head("_delta_log/00000000000000000010.checkpoint.parquet"))).toBe(true)
      expect((yield* Stream.runCollect(store.list("_pond/"))).length).toBeLessThanOrEqual(11)
      expect(yield* run(store, DAILY)).toMatchObject({ rows: { total: 12 } })
    })
  )
})
