/**
 * Replication: carrying the transactions that one copy of a pond has and another lacks (design: logical, fast-forward only).
 *
 * What travels are rows and blobs, never a layout: each side compacts as it likes (R7). Everything is checked before it becomes visible:
 * every blob against its name, every row in its file's hash, every transaction against its digest, its parent's hash and its root (R4).
 * It is published by one conditional put per batch of transactions, each of which leaves a complete, older state (R2); what an interrupted
 * run carried is not carried again (G7).
 */
import { Clock, Effect, Stream } from "effect"
import { hash, toHex } from "../../bao/index.ts"
import { commitLog } from "../../delta/commit.ts"
import type { LogEntry } from "../../delta/entry.ts"
import type { Snapshot as TableSnapshot } from "../../delta/snapshot.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { eventsDigest } from "../../tinyfs/index.ts"
import { triesOf } from "../carry.ts"
import { eventOf, headerOf } from "../event-row.ts"
import { Transactions } from "../fsck/data.ts"
import type { Pieces } from "../index/pieces.ts"
import { addAction } from "../names.ts"
import { Namespace } from "../namespace.ts"
import { refreshState } from "../open.ts"
import { publish, putDataFile } from "../publish.ts"
import type { Row } from "../row.ts"
import {
  applyEntry,
  damageOf,
  headAfter,
  rowGroupsOfFile,
  type State,
  type StateError,
  transactionsOf
} from "../state.ts"
import { OWN_FEATURE, pondLog } from "../table.ts"
import { advanceTries, type Tries } from "../tries.ts"
import { condemnedBlobs } from "../vacuum.ts"
import { parseBlobName } from "../content/blob.ts"
import { BlobCarrier, type CarriedBlobs } from "./blobs.ts"
import { type DamagedFile, damagedFilesOf } from "./damaged.ts"
import { Diverged, HistoryTampered, TargetBusy, type Tip, UnexpectedRoot } from "./errors.ts"
import { requireFit } from "./following.ts"
import { missingOf, noteLeftOut, settleLeftOut } from "./left-out.ts"
import { type Copy, openCopy, type Relation, relationOf, requireSame, tipOf } from "./relation.ts"
import { leavingOut, type Selection } from "./selection.ts"

/** A batch is committed when it has so many rows, */
const BATCH_ROWS = 10_000
/** or so many bytes of contents in its rows. */
const BATCH_BYTES = 16 * 1024 * 1024
/** How often replication begins again because somebody else wrote to the target. */
const ATTEMPTS_MAX = 5

/** What replication did. */
export interface Replicated {
  /** How the source lay to the target before. */
  readonly relation: Relation
  readonly source: Tip
  /** The target before and after. */
  readonly before: Tip
  readonly after: Tip
  readonly carried: CarriedBlobs
  /** Of which files bytes did not come, because they are damaged or missing in the source (F30). */
  readonly damaged: ReadonlyArray<DamagedFile>
}

/** What may be said of replication. */
export interface ReplicateOptions {
  /** The source and the target where they are open already. */
  readonly from?: Copy | undefined
  readonly to?: Copy | undefined
  /** The root that the source must have: otherwise nothing is taken. */
  readonly expectedRoot?: string | undefined
  /** Which contents are taken; the others are noted as left out. By default all. */
  readonly selection?: Selection | undefined
  /** What earlier runs left out is taken as well. */
  readonly isCompleting?: boolean | undefined
  /**
   * Blobs that are damaged in the source are left there, noted in the target and told, and whatever else there is comes; a later run takes them.
   * By default they fail.
   */
  readonly isSparing?: boolean | undefined
  /** No blob is carried, but counted and looked for: for a target that goes with the run. */
  readonly isMeasuring?: boolean | undefined
  /** `false`: no blob is carried: the target gets names, history, and of contents what is small enough to lie in rows. */
  readonly withBlobs?: boolean | undefined
}

