/**
 * Small tables for tests: a schema with two columns, data files of a few rows, commits that add them.
 */
import { Effect, Stream } from "effect"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Add } from "../../../src/delta/actions.ts"
import type { Log } from "../../../src/delta/log.ts"
import { encodeParquet } from "../../../src/delta/parquet-write.ts"
import { encodePath } from "../../../src/delta/path.ts"
import { scanRows } from "../../../src/delta/scan.ts"
import { field, struct } from "../../../src/delta/schema.ts"
import type { Row } from "../../../src/delta/schema.ts"
import type { Snapshot } from "../../../src/delta/snapshot.ts"
import { createTable } from "../../../src/delta/table.ts"
import type { NewTable, Table } from "../../../src/delta/table.ts"

/** The schema of the test tables. */
export const SCHEMA = struct(field("id", "long"), field("name", "string"))

/** A log without seals. */
export const plainLog = (store: Store = memoryStore()): Log => ({ store, seal: undefined })

/** Rows with these ids. */
export const rowsOf = (...ids: ReadonlyArray<number>): ReadonlyArray<Row> =>
  ids.map((id) => ({ id: BigInt(id), name: `name ${id}` }))

/** Writes a data file and gives the action that adds it. */
export const writeFile = (store: Store, key: string, rows: ReadonlyArray<Row>, schema = SCHEMA) =>
  Effect.gen(function* () {
    const bytes = encodeParquet(schema, rows)
    yield* store.putIfAbsent(key, bytes)
    const add: Add = {
      path: encodePath(key),
      partitionValues: new Map(),
      size: BigInt(bytes.length),
      modificationTime: 0n,
      dataChange: true
    }
    return add
  })

/** A removal of what an action added. */
export const removeOf = (add: Add, dataChange = true) => ({
  remove: { path: add.path, dataChange, deletionTimestamp: 0n, extendedFileMetadata: true, size: add.size }
})

/** Commits one file with rows of these ids on top of a state. */
export const append = (table: Table, base: Snapshot, key: string, ...ids: ReadonlyArray<number>) =>
  Effect.gen(function* () {
    const add = yield* writeFile(table.log.store, key, rowsOf(...ids))
    return yield* table.commit(base, { operation: "WRITE", actions: [{ add }] })
  })

/** A new table with the test schema. */
export const newTable = (log: Log = plainLog(), definition: Partial<NewTable> = {}) =>
  createTable(log, { schema: SCHEMA, ...definition })

/** A new table with a commit per list of ids, in files `0.parquet`, `1.parquet`… */
export const tableWith = (log: Log, ...commits: ReadonlyArray<ReadonlyArray<number>>) =>
  Effect.gen(function* () {
    const table = yield* newTable(log)
    for (const [at, ids] of commits.entries()) yield* append(table, yield* table.head, `${at}.parquet`, ...ids)
    return table
  })

/** The ids in a state, sorted. */
export const idsOf = (log: Log, snapshot: Snapshot) =>
  scanRows(log, snapshot, { columns: ["id"] }).pipe(
    Stream.runCollect,
    Effect.map((rows) => rows.map(({ id }) => Number(id)).toSorted((left, right) => left - right))
  )
