/**
 * The thorough maintenance of a pond: publish, merge, erase what was pruned, checkpoint, vacuum. Changes no answer, root or chain (R7), and may be repeated (F02).
 */
import { Effect, Option } from "effect"
import { readCheckpoint, writeCheckpoint } from "../delta/checkpoint.ts"
import { readHint } from "../delta/log.ts"
import { openLog } from "../delta/open.ts"
import type { Store } from "../store/ObjectStore.ts"
import { cleanUpLog, oldBefore } from "../delta/cleanup.ts"
import { cleanedBefore, noteCleanUp } from "./cleaned.ts"
import { collapseSeries, LONG_SERIES_EXTENTS } from "./collapse.ts"
import { DEFAULT_LIMITS } from "./content/limits.ts"
import { erasePruned } from "./erase.ts"
import { Pieces } from "./index/pieces.ts"
import { openState, refreshState } from "./open.ts"
import { publish } from "./publish.ts"
import { damageOf } from "./state.ts"
import { pondLog } from "./table.ts"
import { triesOf } from "./carry.ts"
import { GRACE_MS, vacuum } from "./vacuum.ts"

/** What maintenance did. */
export interface MaintenanceReport {
  readonly txn: number
  /** Data files and index pieces before and after. */
  readonly dataFiles: { readonly before: number; readonly after: number }
  readonly indexPieces: { readonly before: number; readonly after: number }
  /** Rows of pruned versions that lost their bytes. */
  readonly erasedRows: number
  /** Rows of long series whose bytes went into packs. */
  readonly collapsedRows: number
  /** Entries of the log that were removed because somebody asked for it. */
  readonly removedEntries: number
  /** Version of the newest checkpoint. */
  readonly checkpoint: number
  readonly removedObjects: number
  readonly removedBytes: number
  /** Leftovers of writers that died. */
  readonly sweptObjects: number
}

/** The newest state; without the published index when a piece of that is damaged, so that it is made anew (R6). */
const soundState = Effect.fnUntraced(function* (store: Store, pieces: Pieces) {
  const state = yield* openState(store, pieces)
  return yield* Effect.tryPromise({
    try: () => Promise.all((state.publication?.pieces ?? []).map((info) => pieces.open(info))),
    catch: (cause) => damageOf("_index", cause)
  }).pipe(
    Effect.as(state),
    Effect.catchTag(["ObjectDamaged", "ObjectMissing"], () => openState(store, pieces, true))
  )
})

/** Removes old entries of the log, which says so beforehand; the note itself has a checkpoint before anything goes. */
const cleanUp = Effect.fnUntraced(function* (store: Store, retentionMs: number) {
  const log = pondLog(store)
  const table = yield* openLog(log)
  const before = yield* oldBefore(log, table, retentionMs)
  if (before === undefined) return 0
  if (cleanedBefore(table) < before) {
    yield* noteCleanUp(store, table)
    yield* checkpoint(store)
  }
  return (yield* cleanUpLog(log, yield* openLog(log), { retentionMs })).removedEntries
})

/** What else maintenance may be told. */
export interface MaintenanceOptions {
  /** Removes entries of the log that are older than this and that a checkpoint stands for. By default none: the log is truth. */
  readonly cleanUpLogMs?: number
  /** How many extents in rows make a series long. */
  readonly longSeriesExtents?: number
}

/** How often maintenance begins again because somebody else maintained the pond at the same moment. */
const ATTEMPTS_MAX = 10

/** Maintains the pond in a store. `graceMs` protects readers of older states. */
export const maintain = Effect.fn("tlogfs.maintain")(
  (store: Store, graceMs: number = GRACE_MS, options: MaintenanceOptions = {}) =>
    // Every step may be repeated: what is done stays done.
    Effect.retry(maintainOnce(store, graceMs, options), {
      while: (error) => error._tag === "CommitConflict",
      times: ATTEMPTS_MAX
    })
)

/** Sees to it that the newest version has a checkpoint, and that the hint leads to it. Gives the version. */
const checkpoint = Effect.fnUntraced(function* (store: Store) {
  const log = pondLog(store)
  const table = yield* openLog(log)
  const hint = yield* readHint(log)
  const isSound =
    Option.isSome(hint) &&
    hint.value.version === table.version &&
    (yield* readCheckpoint(log, hint.value).pipe(
      Effect.as(true),
      Effect.catchTag("LogDamaged", () => Effect.succeed(false))
    ))
  return isSound ? table.version : (yield* writeCheckpoint(log, table)).version
})

const maintainOnce = Effect.fnUntraced(function* (
  store: Store,
  graceMs: number,
  { cleanUpLogMs, longSeriesExtents = LONG_SERIES_EXTENTS }: MaintenanceOptions
) {
  const pieces = new Pieces(store, yield* Effect.context())
  let state = yield* soundState(store, pieces)
  const before = { dataFiles: state.files.length, indexPieces: state.publication?.pieces.length ?? 0 }
  if (state.tail.transactions.length > 0) {
    yield* publish(store, pieces, state, yield* triesOf(state))
    state = yield* refreshState(store, pieces, state)
  }
  const erasedRows = yield* erasePruned(store, pieces, state)
  state = yield* refreshState(store, pieces, state)
  const collapsedRows = yield* collapseSeries(store, pieces, state, { limits: DEFAULT_LIMITS, from: longSeriesExtents })
  let table = yield* openLog(pondLog(store))
  state = yield* refreshState(store, pieces, state)
  // Vacuum must know what every commit before its own refers to, and see those after it as winners: both are of one version.
  while (state.table.version !== table.version) {
    table = yield* openLog(pondLog(store))
    state = yield* refreshState(store, pieces, state)
  }
  const removed = yield* vacuum(store, state, table, graceMs)
  let newest = yield* checkpoint(store)
  const removedEntries = cleanUpLogMs === undefined ? 0 : yield* cleanUp(store, cleanUpLogMs)
  if (removedEntries > 0) newest = yield* checkpoint(store)
  const report: MaintenanceReport = {
    txn: state.head.txn,
    dataFiles: { before: before.dataFiles, after: state.files.length },
    indexPieces: { before: before.indexPieces, after: state.publication?.pieces.length ?? 0 },
    erasedRows,
    collapsedRows,
    removedEntries,
    checkpoint: newest,
    removedObjects: removed.objects.length,
    removedBytes: removed.sizeBytes,
    sweptObjects: yield* store.sweep(graceMs)
  }
  return report
})