/** Somebody else's transactions came first. Never leaves this module. */
class Overtaken {
  readonly _tag = "Overtaken"
}

/** The target while transactions are added to it. */
class Receiving {
  readonly store: Store
  readonly pieces: Pieces
  state: State
  tries: Tries
  readonly carrier: BlobCarrier
  /** Which blobs of transactions stay where they are. */
  readonly leftOut: (rows: ReadonlyArray<Row>) => Effect.Effect<ReadonlySet<string>, StateError>

  /** Whether the target is to know what was left out: it is a copy that is read by itself. */
  readonly isNoting: boolean

  constructor(from: Copy, { pieces, state, store: target }: Copy, tries: Tries, options: ReplicateOptions) {
    const { store: source } = from
    this.isNoting = options.selection !== undefined
    this.leftOut =
      options.withBlobs === false
        ? (rows) => Effect.succeed(blobsOf(rows))
        : options.selection === undefined
          ? () => Effect.succeed(new Set())
          : leavingOut(from.state, options.selection)
    this.store = target
    this.pieces = pieces
    this.state = state
    this.tries = tries
    const isCondemned = (blob: string): boolean => condemnedBlobs(this.state.table).has(blob)
    this.carrier = new BlobCarrier(source, { store: target, isCondemned }, options)
  }
}

/** Checks whole transactions against everything that their hashes say; gives the state and the tries after them. */
const checked = (source: Store, { state, tries }: Receiving, rows: ReadonlyArray<Row>) =>
  Effect.tryPromise({
    try: async () => {
      let after = tries
      const transactions = transactionsOf(state.pondId, state.head, rows)
      for (const transaction of transactions) {
        const header = headerOf(transaction.rows[0]!)
        const events = transaction.rows
          .filter(({ kind, op }) => op > 0 && kind !== "extent")
          .map((row) => eventOf(row, header.timeMicros))
        if (events.length !== header.count)
          throw new TypeError(`it has ${events.length} events instead of ${header.count}`)
        if (eventsDigest(events) !== header.events)
          throw new TypeError("its events do not have the digest of its header")
        const before = new Namespace(state, header.txn - 1)
        await requireFit(before, events)
        const advanced = await advanceTries(after, state.index, before, events, header.txn)
        if (advanced.root !== header.root) throw new TypeError("the names after it do not have the root of its header")
        after = advanced.tries
        state.tail.add({ ...transaction, rows: transaction.rows.map(({ ...row }) => ({ ...row, content: null })) })
      }
      for (const row of rows) {
        if (row.extent_kind !== "inline" || row.content === null) continue
        if (row.content.length !== row.extent_length || toHex(hash(row.content)) !== row.extent_hash) {
          throw new TypeError(`the bytes in the row of op ${row.op} are not those of their hash`)
        }
      }
      return { tries: after, head: headAfter(state.head, transactions) }
    },
    catch: (cause) =>
      cause instanceof TypeError
        ? new HistoryTampered({ source: source.url, txn: rows[0]!.txn, why: cause.message })
        : damageOf("_index", cause)
  })

/** The blobs that rows name. */
const blobsOf = (rows: ReadonlyArray<Row>): Set<string> =>
  new Set(rows.flatMap(({ blob, outboard_blob }) => [blob, outboard_blob].filter((one) => one !== null)))

/** Puts the blobs of rows into the target; gives the rows with the names that they have there. */
const withBlobs = Effect.fnUntraced(function* (source: Store, receiving: Receiving, rows: ReadonlyArray<Row>) {
  const { carrier, store } = receiving
  const leftOut = yield* receiving.leftOut(rows)
  const needed = blobsOf(rows)
  for (const blob of needed) {
    // What is not carried is not looked at, but its name is kept.
    if (parseBlobName(blob) !== undefined) continue
    return yield* new HistoryTampered({
      source: source.url,
      txn: rows[0]!.txn,
      why: `${JSON.stringify(blob)} is no blob`
    })
  }
  for (const blob of leftOut) needed.delete(blob)
  if (receiving.isNoting) yield* noteLeftOut(store, { from: source.url, isDamaged: false }, leftOut)
  const { damaged, names } = yield* carrier.carry(needed)
  yield* noteLeftOut(store, { from: source.url, isDamaged: true }, damaged.keys())
  const renamed = (blob: string | null): string | null => (blob === null ? null : (names.get(blob) ?? blob))
  return rows.map((row) => ({ ...row, blob: renamed(row.blob), outboard_blob: renamed(row.outboard_blob) }))
})

