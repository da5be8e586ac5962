/**
 * A Delta Lake table of data: reader version 1 and writer version 2, without any feature, so that everybody may read it.
 *
 * An export is one entry of the log. It carries its number as the transaction of an application, and the record of that number is there before it.
 */
import { Clock, Effect, HashMap, Option, Stream } from "effect"
import type { Action, Add, Metadata } from "../../delta/actions.ts"
import { writeCheckpoint } from "../../delta/checkpoint.ts"
import { cleanUpLog } from "../../delta/cleanup.ts"
import { commitLog } from "../../delta/commit.ts"
import type { Log } from "../../delta/log.ts"
import { openLog } from "../../delta/open.ts"
import { encodePath } from "../../delta/path.ts"
import { encodeSchema } from "../../delta/schema.ts"
import type { Snapshot } from "../../delta/snapshot.ts"
import { randomUuid } from "../../delta/uuid.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { TargetForeign } from "./errors.ts"
import { readRecord } from "./parquet-target.ts"
import { encodeRecord, type FileRecord, recordKey, recordNumber, RECORDS, type TableRecord } from "./record.ts"
import type { Shape } from "./shape.ts"
import type { Target, TableChange, TargetError } from "./target.ts"

/** The application that exports are transactions of. */
const APPLICATION = "pond-export"

/** Entries after which a checkpoint is written. */
const CHECKPOINT_EVERY = 10
/** Old records that stay. */
const RECORDS_KEPT = 10

const valuesOf = ({ partitions }: Shape, { values }: FileRecord): ReadonlyMap<string, string | null> =>
  new Map(partitions.map(({ name }, at) => [name, values[at] ?? null]))

/** A data file that the record does not know. */
const unknownFile = (key: string, { size, stats }: Add): FileRecord => {
  const counted = /"numRecords":(\d+)/u.exec(stats ?? "")?.[1]
  return { key, sizeBytes: Number(size), hash: "", rows: Number(counted ?? 0), values: [], spans: [] }
}

/** The data files of a table, as the record has them. */
const filesOf = ({ files }: Snapshot, record: TableRecord | undefined): ReadonlyArray<FileRecord> => {
  const known = new Map((record?.files ?? []).map((file) => [file.key, file]))
  return HashMap.toEntries(files).map(([key, add]) => known.get(key) ?? unknownFile(key, add))
}

/** What others did to a table. */
const alterations = (snapshot: Snapshot, record: TableRecord): ReadonlyArray<string> => {
  const known = new Set(record.files.map(({ key }) => key))
  const live = new Set(HashMap.keys(snapshot.files))
  const isOtherSchema = snapshot.metadata.schemaString !== record.schema
  return [
    ...[...known].filter((key) => !live.has(key)).map((key) => `${key} was removed by another program`),
    ...[...live].filter((key) => !known.has(key)).map((key) => `${key} was added by another program`),
    ...(isOtherSchema ? ["its schema was changed by another program"] : [])
  ]
}

const definition = Effect.fnUntraced(function* (base: Snapshot | undefined, { partitions, schema }: Shape) {
  const schemaString = encodeSchema(schema)
  const partitionColumns = partitions.map(({ name }) => name)
  if (base !== undefined) {
    const { metadata } = base
    const isSame =
      metadata.schemaString === schemaString && metadata.partitionColumns.join("\n") === partitionColumns.join("\n")
    return isSame ? [] : [{ metaData: { ...metadata, schemaString, partitionColumns } }]
  }
  const metaData: Metadata = {
    id: yield* randomUuid,
    format: { provider: "parquet", options: new Map() },
    schemaString,
    partitionColumns,
    configuration: new Map(),
    createdTime: BigInt(yield* Clock.currentTimeMillis)
  }
  return [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }, { metaData }]
})

