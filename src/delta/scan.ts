/**
 * Reading the rows of a snapshot: file by file, row group by row group, only the wanted columns.
 *
 * Values of partition columns come from the log, columns that a file lacks are null (D9), narrower types are widened. A path that leads
 * out of the table is refused (R11). Hashes are checked by whoever gives the `source`; the default trusts the store.
 */
import { Effect, Option, Stream } from "effect"
import type { Store } from "../store/ObjectStore.ts"
import type { StoreError } from "../store/errors.ts"
import type { Add } from "./actions.ts"
import { DataFileDamaged, DataFileMissing, Malformed, StaleSnapshot, Unsupported } from "./errors.ts"
import type { ReadError, UnsupportedFeature } from "./errors.ts"
import { readEntryBytes } from "./log.ts"
import type { Log } from "./log.ts"
import { unsupported } from "./open.ts"
import { parsePartitionValue } from "./partition.ts"
import { pathToKey } from "./path.ts"
import { planColumns, toRows } from "./parquet-read.ts"
import type { Column, Columns } from "./parquet-read.ts"
import type { Field, Row, StructType, Value } from "./schema.ts"
import { mayMatch } from "./skipping.ts"
import type { Range } from "./skipping.ts"
import { sortedFiles } from "./snapshot.ts"
import type { Snapshot } from "./snapshot.ts"
import { decoding, openParquet, readGroup } from "./source.ts"
import type { ByteSource, DecodeFailure, ParquetSource } from "./source.ts"

/** What to read, and how. */
export interface ScanOptions<E = never> {
  /** Columns by name, in the order wanted; all by default. Names that the table lacks are ignored. */
  readonly columns?: ReadonlyArray<string>
  /** Leaves out files that hold no row inside these ranges; the rows of other files are not filtered. */
  readonly ranges?: ReadonlyArray<Range>
  /** Where the bytes of a file come from, for example through a check of their hash; from the store by default. */
  readonly source?: (add: Add, key: string) => Effect.Effect<ByteSource<E>, E>
}

/** Rows of one row group of one file. */
export interface Batch extends Columns {
  readonly file: Add
  readonly schema: StructType
}

/** Footers that are fetched ahead on stores with slow requests. */
const AHEAD = 8

/** A source that reads ranges of an object. */
export const storeSource = (
  store: Store,
  add: Add,
  key: string
): ByteSource<DataFileDamaged | DataFileMissing | StoreError> => {
  const sizeBytes = Number(add.size)
  return {
    sizeBytes,
    read: ({ end, start }) =>
      store.getRange(key, { start, end }).pipe(
        Effect.catchTags({
          ObjectMissing: () => Effect.fail(new DataFileMissing({ url: store.url, path: add.path })),
          ObjectRangeOutside: (cause) => {
            const why = `it has ${cause.sizeBytes} bytes where the log says ${sizeBytes}`
            return Effect.fail(new DataFileDamaged({ url: store.url, path: add.path, why }))
          }
        })
      )
  }
}

/** A missing file is an expired snapshot if the table has moved on: the file may have been removed on purpose since. */
const expired = Effect.fnUntraced(function* (
  log: Log,
  { version }: Snapshot,
  missing: DataFileMissing
): Effect.fn.Return<never, DataFileMissing | StaleSnapshot | StoreError> {
  const next = yield* readEntryBytes(log, version + 1)
  return yield* Option.isNone(next)
    ? missing
    : new StaleSnapshot({ url: log.store.url, version, missing: missing.path })
})

/** Names the file in what a decoder says; other failures pass. */
const inFile =
  (log: Log, add: Add) =>
  <F>(error: F): Exclude<F, DecodeFailure> | DataFileDamaged | UnsupportedFeature => {
    if (error instanceof Unsupported) return unsupported(log, "reading", `${error.feature} (in ${add.path})`)
    if (error instanceof Malformed)
      return new DataFileDamaged({ url: log.store.url, path: add.path, why: error.message })
    return error as Exclude<F, DecodeFailure>
  }

/** The wanted fields, and those of them that lie in the files. */
const projection = ({ metadata, schema }: Snapshot, columns: ReadonlyArray<string> | undefined) => {
  const byName = new Map(schema.fields.map((field) => [field.name, field]))
  const fields = columns === undefined ? schema.fields : columns.flatMap((name) => byName.get(name) ?? [])
  const isPartition = (field: Field): boolean => metadata.partitionColumns.includes(field.name)
  return {
    wanted: { type: "struct", fields } satisfies StructType,
    stored: { type: "struct", fields: fields.filter((field) => !isPartition(field)) } satisfies StructType,
    partitions: fields.filter(isPartition)
  }
}

interface Opened<E> {
  readonly add: Add
  readonly constants: ReadonlyMap<string, Value>
  readonly parquet: ParquetSource<E>
}

const constant = (value: Value, rowCount: number): Column => Array.from({ length: rowCount }, () => value)

/** The rows of a snapshot as columns, in the order of the files' paths. */
export const scan = <E = never>(
  log: Log,
  snapshot: Snapshot,
  options: ScanOptions<E> = {}
): Stream.Stream<Batch, ReadError | E> => {
  const { partitions, stored, wanted } = projection(snapshot, options.columns)
  const ranges = options.ranges ?? []
  const files = sortedFiles(snapshot).filter((add) => ranges.length === 0 || mayMatch(snapshot, add, ranges))
  const source = options.source ?? ((add: Add, key: string) => Effect.succeed(storeSource(log.store, add, key)))

  const open = Effect.fnUntraced(function* (add: Add) {
    const key = yield* decoding(() => pathToKey(add.path, log.store.url))
    const constants = yield* decoding(
      () =>
        new Map(
          partitions.map(({ name, type }) => [
            name,
            parsePartitionValue(add.partitionValues.get(name) ?? null, type, name)
          ])
        )
    )
    const parquet = yield* openParquet<E | DataFileDamaged | DataFileMissing | StoreError>(yield* source(add, key))
    return { add, constants, parquet }
  })

  const batches = ({ add, constants, parquet }: Opened<E | DataFileDamaged | DataFileMissing | StoreError>) =>
    Stream.unwrap(
      Effect.map(
        decoding(() => planColumns(parquet.file, stored)),
        (plan) =>
          Stream.fromIterable(parquet.file.groups).pipe(
            Stream.mapEffect((group) => readGroup(parquet, group, plan)),
            Stream.map(({ columns, rowCount }): Batch => {
              const values = [...constants].map(([name, value]) => [name, constant(value, rowCount)] as const)
              return { file: add, schema: wanted, rowCount, columns: new Map([...columns, ...values]) }
            })
          )
      )
    )

  return Stream.fromIterable(files).pipe(
    Stream.mapEffect((add) => Effect.mapError(open(add), inFile(log, add)), {
      concurrency: log.store.capabilities.remote ? AHEAD : 1
    }),
    Stream.flatMap((opened) => Stream.mapError(batches(opened), inFile(log, opened.add))),
    Stream.catchIf(
      (error) => error instanceof DataFileMissing,
      (missing) => Stream.fromEffect(expired(log, snapshot, missing))
    )
  )
}

/** The rows of a snapshot one by one. */
export const scanRows = <E = never>(
  log: Log,
  snapshot: Snapshot,
  options: ScanOptions<E> = {}
): Stream.Stream<Row, ReadError | E> =>
  Stream.flatMap(scan(log, snapshot, options), (batch) => Stream.fromIterable(toRows(batch.schema, batch)))