/** Adds whole transactions to the target by one commit. */
const receive = Effect.fnUntraced(function* (source: Store, receiving: Receiving, rows: ReadonlyArray<Row>) {
  const { pieces, store } = receiving
  const { head, tries } = yield* checked(source, receiving, rows)
  const own = yield* withBlobs(source, receiving, rows)
  const info = yield* putDataFile(store, own, 0)
  const nowMs = yield* Clock.currentTimeMillis
  const content = {
    actions: [addAction(info, own, nowMs, false)],
    info: { pond: { txns: `${info.firstTxn}-${info.lastTxn}`, author: "", request: "replicated" } }
  }
  const txnBefore = receiving.state.head.txn
  const rebase = Effect.fnUntraced(function* (winners: ReadonlyArray<LogEntry>, table: TableSnapshot) {
    let state = receiving.state
    for (const winner of winners) state = yield* applyEntry(store, pieces, state, winner)
    if (state.head.txn !== txnBefore) return yield* Effect.fail(new Overtaken())
    receiving.state = { ...state, table }
    const isCondemned = condemnedBlobs(table)
    const isGone = own.some(({ blob, outboard_blob }) =>
      [blob, outboard_blob].some((one) => one !== null && isCondemned.has(one))
    )
    return isGone ? yield* Effect.fail(new Overtaken()) : content
  })
  const done = yield* commitLog(pondLog(store), receiving.state.table, {
    operation: "WRITE",
    ownFeatures: [OWN_FEATURE],
    ...content,
    rebase
  })
  const { state } = receiving
  receiving.state = { ...state, table: done.snapshot, head, files: [...state.files, info] }
  receiving.tries = tries
  if (receiving.state.tail.rowCount >= BATCH_ROWS) yield* publishNow(receiving)
})

/** Publishes the target's index, so that whoever opens it next reads little. */
const publishLast = ({ pieces, state, store, tries }: Receiving) => publish(store, pieces, state, tries)

/** Publishes the target's index, and goes on with what remains. */
const publishNow = Effect.fnUntraced(function* (receiving: Receiving) {
  const { pieces, store } = receiving
  yield* publishLast(receiving)
  receiving.state = yield* refreshState(store, pieces, receiving.state)
  receiving.tries = { txn: receiving.tries.txn, directories: new Map() }
})

/** Collects transactions into batches. */
class Batch {
  #rows: Array<Row> = []
  #bytes = 0

  /** Adds a transaction; gives a batch that is full. */
  add(transaction: ReadonlyArray<Row>): ReadonlyArray<Row> | undefined {
    for (const row of transaction) {
      this.#rows.push(row)
      this.#bytes += row.content?.length ?? 0
    }
    return this.#rows.length >= BATCH_ROWS || this.#bytes >= BATCH_BYTES ? this.take() : undefined
  }

  /** What was collected. */
  take(): ReadonlyArray<Row> | undefined {
    const rows = this.#rows
    this.#rows = []
    this.#bytes = 0
    return rows.length === 0 ? undefined : rows
  }
}

