/**
 * Clean-up of the log: removes entries and checkpoints that are older than the log's retention (D19). Never happens by itself.
 *
 * Afterwards the kept checkpoint is truth, no longer derived; so before anything goes it is compared with the replay of the log. Kept are the
 * newest checkpoint that is old enough, the entry of its version, and all that follows. An entry goes only when every checkpoint that
 * needed it went in an earlier run: a power cut may undo removals in any order, and a checkpoint without its following entries
 * would pass for the end of the log.
 */
import { Clock, Effect, HashMap, Option } from "effect"
import type { StoreError } from "../store/errors.ts"
import { encodeAction } from "./actions.ts"
import type { Action } from "./actions.ts"
import type { LogDamaged, UnsupportedFeature } from "./errors.ts"
import { damaged, entryName, listLog, logKey, readEntry } from "./log.ts"
import type { CheckpointFiles, ListedEntry, Log, LogListing } from "./log.ts"
import { openCheckpoint, refresh } from "./open.ts"
import type { Snapshot } from "./snapshot.ts"
import { referenceTime } from "./vacuum.ts"

/** What a clean-up did. */
export interface CleanedUp {
  /** The oldest version that can still be opened; `undefined` when nothing was old enough to go. */
  readonly earliest: number | undefined
  readonly removedEntries: number
  readonly removedCheckpoints: number
}

/** When a version was committed, milliseconds since 1970. */
const commitTime = Effect.fnUntraced(function* (
  log: Log,
  { modifiedMs, version }: ListedEntry,
  inCommitTimestamps: boolean
): Effect.fn.Return<number, LogDamaged | StoreError> {
  if (!inCommitTimestamps) return modifiedMs
  const entry = yield* readEntry(log, version, undefined)
  return Option.isSome(entry) ? (entry.value.timestampMs ?? modifiedMs) : modifiedMs
})

/** The newest checkpoint whose commit is not after the cut-off and whose entry is there. */
const newestOld = Effect.fnUntraced(function* (
  log: Log,
  listing: LogListing,
  head: Snapshot,
  cutoffMs: number
): Effect.fn.Return<CheckpointFiles | undefined, LogDamaged | StoreError> {
  const entries = new Map(listing.entries.map((entry) => [entry.version, entry]))
  for (const files of listing.checkpoints.toReversed()) {
    const entry = entries.get(files.version)
    if (entry === undefined) continue
    if ((yield* commitTime(log, entry, head.properties.inCommitTimestamps)) <= cutoffMs) return files
  }
  return undefined
})

/** What a state holds apart from tombstones, as a set of lines. */
const linesOf = ({ domains, files, metadata, protocol, txns }: Snapshot): ReadonlySet<string> => {
  const actions: Array<Action> = [{ protocol }, { metaData: metadata }]
  for (const add of HashMap.values(files)) actions.push({ add })
  for (const txn of HashMap.values(txns)) actions.push({ txn })
  for (const domainMetadata of HashMap.values(domains)) actions.push({ domainMetadata })
  return new Set(actions.map(encodeAction))
}

/** Fails unless the checkpoint holds what the log says; nothing to compare with: it is the truth already. */
const requireTrue = Effect.fnUntraced(function* (
  log: Log,
  listing: LogListing,
  target: CheckpointFiles
): Effect.fn.Return<void, LogDamaged | UnsupportedFeature | StoreError> {
  const older = listing.checkpoints.find(({ version }) => version < target.version)
  if (listing.entries[0]?.version !== 0 && older === undefined) return
  const start = older === undefined || listing.entries[0]?.version === 0 ? undefined : yield* openCheckpoint(log, older)
  const replayed = yield* refresh(log, start, { until: target.version })
  const stored = yield* openCheckpoint(log, target)
  const expected = Option.isSome(replayed) ? linesOf(replayed.value) : new Set<string>()
  const actual = linesOf(stored)
  if (expected.size === actual.size && [...expected].every((line) => actual.has(line))) return
  return yield* damaged(log, target.version, target.names[0] ?? "", "it does not hold what the entries up to it say")
})

/** What may go: `undefined` when nothing is old enough. */
const planOf = Effect.fnUntraced(function* (log: Log, head: Snapshot, retentionMs: number) {
  const nowMs = yield* Clock.currentTimeMillis
  const listing = yield* listLog(log)
  const target = yield* newestOld(log, listing, head, referenceTime(head, nowMs) - retentionMs)
  if (target === undefined) return undefined
  const oldest = listing.checkpoints[0]?.version ?? 0
  return {
    listing,
    target,
    checkpoints: listing.checkpoints.filter(({ version }) => version < target.version),
    entries: listing.entries.filter(({ version }) => version < oldest)
  }
})

/** The version before which a clean-up would remove something; `undefined` when nothing would go. `head` is the newest state. */
export const oldBefore = (
  log: Log,
  head: Snapshot,
  retentionMs: number
): Effect.Effect<number | undefined, LogDamaged | StoreError> =>
  Effect.map(planOf(log, head, retentionMs), (plan) =>
    plan === undefined || plan.checkpoints.length + plan.entries.length === 0 ? undefined : plan.target.version
  )

/** Removes old entries and checkpoints; `head` is the newest state. */
export const cleanUpLog = Effect.fn("delta.cleanUp")(function* (
  log: Log,
  head: Snapshot,
  options: { readonly retentionMs?: number } = {}
): Effect.fn.Return<CleanedUp, LogDamaged | UnsupportedFeature | StoreError> {
  const plan = yield* planOf(log, head, options.retentionMs ?? head.properties.logRetentionMs)
  if (plan === undefined) return { earliest: undefined, removedEntries: 0, removedCheckpoints: 0 }
  const { checkpoints, entries, listing, target } = plan
  yield* requireTrue(log, listing, target)
  for (const { names } of checkpoints) for (const name of names) yield* log.store.delete(logKey(name))
  for (const { version } of entries) yield* log.store.delete(logKey(entryName(version)))
  return { earliest: target.version, removedEntries: entries.length, removedCheckpoints: checkpoints.length }
})
