/**
 * Commits: one new entry, published by "create only if absent", on top of whatever is the newest version by then.
 *
 * A commit that loses the race reads the winners, and is repeated on top of them unless they contradict it. Every commit carries a
 * random `txnId`: if the store's answer got lost, the entry found in its place is recognised as its own. Commit times never go
 * backwards (D11), whatever the clock does; with seals every entry is chained to the one before it.
 *
 * `base` must be a state that was current before the first data file of the commit was written: then a vacuum that condemns such a
 * file in between is among the winners, and is seen (R3, F20).
 */
import { Clock, Effect, Option } from "effect"
import type { StoreError, StoreFailed } from "../store/errors.ts"
import type { NewObject } from "../store/ObjectStore.ts"
import type { Action } from "./actions.ts"
import { conflictWith } from "./conflict.ts"
import type { Reads } from "./conflict.ts"
import { encodeEntry } from "./entry.ts"
import type { LogEntry } from "./entry.ts"
import { CommitConflict, CommitRefused, CommitUncertain, reasonOf, StaleSnapshot, Unsupported } from "./errors.ts"
import type { LogDamaged, UnsupportedFeature } from "./errors.ts"
import { unwritable } from "./features.ts"
import type { JsonObject } from "./json.ts"
import { entryName, logKey, readEntry } from "./log.ts"
import type { Log } from "./log.ts"
import { refresh, replaying, unsupported } from "./open.ts"
import { tableProperties } from "./properties.ts"
import { definitionAfter, refusal } from "./rules.ts"
import { BLANK, sealEntry } from "./seal.ts"
import { advance } from "./snapshot.ts"
import type { Snapshot } from "./snapshot.ts"
import { randomUuid } from "./uuid.ts"

/** What a commit says: its actions, and free JSON about itself. */
export interface CommitContent {
  readonly actions: ReadonlyArray<Action>
  /** Further fields of `commitInfo`. */
  readonly info?: JsonObject
  /** Files that the actions name and that are not in the store yet: small ones under names that nobody else uses. They are made durable before the entry is visible. */
  readonly files?: ReadonlyArray<NewObject>
}

/** A commit to be made. */
export interface CommitDraft<E = never, R = never> extends CommitContent {
  /** What kind of change it is, in the words of the protocol: `WRITE`, `OPTIMIZE`… */
  readonly operation: string
  readonly reads?: Reads
  /** Writer features of the table that the caller takes care of. */
  readonly ownFeatures?: ReadonlyArray<string>
  /**
   * Makes the commit anew after losing to `winners`, on top of `head`, the state after them. Fails to give up, for example with
   * `conflict`. By default the actions stay as they are.
   */
  readonly rebase?: (
    winners: ReadonlyArray<LogEntry>,
    head: Snapshot
  ) => Effect.Effect<CommitContent, E | CommitConflict, R>
}

/** A commit that was made. */
export interface Committed {
  /** The state after it. */
  readonly snapshot: Snapshot
  readonly entry: LogEntry
  /** How often it was tried. */
  readonly attempts: number
}

/** What a commit can fail with, beyond what `rebase` can. */
export type CommitError =
  | CommitConflict
  | CommitRefused
  | CommitUncertain
  | LogDamaged
  | StaleSnapshot
  | StoreError
  | UnsupportedFeature

/** Lost races after which a commit gives up. */
const ATTEMPTS_MAX = 100

/** The error with which a `rebase` gives up. */
export const conflict = (log: Log, version: number, detail: string): CommitConflict =>
  new CommitConflict({ url: log.store.url, version, reason: "rebase", detail })

interface Prepared {
  readonly files: ReadonlyArray<NewObject>
  readonly entry: LogEntry
  readonly bytes: Uint8Array
  readonly txnId: string
}

/** Adds to a metaData that enables in-commit timestamps on an existing table since when it does (D12). */
const withEnablement = (
  actions: ReadonlyArray<Action>,
  base: Snapshot | undefined,
  timestampMs: number
): ReadonlyArray<Action> => {
  if (base === undefined || base.properties.inCommitTimestamps) return actions
  return actions.map((action) => {
    if (!("metaData" in action) || !tableProperties(action.metaData.configuration).inCommitTimestamps) return action
    const configuration = new Map(action.metaData.configuration)
    configuration.set("delta.inCommitTimestampEnablementVersion", String(base.version + 1))
    configuration.set("delta.inCommitTimestampEnablementTimestamp", String(timestampMs))
    return { metaData: { ...action.metaData, configuration } }
  })
}