/** The whole transactions of a state after a txn, batch by batch, in bounded memory. */
const batchesAfter = (store: Store, { files, head }: State, txn: number) => {
  const transactions = new Transactions()
  const batch = new Batch()
  const span = { firstTxn: txn + 1, lastTxn: head.txn }
  const full = (complete: Iterable<ReadonlyArray<Row>>) =>
    Array.from(complete, (one) => batch.add(one)).filter((rows) => rows !== undefined)
  const rest = Stream.suspend(() => {
    const last = full(transactions.rest())
    const open = batch.take()
    return Stream.fromIterable(open === undefined ? last : [...last, open])
  })
  return Stream.fromIterable(files.filter(({ lastTxn }) => lastTxn > txn)).pipe(
    Stream.flatMap((info) => rowGroupsOfFile(store, info, span)),
    Stream.flatMap((rows) => Stream.fromIterable(full(transactions.add(rows)))),
    Stream.concat(rest)
  )
}

/** Carries what earlier runs did not: what was damaged, and what was left out where that is asked for. Forgets of it what came. */
const complete = Effect.fnUntraced(function* (
  source: Store,
  { store }: Copy,
  carrier: BlobCarrier,
  { isCompleting = false, isSparing = false }: ReplicateOptions
) {
  if (!isCompleting && !isSparing) return
  const absent = [...(yield* missingOf(store))].filter(([, { isDamaged }]) => isCompleting || isDamaged)
  const { damaged } = yield* carrier.carry(absent.map(([blob]) => blob))
  const kept = yield* noteLeftOut(store, { from: source.url, isDamaged: true }, damaged.keys())
  yield* settleLeftOut(store, isCompleting, kept)
})

const once = Effect.fnUntraced(function* (source: Store, target: Store, options: ReplicateOptions) {
  const origin = options.from ?? (yield* openCopy(source))
  const copy = options.to ?? (yield* openCopy(target))
  const { state: from } = origin
  const { state } = copy
  if (options.expectedRoot !== undefined && from.head.root !== options.expectedRoot) {
    return yield* new UnexpectedRoot({ source: source.url, expected: options.expectedRoot, found: tipOf(from) })
  }
  yield* requireSame(source, from, target, state)
  const relation = yield* relationOf(from, state)
  const tips = { source: tipOf(from), before: tipOf(state) }
  if (relation.state === "diverged") {
    return yield* new Diverged({
      source: source.url,
      target: target.url,
      sourceTip: tips.source,
      targetTip: tips.before
    })
  }
  const isAhead = relation.state === "ahead"
  const tries = isAhead ? yield* triesOf(state) : { txn: state.head.txn, directories: new Map() }
  const receiving = new Receiving(origin, copy, tries, options)
  const { carrier } = receiving
  const told = Effect.fnUntraced(function* () {
    const damaged = yield* damagedFilesOf({ ...copy, state: receiving.state }, carrier.damaged)
    return { relation, ...tips, after: tipOf(receiving.state), carried: carrier.carried, damaged } satisfies Replicated
  })
  if (!isAhead) {
    yield* complete(source, copy, carrier, options)
    return yield* told()
  }
  yield* Stream.runForEach(batchesAfter(source, from, state.head.txn), (rows) => receive(source, receiving, rows))
  yield* complete(source, copy, carrier, options)
  // What is carried is carried: an index that could not be published is made by whoever writes next.
  yield* Effect.catchCause(publishLast(receiving), (cause) =>
    Effect.logWarning("the index of the copy could not be published", cause)
  )
  return yield* told()
})

/**
 * Brings `target` up to `source`, which must be copies of one pond. Nothing is done where the target has everything, or more. Fails with
 * `ForeignPond`, `Diverged`, `UnexpectedRoot`, `HistoryTampered`, `BlobDamaged`, `TargetBusy` or what the stores say; the target then is what it was, or an
 * older state of the source.
 */
export const replicate = Effect.fn("tlogfs.replicate")(function* (
  source: Store,
  target: Store,
  options: ReplicateOptions = {}
) {
  let how = options
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const done = yield* Effect.catchTag(once(source, target, how), "Overtaken", () => Effect.void)
    if (done !== undefined) return done
    how = { ...options, from: undefined, to: undefined }
  }
  return yield* new TargetBusy({ target: target.url })
})
