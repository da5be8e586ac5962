/**
 * Checkpoints: the state at a version in one place, so that opening does not replay the history (D18).
 *
 * Derived while the log is whole (R6): one that is damaged or incomplete is passed over. Read are all forms, V1 in one or several
 * files, V2 as JSON or Parquet with sidecars; written is V1 in one file, and then the hint. Where entries are sealed a checkpoint must
 * be, too: only then are its bytes known to be what was written.
 */
import { Clock, Effect, HashMap, Option } from "effect"
import type { StoreError } from "../store/errors.ts"
import type { Action } from "./actions.ts"
import { actionsOf, CHECKPOINT_READ_SCHEMA, CHECKPOINT_SCHEMA, checkpointRows } from "./checkpoint-parquet.ts"
import { decodeLines } from "./entry.ts"
import type { LogEntry } from "./entry.ts"
import type { LogDamaged } from "./errors.ts"
import { encodeJson } from "./json.ts"
import { checkpointName, damaged, HINT, LOG_FOLDER, logKey, readEntry } from "./log.ts"
import type { CheckpointFiles, Log } from "./log.ts"
import { planColumns } from "./parquet-read.ts"
import { encodeParquet } from "./parquet-write.ts"
import { pathToKey } from "./path.ts"
import { blankCheckpointSeal, checkCheckpointSeal, CHECKPOINT_SEAL, sealCheckpoint } from "./seal.ts"
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
  name: string,
  entryDigest: string
): Effect.Effect<ReadonlyArray<Action>, LogDamaged | StoreError> =>
  log.store.get(logKey(name)).pipe(
    Effect.catchTag("ObjectMissing", () => Effect.fail(damaged(log, version, name, "it does not exist"))),
    Effect.flatMap((bytes) =>
      decoding(() => {
        if (log.seal !== undefined) checkCheckpointSeal(bytes, log.seal, { version, entry: entryDigest })
      }).pipe(
        Effect.andThen(name.endsWith(".json") ? decoding(() => decodeLines(bytes)) : parquetActions(bytes)),
        Effect.mapError((cause) => damaged(log, version, name, cause))
      )
    )
  )

/** The digest in the seal of a version's entry; empty where there is none. */
const digestOf = (entry: Option.Option<LogEntry>): string =>
  Option.isSome(entry) ? (entry.value.seal?.digest ?? "") : ""

/**
 * Reads all actions of a checkpoint, sidecars included. Any missing or unreadable part is `LogDamaged`, and so is a checkpoint without a right
 * seal where entries are sealed. `entry` is the entry of its version; it is read when it is not given and needed.
 */
export const readCheckpoint = Effect.fn("delta.readCheckpoint")(function* (
  log: Log,
  { names, version }: CheckpointFiles,
  entry?: Option.Option<LogEntry>
): Effect.fn.Return<ReadonlyArray<Action>, LogDamaged | StoreError> {
  const digest = log.seal === undefined ? "" : digestOf(entry ?? (yield* readEntry(log, version, undefined)))
  const parts = yield* Effect.forEach(names, (name) => readFile(log, version, name, digest), {
    concurrency: CONCURRENCY
  })
  const actions = parts.flat()
  const sidecars = actions.flatMap((action) => ("sidecar" in action ? [action.sidecar] : []))
  const further = yield* Effect.forEach(
    sidecars,
    ({ path }) =>
      decoding(() => `_sidecars/${pathToKey(path, `${log.store.url}/${LOG_FOLDER}/_sidecars`)}`).pipe(
        Effect.mapError((cause) => damaged(log, version, names[0] ?? "", cause)),
        Effect.flatMap((name) => readFile(log, version, name, digest))
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

const encode = ({ seal }: Log, snapshot: Snapshot): Uint8Array => {
  if (seal === undefined) return encodeParquet(CHECKPOINT_SCHEMA, checkpointRows(snapshot))
  const blank = blankCheckpointSeal({ version: snapshot.version, entry: snapshot.seal ?? "" })
  const bytes = encodeParquet(CHECKPOINT_SCHEMA, checkpointRows(snapshot), {
    metadata: new Map([[CHECKPOINT_SEAL, blank]])
  })
  sealCheckpoint(bytes, seal)
  return bytes
}

/**
 * Writes the checkpoint of a snapshot, leaving out tombstones whose retention is over, and points the hint at it. One that exists is left as it
 * is, unless it cannot be read: then it is replaced.
 */
export const writeCheckpoint = Effect.fn("delta.writeCheckpoint")(function* (
  log: Log,
  snapshot: Snapshot
): Effect.fn.Return<CheckpointWritten, StoreError> {
  const { store } = log
  const now = yield* Clock.currentTimeMillis
  const kept = withoutTombstonesBefore(snapshot, now - snapshot.properties.deletedFileRetentionMs)
  const name = checkpointName(kept.version)
  const bytes = encode(log, kept)
  if (!(yield* store.putIfAbsent(logKey(name), bytes))) {
    yield* readCheckpoint(log, { version: kept.version, names: [name] }).pipe(
      Effect.catchTag("LogDamaged", () =>
        Effect.andThen(store.delete(logKey(name)), store.putIfAbsent(logKey(name), bytes))
      )
    )
  }
  const numOfAddFiles = HashMap.size(kept.files)
  // Protocol and metadata are one action each.
  const actions =
    2 + numOfAddFiles + HashMap.size(kept.tombstones) + HashMap.size(kept.txns) + HashMap.size(kept.domains)
  const hint = { version: kept.version, size: actions, sizeInBytes: bytes.length, numOfAddFiles }
  yield* store.put(logKey(HINT), new TextEncoder().encode(encodeJson(hint)))
  return { version: kept.version, actions, sizeBytes: bytes.length, snapshot: kept }
})
