/**
 * The engine: one open pond, its newest state, and the one place where transactions become Delta commits.
 *
 * - A commit is a data file, then a log entry by put-if-absent; it is acknowledged when the entry is durable (R2, R3).
 * - A lost race is settled by what the transaction read: others' transactions that touched none of it are put under it, otherwise it is a
 *   `TransactionConflict`. Maintenance runs after the acknowledgement, and its failure is a warning.
 * - Within one process commits go one after another; between processes correctness rests on put-if-absent alone.
 */
import { Clock, type Context, Effect, Semaphore } from "effect"
import { type CommitContent, commitLog } from "../delta/commit.ts"
import type { LogEntry } from "../delta/entry.ts"
import { writeCheckpoint } from "../delta/checkpoint.ts"
import { readHint } from "../delta/log.ts"
import { openLog } from "../delta/open.ts"
import type { Snapshot as TableSnapshot } from "../delta/snapshot.ts"
import { randomUuid } from "../delta/uuid.ts"
import type { ObjectMissing } from "../store/errors.ts"
import type { Store } from "../store/ObjectStore.ts"
import {
  type Change,
  type Committed,
  type Draft,
  emptyRoot,
  type ReadError,
  TransactionConflict
} from "../tinyfs/index.ts"
import { decode } from "cborg"
import { headerOf } from "./event-row.ts"
import { header as headerKey } from "./index/keys.ts"
import { Pieces } from "./index/pieces.ts"
import { addAction } from "./names.ts"
import { type AskNamespace, Namespace, namesAt } from "./namespace.ts"
import { type OpenError, openState, refreshState } from "./open.ts"
import { makeDataFile, publish } from "./publish.ts"
import { type Physical, type Row, rowOfValues, withoutContent } from "./row.ts"
import { applyEntry, damageOf, emptyHead, fileOf, type Head, rowsOfFile, type State } from "./state.ts"
import { OWN_FEATURE, pondLog } from "./table.ts"
import { type Made, makeTransaction, rowCollision } from "./transaction-rows.ts"
import type { Tries } from "./tries.ts"
import { carryTries } from "./carry.ts"
import { promiseOf } from "./verified.ts"

/** When to publish: transactions in the tail, fewer where each costs whoever opens the pond a slow request; or rows. */
const TAIL_TXNS_MAX = 64
const REMOTE_TAIL_TXNS_MAX = 8
const TAIL_ROWS_MAX = 10_000
/** When to write a checkpoint: entries since the last one, at least this many, and a share of its actions. */
const CHECKPOINT_ENTRIES_MIN = 64
const CHECKPOINT_SHARE = 0.25
/** Most bytes of rows that are kept until their data files are merged; contents count, and each row something besides. */
const WRITTEN_BYTES_MAX = 8 * 1024 * 1024
const ROW_BYTES = 1024

/** Where the bytes of staged changes are, in order; what is not published yet is published by asking. */
export type PhysicalOf = (
  changes: ReadonlyArray<Change>
) => Effect.Effect<ReadonlyArray<ReadonlyArray<Physical>>, ReadError | TransactionConflict>

/** One open pond. */
export class Engine {
  readonly store: Store
  readonly pieces: Pieces
  readonly #commits = Semaphore.makeUnsafe(1)
  #state: State
  #tries: Tries | undefined
  #rebuilt: State | undefined
  /** Rows of own data files since the last publication, so that merging does not read them back. */
  #written = new Map<string, ReadonlyArray<Row>>()
  #writtenBytes = 0
  /** Whether the table of the state has its tombstones, as a checkpoint must. */
  #isTableWhole = false
  #lastCheckpointActions = 0

  private constructor(store: Store, pieces: Pieces, state: State) {
    this.store = store
    this.pieces = pieces
    this.#state = state
  }

  /** Opens the pond in a store. */
  static readonly open = Effect.fnUntraced(function* (store: Store) {
    const pieces = new Pieces(store, yield* Effect.context())
    return new Engine(store, pieces, yield* openState(store, pieces))
  })

  /** The newest state that is known. */
  get state(): State {
    return this.#state
  }

