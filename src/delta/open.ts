/**
 * Opening: from the log to the state at a version, reading as little as possible.
 *
 * With a hint nothing is listed: its checkpoint is read, then the entries after it, asked for in growing blocks until one is absent.
 * Without one, or when it leads nowhere, the log is listed; where nothing can be listed it is read from its first entry on. A missing entry between two others is an error that names its version
 * (F13), never a shorter history; so at least one entry behind the first absent one is asked for, too.
 */
import { Effect, Option } from "effect"
import type { StoreError } from "../store/errors.ts"
import { readCheckpoint } from "./checkpoint.ts"
import type { LogEntry } from "./entry.ts"
import { MissingVersion, NotATable, Unsupported, UnsupportedFeature } from "./errors.ts"
import type { LogDamaged, LogError } from "./errors.ts"
import { unreadable } from "./features.ts"
import { damaged, entryName, listLog, logKey, openEntry, readEntry, readEntryBytes, readHint } from "./log.ts"
import type { CheckpointFiles, Log, LogListing } from "./log.ts"
import { BLANK } from "./seal.ts"
import { advance, fromCheckpoint } from "./snapshot.ts"
import type { Snapshot } from "./snapshot.ts"

/** Entries asked for at first; then twice as many each time, up to the greatest block. */
const BLOCK_MIN = 2
const BLOCK_MAX = 64

/** The error for a table that needs something unknown. */
export const unsupported = ({ store }: Log, access: "reading" | "writing", feature: string): UnsupportedFeature =>
  new UnsupportedFeature({ url: store.url, access, feature })

/** Runs a pure step of the replay; what it throws becomes an error that names version and file. */
export const replaying = <A>(
  log: Log,
  version: number,
  file: string,
  step: () => A
): Effect.Effect<A, LogDamaged | UnsupportedFeature> =>
  Effect.try({
    try: step,
    catch: (cause) =>
      cause instanceof Unsupported ? unsupported(log, "reading", cause.feature) : damaged(log, version, file, cause)
  })

/** A run of entries, and whether there may be more. */
interface Block {
  readonly entries: ReadonlyArray<Uint8Array>
  readonly isLast: boolean
}

/** Asks for `count` entries at once. */
const readAll = (log: Log, from: number, count: number) =>
  Effect.forEach(
    Array.from({ length: count }, (_, at) => from + at),
    (version) => readEntryBytes(log, version),
    { concurrency: count }
  )

/** Asks for `count` entries one after the other, up to the first that is absent. Mostly that is the very first: it is not read in vain. */
const readUntilAbsent = Effect.fnUntraced(function* (log: Log, from: number, count: number) {
  if (Option.isNone(yield* log.store.head(logKey(entryName(from))))) return [Option.none<Uint8Array>()]
  const found: Array<Option.Option<Uint8Array>> = []
  do found.push(yield* readEntryBytes(log, from + found.length))
  while (found.length < count && Option.isSome(found.at(-1)!))
  return found
})

/**
 * Reads `count` entries from a version on, fewer at the end of the log; a gap is `LogDamaged`. `mayGoOn`: entries behind these
 * count, too.
 */
const readBlock = Effect.fnUntraced(function* (
  log: Log,
  from: number,
  count: number,
  mayGoOn: boolean
): Effect.fn.Return<Block, LogDamaged | StoreError> {
  const found = yield* log.store.capabilities.remote ? readAll(log, from, count) : readUntilAbsent(log, from, count)
  // The first absent one is last: only the next one can tell the end of the log from a gap.
  const next = from + found.length
  if ((mayGoOn || found.length < count) && Option.isNone(found.at(-1)!) && found.slice(0, -1).every(Option.isSome)) {
    const isThere = Option.isSome(yield* log.store.head(logKey(entryName(next))))
    found.push(isThere ? yield* readEntryBytes(log, next) : Option.none())
  }
  const entries: Array<Uint8Array> = []
  for (const [at, bytes] of found.entries()) {
    if (Option.isSome(bytes)) {
      entries.push(bytes.value)
      continue
    }
    if (!found.slice(at).some(Option.isSome)) return { entries, isLast: true }
    // It may have been committed after it was asked for and before the next one was.
    const again = yield* readEntryBytes(log, from + at)
    if (Option.isNone(again)) {
      return yield* damaged(log, from + at, entryName(from + at), "the entry is missing, but later ones exist")
    }
    entries.push(again.value)
  }
  return { entries, isLast: false }
})