/** The next entry, and its bytes. Throws `Malformed` or `Unsupported`. */
const encode = (
  log: Log,
  base: Snapshot | undefined,
  draft: CommitDraft<unknown, unknown>,
  { actions, files = [], info }: CommitContent,
  stamp: { readonly nowMs: number; readonly txnId: string }
): Prepared => {
  const timestampMs = Math.max(stamp.nowMs, (base?.timestampMs ?? -1) + 1)
  const stamped = withEnablement(actions, base, timestampMs)
  const defined = stamped.find((action) => "metaData" in action)
  const properties = defined === undefined ? base?.properties : tableProperties(defined.metaData.configuration)
  const inCommit = properties?.inCommitTimestamps === true
  const previous = base?.seal ?? BLANK
  const commitInfo = {
    ...(log.seal === undefined ? {} : { seal: { previous, digest: BLANK } }),
    ...(inCommit ? { inCommitTimestamp: timestampMs } : {}),
    timestamp: inCommit ? timestampMs : stamp.nowMs,
    operation: draft.operation,
    operationParameters: {},
    txnId: stamp.txnId,
    ...(base === undefined ? {} : { readVersion: base.version }),
    ...info
  }
  const bytes = encodeEntry(commitInfo, stamped)
  const seal = log.seal === undefined ? undefined : { previous, digest: sealEntry(bytes, log.seal) }
  const entry: LogEntry = {
    version: (base?.version ?? -1) + 1,
    commitInfo: seal === undefined ? commitInfo : { ...commitInfo, seal: { ...seal } },
    actions: stamped,
    timestampMs: inCommit ? timestampMs : undefined,
    seal,
    sizeBytes: bytes.length
  }
  return { files, entry, bytes, txnId: stamp.txnId }
}

/** Checks a commit against the state it is made on, and encodes it. */
const prepare = Effect.fnUntraced(function* (
  log: Log,
  base: Snapshot | undefined,
  draft: CommitDraft<unknown, unknown>,
  content: CommitContent,
  txnId: string
): Effect.fn.Return<Prepared, CommitRefused | UnsupportedFeature> {
  const { url } = log.store
  const nowMs = yield* Clock.currentTimeMillis
  const outcome = yield* Effect.try({
    try: () => {
      const after = definitionAfter(content.actions, base)
      if (after === undefined) return { problem: "the first commit of a table needs protocol and metaData" }
      const feature =
        (base === undefined ? undefined : unwritable(base, draft.ownFeatures)) ?? unwritable(after, draft.ownFeatures)
      if (feature !== undefined) throw new Unsupported(feature)
      const problem = refusal(content.actions, base, after, url)
      return problem === undefined ? { prepared: encode(log, base, draft, content, { nowMs, txnId }) } : { problem }
    },
    catch: (cause) =>
      cause instanceof Unsupported
        ? unsupported(log, "writing", cause.feature)
        : new CommitRefused({ url, why: reasonOf(cause) })
  })
  return outcome.prepared ?? (yield* new CommitRefused({ url, why: outcome.problem }))
})

const isOwn = (entry: LogEntry, txnId: string): boolean =>
  Object.hasOwn(entry.commitInfo, "txnId") && entry.commitInfo["txnId"] === txnId

/**
 * Publishes an entry: `true`, it is the table's next version; `false`, another one is. A failure of the store is asked again, because the
 * first request may have taken effect and only a definite answer means that it will survive. A failure ahead of the entry is definite.
 */