  /** Looks for what others committed. */
  readonly refresh = Effect.suspend(() => this.#commits.withPermit(this.#refresh()))

  #refresh() {
    return Effect.map(refreshState(this.store, this.pieces, this.#state), (state) => (this.#state = state))
  }

  /**
   * Names and histories at a txn, as the newest state has them now: later publications do not disturb who asks. `isRebuilt` leaves the
   * published index aside. Rejects with what the objects of the pond say.
   */
  namespaceAt(txn: number): AskNamespace {
    const known = this.#state
    const made = new Map<boolean, Promise<Namespace>>()
    const make = async (isRebuilt: boolean, context: Context.Context<never>): Promise<Namespace> => {
      const state = isRebuilt ? await promiseOf(context, this.#rebuild()) : known
      if (txn >= (state.publication?.txn ?? 0)) return new Namespace(state, txn)
      return new Namespace(await namesAt(state, txn), txn, state)
    }
    return (isRebuilt, context) => {
      const before = made.get(isRebuilt)
      if (before !== undefined) return before
      const namespace = make(isRebuilt, context)
      made.set(isRebuilt, namespace)
      namespace.catch(() => made.delete(isRebuilt))
      return namespace
    }
  }

  /** The head as it was after a txn; without a usable index, from the data files. */
  headAt(txn: number): Effect.Effect<Head | undefined, OpenError> {
    const once = (state: State) =>
      Effect.tryPromise({ try: () => this.#headAt(state, txn), catch: (cause) => damageOf("_index", cause) })
    return once(this.#state).pipe(
      Effect.catchTag(["ObjectDamaged", "ObjectMissing"], () => Effect.flatMap(this.#rebuild(), once))
    )
  }

  async #headAt({ index, pondId, tail }: State, txn: number): Promise<Head | undefined> {
    if (txn === 0) return emptyHead(pondId, emptyRoot())
    const recent = tail.transactions.find((one) => one.txn === txn)
    if (recent !== undefined) return { txn, chain: recent.chain, root: recent.root, timeMicros: recent.timeMicros }
    const value = await index.get(headerKey(txn))
    if (value === undefined) return undefined
    const [values, chain] = decode(value) as [unknown, string]
    const { root, timeMicros } = headerOf(rowOfValues(values))
    return { txn, chain, root, timeMicros }
  }

  /** The state without the published index, made from the data files; kept until something is committed. */
  #rebuild() {
    return Effect.gen({ self: this }, function* () {
      if (this.#rebuilt === undefined || this.#rebuilt.head.txn !== this.#state.head.txn) {
        yield* Effect.logWarning(
          `the index of ${this.store.url} is damaged or missing: it is made anew from the data files`
        )
        this.#rebuilt = yield* openState(this.store, this.pieces, true)
      }
      return this.#rebuilt
    })
  }

  /** The tries at the head: those of the last commit, or made from the index and the tail. */
  async #triesAtHead(): Promise<Tries> {
    return (this.#tries = await carryTries(this.#state, this.#tries))
  }

  /** Makes a draft the next transaction. */
  commit(draft: Draft, physicalOf: PhysicalOf) {
    return this.#commits.withPermit(
      Effect.gen({ self: this }, function* () {
        // No look at the log first: what others committed since the draft began loses them the race, and is met by `rebase`.
        const nonce = (yield* randomUuid).replaceAll("-", "")
        let made = yield* this.#make(draft, nonce, physicalOf)
        const rebase = (winners: ReadonlyArray<LogEntry>, table: TableSnapshot) =>
          Effect.gen({ self: this }, function* () {
            let state = this.#state
            for (const winner of winners) state = yield* applyEntry(this.store, this.pieces, state, winner)
            this.#state = { ...state, table }
            made = yield* this.#make(draft, nonce, physicalOf)
            return made.content
          })
        const done = yield* commitLog(pondLog(this.store), this.#state.table, {
          operation: "WRITE",
          ownFeatures: [OWN_FEATURE],
          ...made.content,
          rebase
        })
        this.#adopt(made, done.snapshot)
        yield* this.#maintain()
        return made.committed satisfies Committed
      })
    )
  }

  /** Takes over an own commit without reading it back. */
  #adopt({ head, info, rows, tailTxn, tries }: MadeFile, table: State["table"]): void {
    this.#state.tail.add({ ...tailTxn, rows: tailTxn.rows.map(withoutContent) })
    this.#state = { ...this.#state, table, head, files: [...this.#state.files, info] }
    this.#tries = tries
    const bytes = rows.reduce((sum, { content }) => sum + ROW_BYTES + (content?.length ?? 0), 0)
    if (this.#writtenBytes + bytes > WRITTEN_BYTES_MAX) return
    this.#written.set(info.file, rows)
    this.#writtenBytes += bytes
  }

  /** Events, header, rows and data file of a draft on top of the newest state. */
  #make(draft: Draft, nonce: string, physicalOf: PhysicalOf) {
    return Effect.gen({ self: this }, function* () {
      yield* this.#requireNoCollision(draft)
      const physical = yield* physicalOf(draft.changes)
      const nowMs = yield* Clock.currentTimeMillis
      const made = yield* this.#withIndex(async () => {
        const tries = await this.#triesAtHead()
        const { head, pondId } = this.#state
        const nowMicros = Math.floor(nowMs * 1000)
        return makeTransaction(draft, { pondId, head, layers: this.#state, tries, nowMicros, nonce, physical })
      })
      const { files, info } = yield* makeDataFile(this.store, made.rows, 0)
      const txns = `${info.firstTxn}-${info.lastTxn}`
      const content: CommitContent = {
        actions: [addAction(info, made.rows, nowMs, false)],
        info: { pond: { txns, author: draft.author, request: draft.request } },
        files
      }
      return { ...made, info, content }
    })
  }

  /** Does what rests on the index; when that is damaged, once more without it (R6). */
  #withIndex<A>(work: () => Promise<A>): Effect.Effect<A, OpenError> {
    const once = Effect.tryPromise({ try: work, catch: (cause) => damageOf("_index", cause) })
    return once.pipe(
      Effect.catchTag(["ObjectDamaged", "ObjectMissing"], () =>
        Effect.andThen(
          Effect.map(this.#rebuild(), (state) => {
            this.#state = state
            this.#tries = undefined
          }),
          once
        )
      )
    )
  }