/** How far to follow the log, and who wants to see each entry on the way. */
export interface FollowOptions {
  /** The last version to go to; the newest by default. */
  readonly until?: number
  readonly onEntry?: (entry: LogEntry) => void
}

/**
 * The newest state from a known one on, or the state at version `until` when that exists. `base` is `undefined` before version 0.
 * `None`: there is no entry at all.
 */
export const refresh = Effect.fnUntraced(function* (
  log: Log,
  base: Snapshot | undefined,
  { onEntry, until = Number.MAX_SAFE_INTEGER }: FollowOptions = {}
): Effect.fn.Return<Option.Option<Snapshot>, LogDamaged | UnsupportedFeature | StoreError> {
  let snapshot = base
  let size = BLOCK_MIN
  for (;;) {
    const from = snapshot === undefined ? 0 : snapshot.version + 1
    const count = Math.min(size, until - from + 1)
    if (count <= 0) return Option.fromUndefinedOr(snapshot)
    const block = yield* readBlock(log, from, count, from + count <= until)
    const entries: Array<LogEntry> = []
    let previous = snapshot === undefined ? BLANK : snapshot.seal
    for (const bytes of block.entries) {
      const entry: LogEntry = yield* openEntry(log, from + entries.length, bytes, previous)
      previous = entry.seal?.digest
      entries.push(entry)
      onEntry?.(entry)
    }
    const start = snapshot
    if (entries.length > 0) {
      const last = from + entries.length - 1
      snapshot = yield* replaying(log, last, entryName(last), () => advance(start, entries))
    }
    if (block.isLast) return Option.fromUndefinedOr(snapshot)
    size = Math.min(size * 2, BLOCK_MAX)
  }
})

/** The state that a checkpoint holds, with what the entry of its version adds. */
export const openCheckpoint = Effect.fnUntraced(function* (
  log: Log,
  files: CheckpointFiles
): Effect.fn.Return<Snapshot, LogDamaged | UnsupportedFeature | StoreError> {
  const { version } = files
  const entry = yield* readEntry(log, version, undefined)
  const actions = yield* readCheckpoint(log, files, entry)
  const snapshot = yield* replaying(log, version, files.names[0] ?? "", () =>
    fromCheckpoint(version, actions, Option.getOrUndefined(entry))
  )
  // The commit's time and the chain live in the entry alone (D19).
  if (Option.isNone(entry) && (log.seal !== undefined || snapshot.properties.inCommitTimestamps)) {
    return yield* damaged(log, version, entryName(version), "the entry is missing, but its checkpoint exists")
  }
  return snapshot
})

const firstGap = (listing: LogListing, after: number, until: number): number | undefined => {
  let expected = after + 1
  for (const { version } of listing.entries) {
    if (version <= after || version > until) continue
    if (version !== expected) return expected
    expected++
  }
  return undefined
}

/** The error for a version that is not there, with those that are. */
const missing = ({ store }: Log, version: number, { checkpoints, entries }: LogListing): MissingVersion => {
  const earliest = (entries[0]?.version === 0 ? 0 : checkpoints[0]?.version) ?? null
  const latest = entries.at(-1)?.version ?? checkpoints.at(-1)?.version ?? null
  return new MissingVersion({ url: store.url, requested: `version ${version}`, earliest, latest })
}

