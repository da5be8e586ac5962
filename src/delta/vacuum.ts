/**
 * Vacuum: deletes data files that no version within the retention needs.
 *
 * Publishes first, deletes second: a commit names the victims as condemned, so that a writer whose commit is under way, and who based it on
 * an older version, finds its file condemned and fails instead of referring to a file that is gone (F20). Files are condemned only
 * when they are older than the grace period *before the newest commit*, so that a clock that jumps ahead deletes nothing early (F21).
 * Only Parquet files outside hidden folders are ever touched.
 */
import { Clock, Effect, HashMap, Stream } from "effect"
import type { StoreError } from "../store/errors.ts"
import { commitLog } from "./commit.ts"
import type { CommitError } from "./commit.ts"
import { CONDEMNED } from "./conflict.ts"
import type { Log } from "./log.ts"
import { encodePath, isHidden, pathToKey } from "./path.ts"
import type { Snapshot } from "./snapshot.ts"

/** How to vacuum. */
export interface VacuumOptions {
  /** Age from which an unused file may go, in milliseconds; the table's `delta.deletedFileRetentionDuration` by default. */
  readonly graceMs?: number
  /** Writer features of the table that the caller takes care of. */
  readonly ownFeatures?: ReadonlyArray<string>
}

/** What a vacuum did. */
export interface Vacuumed {
  readonly snapshot: Snapshot
  /** Keys of the deleted files. */
  readonly deleted: ReadonlyArray<string>
  readonly sizeBytes: number
}

interface Victim {
  readonly key: string
  readonly sizeBytes: number
}

/** Victims named by one commit. */
const BATCH = 1000

/** The time before which a file must have been written to be old: never later than the newest commit. */
export const referenceTime = ({ commitInfo, timestampMs }: Snapshot, nowMs: number): number => {
  const committed = timestampMs ?? commitInfo?.["timestamp"]
  return typeof committed === "number" ? Math.min(nowMs, committed) : nowMs
}

/** The key of a path in this store; `undefined` for one outside the table. */
const keyOf = ({ store }: Log, path: string): string | undefined => {
  try {
    return pathToKey(path, store.url)
  } catch {
    return undefined
  }
}

/** Keys of live files, and of removed ones that are still within the retention: readers of older versions need them. */
const keptKeys = (log: Log, { files, tombstones }: Snapshot, cutoffMs: number): ReadonlySet<string | undefined> => {
  const keys = new Set<string | undefined>()
  for (const { path } of HashMap.values(files)) keys.add(keyOf(log, path))
  for (const { deletionTimestamp, path } of HashMap.values(tombstones)) {
    if (deletionTimestamp !== undefined && deletionTimestamp >= BigInt(Math.floor(cutoffMs))) keys.add(keyOf(log, path))
  }
  return keys
}

const findVictims = Effect.fnUntraced(function* (
  log: Log,
  snapshot: Snapshot,
  cutoffMs: number
): Effect.fn.Return<ReadonlyArray<Victim>, StoreError> {
  const kept = keptKeys(log, snapshot, cutoffMs)
  const isVictim = ({ key, modifiedMs }: { readonly key: string; readonly modifiedMs: number }): boolean =>
    key.endsWith(".parquet") && !isHidden(key) && modifiedMs < cutoffMs && !kept.has(key)
  return yield* log.store.list("").pipe(Stream.filter(isVictim), Stream.runCollect)
})

/** Victims that are not part of the table. */
const unused = (log: Log, victims: ReadonlyArray<Victim>, { files }: Snapshot): ReadonlyArray<Victim> => {
  const live = new Set<string | undefined>()
  for (const { path } of HashMap.values(files)) live.add(keyOf(log, path))
  return victims.filter(({ key }) => !live.has(key))
}

/** Condemns victims by a commit; gives those that are left to be deleted. */
const condemn = Effect.fnUntraced(function* (
  log: Log,
  base: Snapshot,
  batch: ReadonlyArray<Victim>,
  options: VacuumOptions
): Effect.fn.Return<{ readonly snapshot: Snapshot; readonly victims: ReadonlyArray<Victim> }, CommitError> {
  let victims = batch
  const content = () => ({ actions: [], info: { [CONDEMNED]: victims.map(({ key }) => encodePath(key)) } })
  const { snapshot } = yield* commitLog(log, base, {
    ...content(),
    operation: "VACUUM START",
    ...(options.ownFeatures === undefined ? {} : { ownFeatures: options.ownFeatures }),
    rebase: (_winners, head) =>
      Effect.sync(() => {
        victims = unused(log, victims, head)
        return content()
      })
  })
  return { snapshot, victims }
})

/** Deletes what is unused and old enough; `base` is the newest state. Interrupted anywhere, a second run finishes the job. */
export const vacuum = Effect.fn("delta.vacuum")(function* (
  log: Log,
  base: Snapshot,
  options: VacuumOptions = {}
): Effect.fn.Return<Vacuumed, CommitError> {
  const nowMs = yield* Clock.currentTimeMillis
  const graceMs = options.graceMs ?? base.properties.deletedFileRetentionMs
  const found = yield* findVictims(log, base, referenceTime(base, nowMs) - graceMs)
  const deleted: Array<string> = []
  let snapshot = base
  let sizeBytes = 0
  for (let at = 0; at < found.length; at += BATCH) {
    // Others may have committed while an earlier batch was condemned.
    const condemned = yield* condemn(log, snapshot, unused(log, found.slice(at, at + BATCH), snapshot), options)
    snapshot = condemned.snapshot
    for (const victim of condemned.victims) {
      yield* log.store.delete(victim.key)
      deleted.push(victim.key)
      sizeBytes += victim.sizeBytes
    }
  }
  return { snapshot, deleted, sizeBytes }
})