const actionsOf = Effect.fnUntraced(function* (base: Snapshot | undefined, change: TableChange, number: number) {
  const nowMs = BigInt(yield* Clock.currentTimeMillis)
  const { isDataChange: dataChange, shape } = change
  const removes = change.removed.map(({ key, sizeBytes }): Action => {
    const { partitionValues } = Option.getOrThrow(HashMap.get(base!.files, key))
    const path = encodePath(key)
    return {
      remove: {
        path,
        dataChange,
        deletionTimestamp: nowMs,
        extendedFileMetadata: true,
        partitionValues,
        size: BigInt(sizeBytes)
      }
    }
  })
  const adds = change.added.map((file): Action => ({
    add: {
      path: encodePath(file.key),
      partitionValues: valuesOf(shape, file),
      size: BigInt(file.sizeBytes),
      modificationTime: nowMs,
      dataChange,
      stats: file.statistics
    }
  }))
  const txn: Action = { txn: { appId: APPLICATION, version: BigInt(number), lastUpdated: nowMs } }
  return [...(yield* definition(base, shape)), txn, ...removes, ...adds] satisfies ReadonlyArray<Action>
})

/** Puts the record under the next free number: one that is taken belongs to a run that failed, or to one that will. */
const putRecord = Effect.fnUntraced(function* (store: Store, after: number, record: TableRecord) {
  const bytes = yield* encodeRecord(record)
  let number = after + 1
  while (!(yield* store.putIfAbsent(recordKey(number), bytes))) number += 1
  return number
})

/** Keeps the log short; what fails is done by a later export. */
const maintain = Effect.fnUntraced(
  function* (log: Log, snapshot: Snapshot, number: number) {
    const old = yield* Stream.runCollect(log.store.list(RECORDS))
    for (const { key } of old) {
      const found = recordNumber(key)
      if (found !== undefined && found <= number - RECORDS_KEPT) yield* log.store.delete(key)
    }
    if (snapshot.version % CHECKPOINT_EVERY === 0 && snapshot.version > 0) {
      yield* writeCheckpoint(log, snapshot)
      yield* cleanUpLog(log, snapshot)
    }
  },
  Effect.catch((error) => Effect.logWarning(error.message))
)

/** Opens a Delta table, or an empty place. */
export const openDeltaTarget = Effect.fn("export.openDelta")(function* (
  store: Store,
  isRebuilding: boolean
): Effect.fn.Return<Target, TargetError> {
  const log: Log = { store, seal: undefined }
  const base = yield* openLog(log).pipe(
    Effect.asSome,
    Effect.catchTag("NotATable", () => Effect.succeedNone)
  )
  return yield* targetAt(log, Option.getOrUndefined(base), isRebuilding)
})

const targetAt = Effect.fnUntraced(function* (
  log: Log,
  base: Snapshot | undefined,
  isRebuilding: boolean
): Effect.fn.Return<Target, TargetError> {
  const { store } = log
  const txn = base === undefined ? Option.none() : HashMap.get(base.txns, APPLICATION)
  const number = Option.match(txn, { onNone: () => 0, onSome: ({ version }) => Number(version) })
  if (base !== undefined && number === 0) return yield* new TargetForeign({ url: store.url, found: "a Delta table" })
  const reading = number === 0 ? Effect.succeedNone : Effect.asSome(readRecord(store, number))
  const record = yield* isRebuilding
    ? Effect.catchTag(reading, "RecordDamaged", () => Effect.succeed(Option.none<TableRecord>()))
    : reading
  return {
    store,
    number,
    record,
    altered: base === undefined || Option.isNone(record) ? [] : alterations(base, record.value),
    foreign: [],
    isLittered: false,
    files: base === undefined ? [] : filesOf(base, Option.getOrUndefined(record)),
    commit: (change) =>
      Effect.gen(function* () {
        const next = yield* putRecord(store, number, change.record)
        const { snapshot } = yield* commitLog(log, base, {
          operation: change.operation,
          actions: yield* actionsOf(base, change, next),
          reads: { files: "all" }
        })
        yield* maintain(log, snapshot, next)
        return yield* targetAt(log, snapshot, false)
      })
  }
})
