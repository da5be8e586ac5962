/**
 * Checkpoints: the state at a version in one place, so that opening does not replay the history (D18).
 *
 * Derived while the log is whole (R6): one that is damaged or incomplete is passed over. Read are all forms, V1 in one or several
 * files, V2 as JSON or Parquet with sidecars; written is V1 in one file, created once and never replaced, and then the hint.
 */
import { Clock, Effect, HashMap, Stream } from "effect"
import type { Store } from "../store/ObjectStore.ts"
import type { StoreError } from "../store/errors.ts"
import type { Action } from "./actions.ts"
import { actionsOf, CHECKPOINT_READ_SCHEMA, CHECKPOINT_SCHEMA, checkpointRows } from "./checkpoint-parquet.ts"
import { decodeLines } from "./entry.ts"
import type { LogDamaged } from "./errors.ts"
import { encodeJson } from "./json.ts"
import { checkpointName, damaged, HINT, LOG_FOLDER, logKey } from "./log.ts"
import type { CheckpointFiles, Log } from "./log.ts"
import { pathToKey } from "./path.ts"
import { planColumns } from "./parquet-read.ts"
import { ParquetEncoder } from "./parquet-write.ts"
import type { Snapshot } from "./snapshot.ts"
import { withoutTombstonesBefore } from "./snapshot.ts"
import { bytesSource, decoding, openParquet, readGroup } from "./source.ts"

/** Sidecars that are read at the same time. */
const CONCURRENCY = 4

const parquetActions = Effect.fnUntraced(function* (bytes: Uint8Array) {
  const opened = yield* openParquet(bytesSource(bytes))
  const plan = yield* decoding(() => planColumns(opened.file, CHECKPOINT_READ_SCHEMA))
  const actions: Array<Action> = []
  for (const group of opened.file.groups) {
    const columns = yield* readGroup(opened, group, plan)
    for (const action of yield* decoding(() => actionsOf(columns))) actions.push(action)
  }
  return actions
})

const readFile = (
  log: Log,
  version: number,
  name: string
): Effect.Effect<ReadonlyArray<Action>, LogDamaged | StoreError> =>
  log.store.get(logKey(name)).pipe(
    Effect.catchTag("ObjectMissing", () => Effect.fail(damaged(log, version, name, "it does not exist"))),
    Effect.flatMap((bytes) =>
      (name.endsWith(".json") ? decoding(() => decodeLines(bytes)) : parquetActions(bytes)).pipe(
        Effect.mapError((cause) => damaged(log, version, name, cause))
      )
    )
  )

/** Reads all actions of a checkpoint, sidecars included. Any missing or unreadable part is `LogDamaged`. */
export const readCheckpoint = Effect.fn("delta.readCheckpoint")(function* (
  log: Log,
  { names, version }: CheckpointFiles
): Effect.fn.Return<ReadonlyArray<Action>, LogDamaged | StoreError> {
  const parts = yield* Effect.forEach(names, (name) => readFile(log, version, name), { concurrency: CONCURRENCY })
  const actions = parts.flat()
  const sidecars = actions.flatMap((action) => ("sidecar" in action ? [action.sidecar] : []))
  if (sidecars.length === 0) return actions
  const further = yield* Effect.forEach(
    sidecars,
    ({ path }) =>
      decoding(() => `_sidecars/${pathToKey(path, `${log.store.url}/${LOG_FOLDER}/_sidecars`)}`).pipe(
        Effect.mapError((cause) => damaged(log, version, names[0] ?? "", cause)),
        Effect.flatMap((name) => readFile(log, version, name))
      ),
    { concurrency: CONCURRENCY }
  )
  return [...actions, ...further.flat()]
})

/** What was written. */
export interface CheckpointWritten {
  readonly version: number
  readonly actions: number
  readonly sizeBytes: number
  /** The state without expired tombstones, as the checkpoint holds it. */
  readonly snapshot: Snapshot
}

const writeRows = Effect.fnUntraced(function* (store: Store, snapshot: Snapshot) {
  const staged = yield* store.stage
  const encoder = new ParquetEncoder(CHECKPOINT_SCHEMA)
  let sizeBytes = 0
  const flush = Effect.suspend(() => {
    const bytes = encoder.take()
    sizeBytes += bytes.length
    return bytes.length === 0 ? Effect.void : staged.write(bytes)
  })
  yield* Stream.fromIterable(checkpointRows(snapshot)).pipe(
    Stream.rechunk(1000),
    Stream.runForEachArray((rows) =>
      Effect.sync(() => {
        for (const row of rows) encoder.add(row)
      }).pipe(Effect.andThen(flush))
    )
  )
  encoder.finish()
  yield* flush
  yield* staged.publish(logKey(checkpointName(snapshot.version)))
  return { actions: encoder.rowCount, sizeBytes }
}, Effect.scoped)

/**
 * Writes the checkpoint of a snapshot, leaving out tombstones whose retention is over, and points the hint at it. A checkpoint of that
 * version that exists is left as it is, unless `replace` says that it is known to be damaged.
 */
export const writeCheckpoint = Effect.fn("delta.writeCheckpoint")(function* (
  log: Log,
  snapshot: Snapshot,
  options: { readonly replace?: boolean } = {}
): Effect.fn.Return<CheckpointWritten, StoreError> {
  const { store } = log
  const now = yield* Clock.currentTimeMillis
  const kept = withoutTombstonesBefore(snapshot, now - snapshot.properties.deletedFileRetentionMs)
  if (options.replace === true) yield* store.delete(logKey(checkpointName(snapshot.version)))
  const { actions, sizeBytes } = yield* writeRows(store, kept)
  const hint = {
    version: kept.version,
    size: actions,
    sizeInBytes: sizeBytes,
    numOfAddFiles: HashMap.size(kept.files)
  }
  yield* store.put(logKey(HINT), new TextEncoder().encode(encodeJson(hint)))
  return { version: kept.version, actions, sizeBytes, snapshot: kept }
})