const publish = Effect.fnUntraced(function* (
  log: Log,
  { bytes, entry: { version }, files, txnId }: Prepared
): Effect.fn.Return<boolean, CommitUncertain | LogDamaged | StoreError> {
  const { store } = log
  const key = logKey(entryName(version))
  const settle = (first: StoreFailed): Effect.Effect<never, CommitUncertain | StoreFailed> => {
    const uncertain = new CommitUncertain({ url: store.url, version, txnId, cause: first })
    return Effect.matchEffect(store.head(key), {
      onFailure: () => Effect.fail(uncertain),
      // On a remote store the first request may still be under way.
      onSuccess: (found) => Effect.fail(Option.isNone(found) && !store.capabilities.remote ? first : uncertain)
    })
  }
  const put = files.length === 0 ? store.putIfAbsent(key, bytes) : store.putInOrder([...files, { key, bytes }])
  const created = yield* Effect.catchTag(put, "StoreFailed", (first) =>
    first.key === key ? Effect.catchTag(put, "StoreFailed", () => settle(first)) : Effect.fail(first)
  )
  if (created) return true
  const found = yield* readEntry(log, version, undefined)
  return Option.isSome(found) && isOwn(found.value, txnId)
})

/**
 * Makes sure that the entries after an old base were not cleaned up: creating one of them again would publish into the past, where
 * nobody looks. Clean-up removes only what is older than the retention of the log.
 */
const requireFresh = Effect.fnUntraced(function* (
  log: Log,
  base: Snapshot
): Effect.fn.Return<void, StaleSnapshot | StoreError> {
  const nowMs = yield* Clock.currentTimeMillis
  const committed = base.timestampMs ?? base.commitInfo?.["timestamp"]
  if (typeof committed === "number" && nowMs - committed < base.properties.logRetentionMs / 2) return
  const name = entryName(base.version)
  if (Option.isSome(yield* log.store.head(logKey(name)))) return
  return yield* new StaleSnapshot({ url: log.store.url, version: base.version, missing: name })
})

/** Reads the winners of a lost race; fails when one of them contradicts the commit. */
const overtake = Effect.fnUntraced(function* (
  log: Log,
  base: Snapshot | undefined,
  draft: CommitDraft<unknown, unknown>,
  content: CommitContent
): Effect.fn.Return<
  { readonly winners: ReadonlyArray<LogEntry>; readonly head: Snapshot },
  CommitConflict | LogDamaged | UnsupportedFeature | StoreError
> {
  const { url } = log.store
  const winners: Array<LogEntry> = []
  const head = yield* refresh(log, base, { onEntry: (entry) => winners.push(entry) })
  for (const winner of winners) {
    const problem = conflictWith(winner, content.actions, draft.reads ?? {})
    if (problem !== undefined) return yield* new CommitConflict({ url, version: winner.version, ...problem })
  }
  if (Option.isSome(head) && winners.length > 0) return { winners, head: head.value }
  const detail = "the entry that came first cannot be read"
  return yield* new CommitConflict({ url, version: (base?.version ?? -1) + 1, reason: "contention", detail })
})

const commitOnto = Effect.fnUntraced(function* <E, R>(
  log: Log,
  base: Snapshot | undefined,
  draft: CommitDraft<E, R>
): Effect.fn.Return<Committed, CommitError | E, R> {
  const txnId = yield* randomUuid
  if (base !== undefined) yield* requireFresh(log, base)
  let content: CommitContent = draft
  let head = base
  for (let attempts = 1; attempts <= ATTEMPTS_MAX; attempts++) {
    const prepared = yield* prepare(log, head, draft, content, txnId)
    if (yield* publish(log, prepared)) {
      const { entry } = prepared
      const before = head
      const snapshot = yield* replaying(log, entry.version, entryName(entry.version), () => advance(before, [entry]))
      return { snapshot, entry, attempts }
    }
    const { head: next, winners } = yield* overtake(log, head, draft, content)
    if (base === undefined) return yield* conflict(log, 0, "the table was created by somebody else")
    if (draft.rebase !== undefined) content = yield* draft.rebase(winners, next)
    head = next
  }
  const detail = `${ATTEMPTS_MAX} other commits came first`
  return yield* new CommitConflict({ url: log.store.url, version: head?.version ?? 0, reason: "contention", detail })
})

/**
 * Publishes a commit on top of `base`, or of what others committed since. `base` is `undefined` for the first commit of a table, which
 * is never repeated on top of another one.
 */
export const commitLog = <E = never, R = never>(
  log: Log,
  base: Snapshot | undefined,
  draft: CommitDraft<E, R>
): Effect.Effect<Committed, CommitError | E, R> =>
  // Making a stack trace would cost a twentieth of a small commit.
  Effect.withSpan(commitOnto(log, base, draft), "delta.commit", { captureStackTrace: false })
