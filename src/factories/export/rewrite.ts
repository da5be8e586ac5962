/**
 * Data files written again: without rows that have to go, or several small ones as one. Rows stay in their order.
 */
import { Effect } from "effect"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { type Database, identifier, literal } from "../../query/database.ts"
import { CacheFailed } from "../../query/errors.ts"
import type { FileRecord } from "./record.ts"
import type { Shape } from "./shape.ts"
import type { WrittenFile } from "./target.ts"
import { type Destination, fetchFile, putFile } from "./writer.ts"

type Spans = FileRecord["spans"]

/** Puts neighbouring spans of one origin together. */
const joined = (spans: Spans): Spans => {
  const all: Array<readonly [string, number]> = []
  for (const [id, count] of spans) {
    const last = all.at(-1)
    if (last?.[0] === id) all[all.length - 1] = [id, last[1] + count]
    else all.push([id, count])
  }
  return all
}

/** The rows of a file on this machine that stay, with the columns of the table. */
const staying = Effect.fnUntraced(function* (
  database: Database,
  file: string,
  { columns }: Shape,
  spans: Spans,
  gone: ReadonlySet<string>
) {
  const found = yield* database.rows<{ readonly column_name: string }>(
    `DESCRIBE SELECT * FROM read_parquet(${literal(file)}, hive_partitioning = false)`
  )
  const names = new Set(found.map(({ column_name }) => column_name.toLowerCase()))
  const selected = columns.map(
    ({ name, sql }) => `${names.has(name.toLowerCase()) ? identifier(name) : "NULL"}::${sql} AS ${identifier(name)}`
  )
  const ranges: Array<string> = []
  let at = 0
  for (const [id, count] of joined(spans)) {
    if (!gone.has(id)) ranges.push(`(file_row_number >= ${at} AND file_row_number < ${at + count})`)
    at += count
  }
  return (
    `SELECT ${selected.join(", ")} FROM read_parquet(${literal(file)}, file_row_number = true, hive_partitioning = false) ` +
    `WHERE ${ranges.join(" OR ")}`
  )
})

/** Writes files of one partition as one, without the rows of some origins. */
export const rewrite = Effect.fnUntraced(function* (
  database: Database,
  work: string,
  shape: Shape,
  destination: Destination,
  files: ReadonlyArray<FileRecord>,
  gone: ReadonlySet<string>
) {
  const spans = joined(files.flatMap((file) => file.spans.filter(([id]) => !gone.has(id))))
  const rows = spans.reduce((sum, [, count]) => sum + count, 0)
  const parts: Array<string> = []
  const local: Array<string> = []
  for (const [at, record] of files.entries()) {
    const file = join(work, `old-${at}.parquet`)
    yield* fetchFile(destination.store, record, file)
    local.push(file)
    parts.push(yield* staying(database, file, shape, record.spans, gone))
  }
  const values = files[0]!.values
  const made = yield* putFile(database, work, parts.join(" UNION ALL "), shape, destination, {
    rows,
    spans,
    values
  })
  yield* Effect.tryPromise({
    try: () => Promise.all(local.map((file) => rm(file, { force: true }))),
    catch: (cause) => new CacheFailed({ path: work, cause })
  })
  return made
})

/** What removing origins does to the files of a table. */
export const withoutOrigins = Effect.fnUntraced(function* (
  database: Database,
  work: string,
  shape: Shape,
  destination: Destination,
  files: ReadonlyArray<FileRecord>,
  gone: ReadonlySet<string>
) {
  const removed: Array<FileRecord> = []
  const added: Array<WrittenFile> = []
  const kept: Array<FileRecord> = []
  for (const file of files) {
    const going = file.spans.filter(([id]) => gone.has(id)).length
    if (going === 0) kept.push(file)
    else {
      removed.push(file)
      if (going < file.spans.length) added.push(yield* rewrite(database, work, shape, destination, [file], gone))
    }
  }
  return { removed, added, kept }
})

/** Files smaller than this are put together when there are many of them in a partition. */
const SMALL_BYTES = 16 * 1024 * 1024
const SMALL_FILES = 8

/** The small files of each partition that has many, as many as make one file. */
export const smallFiles = (files: ReadonlyArray<FileRecord>): ReadonlyArray<ReadonlyArray<FileRecord>> => {
  const small = files.filter(({ sizeBytes }) => sizeBytes < SMALL_BYTES)
  const byPartition = [...Map.groupBy(small, ({ values }) => JSON.stringify(values)).values()]
  return byPartition.filter((group) => group.length >= SMALL_FILES).map((group) => group.slice(0, SMALL_FILES))
}
