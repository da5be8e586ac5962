import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import type { Add } from "../../../src/delta/actions.ts"
import { encodeParquet } from "../../../src/delta/parquet-write.ts"
import { encodePath, hiveComponent } from "../../../src/delta/path.ts"
import { scan, scanRows } from "../../../src/delta/scan.ts"
import { encodeSchema, field, struct } from "../../../src/delta/schema.ts"
import { bytesSource } from "../../../src/delta/source.ts"
import { StatisticsCollector } from "../../../src/delta/statistics.ts"
import { openTable } from "../../../src/delta/table.ts"
import { localStore } from "../../../src/store/local/store.ts"
import { countingStore } from "../../../src/store/counting.ts"
import { temporaryDirectory } from "../../support/delta/temporary.ts"
import { idsOf, newTable, plainLog, removeOf, rowsOf, SCHEMA, tableWith, writeFile } from "../../support/delta/table.ts"

const collect = <A, E>(stream: Stream.Stream<A, E>) => Stream.runCollect(stream)

describe("scan", () => {
  it.effect("gives batches of columns by file, in the order of paths", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const table = yield* tableWith(log, [3, 4], [1], [2])
      const batches = yield* collect(table.scan(yield* table.head))
      expect(batches.map(({ file, rowCount }) => [file.path, rowCount])).toEqual([
        ["0.parquet", 2],
        ["1.parquet", 1],
        ["2.parquet", 1]
      ])
      expect(Array.from(batches[0]?.columns.get("id") ?? [])).toEqual([3n, 4n])
    })
  )

  it.effect("projects columns, in the order asked for", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const table = yield* tableWith(log, [1])
      const rows = yield* collect(scanRows(log, yield* table.head, { columns: ["name", "nothing", "id"] }))
      expect(rows.map((row) => Object.entries(row))).toEqual([
        [
          ["name", "name 1"],
          ["id", 1n]
        ]
      ])
    })
  )

  it.effect("takes partition values from the log, typed, and reads escaped directories", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const schema = struct(field("id", "long"), field("site", "string"), field("day", "date"))
      const table = yield* newTable(log, { schema, partitionColumns: ["site", "day"] })
      const stored = struct(field("id", "long"))
      const addOf = (site: string | null, day: string | null, id: bigint) =>
        Effect.gen(function* () {
          const key = `${hiveComponent("site", site)}/${hiveComponent("day", day)}/x.parquet`
          const add = yield* writeFile(log.store, key, [{ id }], stored)
          const partitionValues = new Map([
            ["site", site],
            ["day", day]
          ])
          return { add: { ...add, partitionValues } }
        })
      const actions = yield* Effect.all([addOf("c/d", "2021-09-08", 1n), addOf(null, null, 2n), addOf("ü %", "", 3n)])
      const { snapshot } = yield* table.commit(yield* table.head, { operation: "WRITE", actions })
      const rows = yield* collect(scanRows(log, snapshot))
      expect(rows.toSorted((left, right) => Number(left["id"]) - Number(right["id"]))).toEqual([
        { id: 1n, site: "c/d", day: 18_878 },
        { id: 2n, site: null, day: null },
        { id: 3n, site: "ü %", day: null }
      ])
      const some = yield* collect(scanRows(log, snapshot, { columns: ["id"], ranges: [{ column: "site", min: "c" }] }))
      expect(some.map(({ id }) => id).toSorted()).toEqual([1n, 3n])
    })
  )

  it.effect("gives null for columns added later, and widens types (D9)", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const table = yield* newTable(log, { schema: struct(field("id", "integer")) })
      const add = yield* writeFile(log.store, "a.parquet", [{ id: 7 }], struct(field("id", "integer")))
      const { snapshot } = yield* table.commit(yield* table.head, { operation: "WRITE", actions: [{ add }] })
      const metaData = {
        ...snapshot.metadata,
        schemaString: encodeSchema(struct(field("id", "long"), field("more", "string")))
      }
      const changed = yield* table.commit(snapshot, { operation: "CHANGE COLUMN", actions: [{ metaData }] })
      expect(yield* collect(scanRows(log, changed.snapshot))).toEqual([{ id: 7n, more: null }])
    })
  )

  it.effect("leaves out files by statistics, without asking the store for them", () =>
    Effect.gen(function* () {
      const counted = countingStore(plainLog().store)
      const log = plainLog(counted.store)
      const table = yield* newTable(log)
      const actions = yield* Effect.forEach([1, 100, 200], (first) =>
        Effect.gen(function* () {
          const rows = rowsOf(first, first + 1)
          const add = yield* writeFile(log.store, `${first}.parquet`, rows)
          const collector = new StatisticsCollector(SCHEMA)
          for (const row of rows) collector.add(row)
          return { add: { ...add, stats: collector.finish() } }
        })
      )
      const { snapshot } = yield* table.commit(yield* table.head, { operation: "WRITE", actions })
      counted.reset()
      const rows = yield* collect(scanRows(log, snapshot, { ranges: [{ column: "id", min: 101n, max: 150n }] }))
      expect(rows.map(({ id }) => id)).toEqual([100n, 101n])
      expect(counted.requests()).toBe(1)
    })
  )

  it.effect("reads through the caller's source, which may check hashes", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const table = yield* tableWith(log, [1], [2])
      const rows = yield* collect(
        scanRows(log, yield* table.head, {
          source: (add: Add, key) =>
            key === "0.parquet"
              ? Effect.succeed(bytesSource(encodeParquet(SCHEMA, rowsOf(9))))
              : Effect.fail(`${add.path} is refused`)
        })
      ).pipe(Effect.flip)
      expect(rows).toBe("1.parquet is refused")
    })
  )

  it.effect("names a file that is missing, shorter or damaged; the others stay readable (F11, F12, F13)", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const table = yield* tableWith(log, [1], [2], [3])
      const { store } = log
      const bytes = yield* store.get("1.parquet")
      const head = yield* table.head
      const flipped = bytes.slice()
      flipped[bytes.length - 10] = 0xff
      const cases: ReadonlyArray<readonly [Effect.Effect<unknown, unknown>, string, RegExp]> = [
        [store.delete("1.parquet"), "DataFileMissing", /"1.parquet".*missing/],
        [store.put("1.parquet", new Uint8Array()), "DataFileDamaged", /has 0 bytes where the log says/],
        [store.put("1.parquet", bytes.slice(0, -1)), "DataFileDamaged", /bytes where the log says/],
        [store.put("1.parquet", flipped), "DataFileDamaged", /"1.parquet".*damaged/],
        [store.put("1.parquet", new Uint8Array(bytes.length)), "DataFileDamaged", /PAR1/]
      ]
      for (const [damage, tag, message] of cases) {
        yield* damage
        const error = yield* Effect.flip(idsOf(log, head))
        expect(error).toMatchObject({ _tag: tag, path: "1.parquet" })
        expect(error.message).toMatch(message)
      }
      expect(yield* collect(scanRows(log, head).pipe(Stream.take(1)))).toHaveLength(1)
    })
  )

  it.effect("calls a snapshot expired when its files were removed since (F19)", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const table = yield* tableWith(log, [1])
      const old = yield* table.head
      const [batch] = yield* collect(scan(log, old))
      if (batch === undefined) throw new Error("no rows")
      yield* table.commit(old, { operation: "DELETE", actions: [removeOf(batch.file)] })
      yield* log.store.delete("0.parquet")
      const error = yield* Effect.flip(idsOf(log, old))
      expect(error).toMatchObject({ _tag: "StaleSnapshot", version: 1, missing: "0.parquet" })
      expect(yield* idsOf(log, yield* table.head)).toEqual([])
    })
  )

  it.effect("reads absolute paths below the table's root only (R11)", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const log = plainLog(localStore(`${directory}/a table`))
      const table = yield* newTable(log)
      const inside = yield* writeFile(log.store, "in side.parquet", rowsOf(1))
      const outside = yield* writeFile(localStore(directory), "outside.parquet", rowsOf(2))
      const absolute = { ...inside, path: `file://${encodePath(`${directory}/a table/in side.parquet`)}` }
      const first = yield* table.commit(yield* table.head, { operation: "WRITE", actions: [{ add: absolute }] })
      expect(yield* idsOf(log, first.snapshot)).toEqual([1])
      for (const path of [
        `${directory}/outside.parquet`,
        "../outside.parquet",
        `file://${directory}/outside.parquet`
      ]) {
        const entry = `{"commitInfo":{"inCommitTimestamp":99}}\n{"add":{"path":"${path}","partitionValues":{},"size":${outside.size},"modificationTime":0,"dataChange":true}}\n`
        const key = `_delta_log/${String(2).padStart(20, "0")}.json`
        yield* log.store.put(key, new TextEncoder().encode(entry))
        const again = yield* openTable(log)
        const error = yield* Effect.flip(idsOf(log, yield* again.head))
        expect(error).toMatchObject({ _tag: "DataFileDamaged", path })
      }
    })
  )
})