  /** Fails when a transaction after the draft's base changed what the draft rests on. */
  #requireNoCollision(draft: Draft) {
    return Effect.gen({ self: this }, function* () {
      const { head } = this.#state
      if (head.txn === draft.base.txn) return
      for (const row of yield* this.rowsBetween(draft.base.txn + 1, head.txn)) {
        const what = rowCollision(draft, row)
        if (what !== undefined) {
          return yield* new TransactionConflict({ url: this.store.url, base: draft.base.txn, winner: row.txn, what })
        }
      }
    })
  }

  /** The rows of transactions, without contents, in order. */
  rowsBetween(firstTxn: number, lastTxn: number) {
    return Effect.gen({ self: this }, function* () {
      const { files, tail } = this.#state
      const rows: Array<Row> = []
      const tailFirst = tail.transactions[0]?.txn ?? Number.POSITIVE_INFINITY
      let txn = firstTxn
      while (txn <= Math.min(lastTxn, tailFirst - 1)) {
        const info = fileOf(files, txn)
        if (info === undefined) break
        for (const row of yield* rowsOfFile(this.store, info, { firstTxn: txn, lastTxn })) rows.push(row)
        txn = info.lastTxn + 1
      }
      for (const transaction of tail.transactions) {
        if (transaction.txn < txn || transaction.txn > lastTxn) continue
        for (const row of transaction.rows) rows.push(row)
      }
      return rows
    })
  }

  /** Maintenance that is due; what goes wrong with it is a warning. */
  #maintain() {
    return Effect.suspend(() => {
      const { rowCount, transactions } = this.#state.tail
      const mostTxns = this.store.capabilities.remote ? REMOTE_TAIL_TXNS_MAX : TAIL_TXNS_MAX
      return transactions.length < mostTxns && rowCount < TAIL_ROWS_MAX ? Effect.void : this.#publish()
    }).pipe(
      // Somebody else published or merged at the same moment: then it is done.
      Effect.catchTags({
        CommitConflict: (conflict) => Effect.logDebug(conflict.message),
        ObjectMissing: (missing) => this.#missing(missing)
      }),
      Effect.catchCause((cause) => Effect.logWarning("maintenance after a commit failed; the commit stands", cause))
    )
  }

  /** What was to be merged is gone: where somebody else merged it, and waited for nobody, that is as good. */
  #missing(missing: ObjectMissing) {
    return Effect.gen({ self: this }, function* () {
      yield* this.#refresh()
      if (this.#state.files.some(({ file }) => file === missing.key)) return yield* missing
      yield* Effect.logDebug(`${missing.key} was merged by another process`)
    })
  }

  #publish() {
    return Effect.gen({ self: this }, function* () {
      const tries = yield* this.#withIndex(() => this.#triesAtHead())
      yield* publish(this.store, this.pieces, this.#state, tries, this.#written)
      this.#written = new Map()
      this.#writtenBytes = 0
      // Others may have committed in between: the log tells in which order.
      yield* this.#refresh()
      this.#tries = { txn: tries.txn, directories: new Map() }
      yield* this.#checkpoint()
    })
  }

  #checkpoint() {
    return Effect.gen({ self: this }, function* () {
      const log = pondLog(this.store)
      const hint = yield* readHint(log)
      const entries = this.#state.table.version - (hint._tag === "Some" ? hint.value.version : -1)
      const actions = hint._tag === "Some" ? this.#lastCheckpointActions : 0
      if (entries < Math.max(CHECKPOINT_ENTRIES_MIN, CHECKPOINT_SHARE * actions)) return
      const { table } = this.#state
      const written = yield* writeCheckpoint(log, this.#isTableWhole ? table : yield* openLog(log))
      this.#lastCheckpointActions = written.actions
      if (written.version !== table.version) return
      this.#state = { ...this.#state, table: written.snapshot }
      this.#isTableWhole = true
    })
  }
}

/** A made transaction with its data file. */
type MadeFile = Made & { readonly info: State["files"][number]; readonly content: CommitContent }
