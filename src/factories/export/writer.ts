/**
 * Rows into files: sorted once by partition, origin and line in a file of this machine, then cut into files of a bounded size. Memory is bounded by the
 * engine, whatever the number of rows.
 */
import { Effect, Stream } from "effect"
import { createWriteStream } from "node:fs"
import { rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { Hasher, toHex } from "../../bao/index.ts"
import { type Database, identifier, literal } from "../../query/database.ts"
import { CacheFailed } from "../../query/errors.ts"
import type { Extract, Wanted } from "../../query/extract.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { TargetAltered } from "./errors.ts"
import type { FileRecord } from "./record.ts"
import type { Shape } from "./shape.ts"
import { statisticsOf } from "./statistics.ts"
import { newFileKey, upload, type WrittenFile } from "./target.ts"

/** Bytes of a data file, about, at most. */
export const FILE_BYTES = 128 * 1024 * 1024

const placeName = ({ prefix }: Extract): string => `${prefix}place`
const lineName = ({ prefix }: Extract): string => `${prefix}line`
const partitionName = ({ prefix }: Extract, at: number): string => `${prefix}p${at}`

/** Where files go. */
export interface Destination {
  readonly store: Store
  readonly number: number
  readonly fileBytes: number
}

/** A run of rows in the sorted file that becomes a file, or several. */
interface Group {
  readonly values: ReadonlyArray<string | null>
  readonly start: number
  readonly spans: ReadonlyArray<readonly [string, number]>
}

const attempt = <A>(path: string, make: () => Promise<A>): Effect.Effect<A, CacheFailed> =>
  Effect.tryPromise({ try: make, catch: (cause) => new CacheFailed({ path, cause }) })

const PARQUET = "(FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"

/** Sorts the rows that are wanted into one file. */
const sorted = (extract: Extract, wanted: ReadonlyArray<Wanted>, { columns, partitions }: Shape, file: string) => {
  const keys = partitions.map((_, at) => partitionName(extract, at))
  const own = [placeName(extract), lineName(extract)]
  const selected = [
    ...columns.map(({ name, value }) => `${value} AS ${identifier(name)}`),
    ...partitions.map(({ value }, at) => `${value} AS ${keys[at]}`),
    ...own
  ]
  const order = [...keys.map((key) => `${key} NULLS LAST`), ...own].join(", ")
  return extract.database.run(
    `COPY (SELECT ${selected.join(", ")} FROM (${extract.rowsOf(wanted)}) AS "source" ORDER BY ${order}) TO ${literal(file)} ${PARQUET}`
  )
}

/** The runs of rows with the same partition values, in the order of the sorted file. */
const groupsOf = Effect.fnUntraced(function* (
  extract: Extract,
  file: string,
  wanted: ReadonlyArray<Wanted>,
  partitions: Shape["partitions"]
) {
  const names = partitions.map((_, at) => partitionName(extract, at))
  const place = placeName(extract)
  const keys = names.map((name) => `${name}::VARCHAR AS ${name}`)
  const counted = yield* extract.database.rows<Readonly<Record<string, string | number | null>>>(
    `SELECT ${[...keys, place, "count(*) AS n", "min(file_row_number) AS first"].join(", ")} ` +
      `FROM read_parquet(${literal(file)}, file_row_number = true) GROUP BY ALL ORDER BY first`
  )
  const groups: Array<{
    values: ReadonlyArray<string | null>
    start: number
    spans: Array<readonly [string, number]>
  }> = []
  for (const row of counted) {
    // Tables take an empty text for null, in the names of directories.
    const values = names.map((name) => (row[name] as string | null) || null)
    const span = [wanted[Number(row[place])]!.origin.id, Number(row["n"])] as const
    const last = groups.at(-1)
    if (last !== undefined && last.values.every((value, at) => value === values[at])) last.spans.push(span)
    else groups.push({ values, start: Number(row["first"]), spans: [span] })
  }
  return groups satisfies ReadonlyArray<Group>
})

/** Cuts a run of rows into pieces of at most so many. */
export const pieces = (
  { spans, start, values }: Group,
  rowsMax: number
): ReadonlyArray<Group & { readonly rows: number }> => {
  const found: Array<Group & { readonly rows: number }> = []
  let at = start
  let rows = 0
  let part: Array<readonly [string, number]> = []
  const close = (): void => {
    if (rows > 0) found.push({ values, start: at, spans: part, rows })
    at += rows
    rows = 0
    part = []
  }
  for (const [id, count] of spans) {
    for (let left = count; left > 0;) {
      const taken = Math.min(left, rowsMax - rows)
      part.push([id, taken])
      rows += taken
      left -= taken
      if (rows === rowsMax) close()
    }
  }
  close()
  return found
}

/** Writes one file from a query, whose rows stay in order, and puts it into the store. */
export const putFile = Effect.fnUntraced(function* (
  database: Database,
  work: string,
  sql: string,
  { columns, partitions }: Shape,
  { number, store }: Destination,
  content: Pick<FileRecord, "rows" | "spans" | "values">
) {
  const file = join(work, "file.parquet")
  yield* database.run(`COPY (${sql}) TO ${literal(file)} ${PARQUET}`)
  const sizeBytes = (yield* attempt(file, () => stat(file))).size
  const statistics = yield* statisticsOf(database, file, columns, content.rows)
  const key = yield* newFileKey(number, partitions, content.values)
  const hash = yield* upload(store, file, key)
  yield* attempt(file, () => rm(file, { force: true }))
  return { key, sizeBytes, hash, ...content, statistics } satisfies WrittenFile
})

/** Writes the rows that are wanted into files of the store. They are no part of the table before it says so. */
export const writeRows = Effect.fnUntraced(function* (
  extract: Extract,
  wanted: ReadonlyArray<Wanted>,
  shape: Shape,
  destination: Destination
) {
  if (wanted.length === 0) return []
  const { database, work } = extract
  const file = join(work, "sorted.parquet")
  yield* sorted(extract, wanted, shape, file)
  const groups = yield* groupsOf(extract, file, wanted, shape.partitions)
  const total = groups.reduce((sum, { spans }) => sum + spans.reduce((rows, [, count]) => rows + count, 0), 0)
  const { size } = yield* attempt(file, () => stat(file))
  const rowsMax = Math.max(1, Math.floor(destination.fileBytes / Math.max(1, size / Math.max(1, total))))
  const names = shape.columns.map(({ name }) => identifier(name)).join(", ")
  const written: Array<WrittenFile> = []
  for (const { rows, spans, start, values } of groups.flatMap((group) => pieces(group, rowsMax))) {
    const sql =
      `SELECT ${names} FROM read_parquet(${literal(file)}, file_row_number = true) ` +
      `WHERE file_row_number >= ${start} AND file_row_number < ${start + rows}`
    const content = { rows, spans, values }
    written.push(yield* putFile(database, work, sql, shape, destination, content))
  }
  yield* attempt(file, () => rm(file, { force: true }))
  return written
})

/** Brings a data file of the target to this machine; fails when it does not hold what was written (R4). */
export const fetchFile = Effect.fnUntraced(function* (store: Store, { hash, key }: FileRecord, file: string) {
  const output = createWriteStream(file)
  const hasher = new Hasher()
  const write = (chunk: Uint8Array) =>
    attempt(file, () => {
      hasher.update(chunk)
      return new Promise<void>((resolve, reject) => {
        output.write(chunk, (error) => (error ? reject(error) : resolve()))
      })
    })
  const close = Effect.promise(() => new Promise<void>((resolve) => output.end(() => resolve())))
  yield* Stream.runForEach(store.stream(key), write).pipe(
    Effect.ensuring(close),
    Effect.catchTag("ObjectMissing", () =>
      Effect.fail(new TargetAltered({ url: store.url, what: [`${key} is missing`] }))
    )
  )
  if (toHex(hasher.root()) === hash) return
  return yield* new TargetAltered({ url: store.url, what: [`${key} has other bytes than were written`] })
})