/** The newest usable checkpoint of a listing not newer than `until`; damaged ones are passed over while entries reach back to 0. */
const baseFromListing = Effect.fnUntraced(function* (
  log: Log,
  listing: LogListing,
  until: number
): Effect.fn.Return<Snapshot | undefined, LogError | MissingVersion> {
  let problem: LogDamaged | undefined
  for (const files of listing.checkpoints.toReversed()) {
    if (files.version > until) continue
    const opened = yield* openCheckpoint(log, files).pipe(
      Effect.asSome,
      Effect.catchTag("LogDamaged", (cause) => {
        problem ??= cause
        return Effect.succeed(Option.none<Snapshot>())
      })
    )
    if (Option.isSome(opened)) return opened.value
  }
  if (listing.entries[0]?.version === 0) return undefined
  if (problem !== undefined) return yield* problem
  if (listing.checkpoints.length > 0) return yield* missing(log, until, listing)
  if (listing.entries.length === 0) return yield* new NotATable({ url: log.store.url })
  return yield* damaged(log, 0, entryName(0), "the entry is missing, and so is any checkpoint after it")
})

/** Opens by listing the log. */
const openListed = Effect.fnUntraced(function* (
  log: Log,
  until: number
): Effect.fn.Return<Snapshot, LogError | MissingVersion> {
  const listing = yield* listLog(log)
  const base = yield* baseFromListing(log, listing, until)
  const gap = firstGap(listing, base?.version ?? -1, until)
  if (gap !== undefined) {
    return yield* damaged(log, gap, entryName(gap), "the entry is missing, but later ones exist")
  }
  const snapshot = yield* refresh(log, base, { until })
  return Option.isSome(snapshot) ? snapshot.value : yield* new NotATable({ url: log.store.url })
})

/** A store that has no lists at all, as those behind web servers. */
const cannotList = (error: LogError | MissingVersion): boolean =>
  error._tag === "StoreFailed" && error.operation === "list" && error.code === "ENOSYS"

/** Opens by asking for one entry after the other, from the first: for logs that are too short for a hint, where nothing can be listed. */
const openFromFirst = Effect.fnUntraced(function* (
  log: Log,
  until: number
): Effect.fn.Return<Snapshot, LogError | MissingVersion> {
  const snapshot = yield* refresh(log, undefined, { until })
  return Option.isSome(snapshot) ? snapshot.value : yield* new NotATable({ url: log.store.url })
})

/** Opens from the hint; `None` when it leads nowhere. */
const openHinted = Effect.fnUntraced(function* (
  log: Log,
  until: number
): Effect.fn.Return<Option.Option<Snapshot>, LogDamaged | UnsupportedFeature | StoreError> {
  const hint = yield* readHint(log)
  if (Option.isNone(hint) || hint.value.version > until) return Option.none()
  const base = yield* openCheckpoint(log, hint.value).pipe(
    Effect.asSome,
    Effect.catchTag("LogDamaged", () => Effect.succeed(Option.none<Snapshot>()))
  )
  return Option.isNone(base) ? Option.none() : yield* refresh(log, base.value, { until })
})

/** Refuses a table that this floor cannot read; to be asked whenever protocol or metadata changed. */
export const requireReadable = (log: Log, snapshot: Snapshot): Effect.Effect<void, UnsupportedFeature> => {
  const feature = unreadable(snapshot)
  return feature === undefined ? Effect.void : Effect.fail(unsupported(log, "reading", feature))
}

/**
 * Opens a table: the newest version, or `version` exactly. Costs O(entries since the last checkpoint), and without a hint one listing.
 */
export const openLog = Effect.fn("delta.open")(function* (
  log: Log,
  version?: number
): Effect.fn.Return<Snapshot, LogError | MissingVersion> {
  const until = version ?? Number.MAX_SAFE_INTEGER
  const hinted = yield* openHinted(log, until)
  const snapshot = Option.isSome(hinted)
    ? hinted.value
    : yield* Effect.catchIf(openListed(log, until), cannotList, () => openFromFirst(log, until))
  if (version !== undefined && snapshot.version !== version) {
    return yield* missing(log, version, yield* listLog(log))
  }
  yield* requireReadable(log, snapshot)
  return snapshot
})
