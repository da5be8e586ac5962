/**
 * A pond in memory, an export of it to a store, and what others read there: the rows, by an engine that knows nothing of exports.
 */
import { DuckDBInstance } from "@duckdb/node-api"
import { Effect, HashMap, Layer, Stream } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { openLog } from "../../../src/delta/open.ts"
import { Cache, cacheIn } from "../../../src/factories/cache.ts"
import type { ExportConfig } from "../../../src/factories/export/config.ts"
import type { ExportReport } from "../../../src/factories/export/report.ts"
import { exporter } from "../../../src/factories/export/factory.ts"
import { HostFiles } from "../../../src/factories/host/files.ts"
import { Questions } from "../../../src/factories/questions.ts"
import { Stores } from "../../../src/factories/stores.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import type { PondInterface } from "../../../src/tlogfs/pond.ts"
import { asking, scopedFolder } from "../query/asking.ts"

/** What is configured beside the target. */
export type Settings = Omit<ExportConfig, "to">

/** The data files of a table: those of its log, or all that are there. */
const filesOf = Effect.fnUntraced(function* (store: Store, format: string) {
  if (format === "parquet") {
    const all = yield* Stream.runCollect(store.list(""))
    return all.map(({ key }) => key).filter((key) => key.endsWith(".parquet"))
  }
  const snapshot = yield* openLog({ store, seal: undefined })
  return [...HashMap.keys(snapshot.files)]
})

/** Rows as texts, in an order of their own. */
const sortedTexts = (rows: ReadonlyArray<unknown>): ReadonlyArray<string> =>
  rows.map((row) => JSON.stringify(row)).toSorted()

/** Runs a command of an export to a store. */
const running =
  (pond: PondInterface, directory: string) =>
  (store: Store, settings: Settings, command = "sync", path = "/system/etc/lake") => {
    const place = () => Effect.succeed(store)
    const services = Layer.mergeAll(
      HostFiles.layer,
      Layer.succeed(Cache, cacheIn(memoryStore())),
      Layer.succeed(Stores, Stores.of({ own: memoryStore(), control: memoryStore(), at: place, place })),
      Layer.succeed(Questions, Questions.of({ pond, directory: Effect.succeed(directory) }))
    )
    const config = { to: "/lake", ...settings }
    const work = exporter.commands[command]!.run({ config, flags: {}, instance: { name: "lake", path } })
    return pond.reading(Effect.provide(work, services)) as Effect.Effect<ExportReport, Error & { _tag: string }>
  }

/** What an engine reads in files, as the table `lake`. */
const readFiles = async (files: ReadonlyArray<string>, sql: string) => {
  const instance = await DuckDBInstance.create(":memory:")
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  const list = files.map((file) => `'${file.replaceAll("'", "''")}'`).join(", ")
  await connection.run(
    `CREATE VIEW lake AS FROM read_parquet([${list}], hive_partitioning = true, union_by_name = true)`
  )
  const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson()
  connection.closeSync()
  instance.closeSync()
  return rows
}

/** A pond, and exports of it. */
export const exporting = Effect.gen(function* () {
  const base = yield* asking
  const folder = yield* scopedFolder
  let copies = 0
  const change = (program: (open: typeof Transaction.Service) => Effect.Effect<unknown, unknown>) =>
    Effect.orDie(base.pond.transaction(Effect.flatMap(Transaction, program)))

  /** What is read at the target with SQL: of the table `lake`. */
  const read = (store: Store, format: string, sql = "SELECT * FROM lake") =>
    Effect.gen(function* () {
      copies += 1
      const directory = join(folder, `copy-${copies}`)
      const keys = yield* filesOf(store, format)
      const files = keys.map((key) => join(directory, key))
      for (const [at, key] of keys.entries()) {
        mkdirSync(dirname(files[at]!), { recursive: true })
        writeFileSync(files[at]!, yield* store.get(key))
      }
      return files.length === 0 ? [] : yield* Effect.promise(() => readFiles(files, sql))
    })

  return {
    ...base,
    /** Adds to a series, with the directories above it. */
    append: (path: string, content: string) =>
      change((open) =>
        Effect.andThen(
          open.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { parents: true }),
          open.append(path, new TextEncoder().encode(content))
        )
      ),
    change,
    run: running(base.pond, base.directory),
    read,
    /** Rows of the target and of the pond for one list of columns, to be compared. */
    both: (store: Store, format: string, columns: string, source: string) =>
      Effect.gen(function* () {
        const there = yield* read(store, format, `SELECT ${columns} FROM lake`)
        const { rows } = yield* base.query.answer(`SELECT ${columns} FROM '${source}'`)
        const names = rows.columns.map(([name]) => name)
        const here = (yield* Stream.runCollect(rows.chunks)).flatMap((chunk) => chunk.getRows())
        const plain = here.map((row) => Object.fromEntries(names.map((name, at) => [name, textOf(row[at])])))
        return {
          there: sortedTexts(there.map((row) => Object.fromEntries(names.map((name) => [name, textOf(row[name])])))),
          here: sortedTexts(plain)
        }
      }).pipe(Effect.scoped)
  }
})

const textOf = (value: unknown): string | null => (value === null || value === undefined ? null : String(value))
