/**
 * The state of an open pond: the newest publication, the transactions after it, and the head. Immutable; each log entry makes a new one.
 */
import { Effect, Stream } from "effect"
import type { LogEntry } from "../delta/entry.ts"
import type { Snapshot } from "../delta/snapshot.ts"
import type { ObjectMissing, StoreError } from "../store/errors.ts"
import type { Store } from "../store/ObjectStore.ts"
import { genesis, headerHash } from "../tinyfs/index.ts"
import { readDataFile, readRowGroups, type RowQuery } from "./datafile.ts"
import { byTransaction, headerOf } from "./event-row.ts"
import type { Pieces } from "./index/pieces.ts"
import type { IndexReader } from "./index/reader.ts"
import { dataFileOf, outboardName, taggedRows } from "./names.ts"
import { type DataFileInfo, decodePublication, INDEX_DOMAIN, type Publication } from "./publication.ts"
import type { Row } from "./row.ts"
import { Tail, type TailTxn } from "./tail.ts"
import { ObjectDamaged, verifiedFile } from "./verified.ts"

/** The newest transaction. */
export interface Head {
  readonly txn: number
  readonly chain: string
  readonly root: string
  readonly timeMicros: number
}

/** An open pond at a version of its log. */
export interface State {
  /** The table at the newest version that was applied: what a commit needs of it, tombstones left out. */
  readonly table: Snapshot
  readonly pondId: string
  readonly publication: Publication | undefined
  readonly index: IndexReader
  readonly tail: Tail
  /** Live data files, oldest txn first. */
  readonly files: ReadonlyArray<DataFileInfo>
  readonly head: Head
}

/** What reading the log can fail with here. */
export type StateError = ObjectDamaged | ObjectMissing | StoreError

/** The head of a pond without transactions. `root` is that of an empty root directory. */
export const emptyHead = (pondId: string, root: string): Head => ({
  txn: 0,
  chain: genesis(pondId),
  root,
  timeMicros: 0
})

/** The head that a publication describes. */
export const headOf = ({ chain, root, timeMicros, txn }: Publication): Head => ({ txn, chain, root, timeMicros })

/** The data file that holds the rows of a txn. */
export const fileOf = (files: ReadonlyArray<DataFileInfo>, txn: number): DataFileInfo | undefined => {
  let low = 0
  let high = files.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (files[middle]!.lastTxn < txn) low = middle + 1
    else high = middle
  }
  const found = files[low]
  return found !== undefined && found.firstTxn <= txn ? found : undefined
}

/** Opens a data file for reading; its bytes check themselves. */
export const openDataFile = (store: Store, info: DataFileInfo) =>
  verifiedFile(store, {
    key: info.file,
    sizeBytes: info.sizeBytes,
    hash: info.hash,
    ...(info.outboard === undefined ? {} : { outboardKey: outboardName(info.outboard) })
  })

/** Reads the rows of a data file, contents left out unless asked for. */
export const rowsOfFile = Effect.fnUntraced(function* (
  store: Store,
  info: DataFileInfo,
  query: { readonly firstTxn?: number; readonly lastTxn?: number; readonly withContent?: boolean } = {}
): Effect.fn.Return<ReadonlyArray<Row>, StateError> {
  const file = yield* openDataFile(store, info)
  const { withContent = false, ...span } = query
  return yield* Effect.tryPromise({
    try: () => readDataFile(file, { ...span, withoutContent: !withContent }),
    catch: (cause) => damageOf(info.file, cause)
  })
})

/** Reads the rows of a data file row group by row group, in bounded memory; contents are there unless left out. */
export const rowGroupsOfFile = (
  store: Store,
  info: DataFileInfo,
  query: RowQuery = {}
): Stream.Stream<ReadonlyArray<Row>, StateError> =>
  Stream.unwrap(
    Effect.map(openDataFile(store, info), (file) =>
      Stream.fromAsyncIterable(readRowGroups(file, query), (cause) => damageOf(info.file, cause))
    )
  )

/** What a failed decoding means: the store's own errors stay, anything else is damage of that object. */
export const damageOf = (key: string, cause: unknown): StateError =>
  cause instanceof Error && "_tag" in cause
    ? (cause as StateError)
    : new ObjectDamaged({ key, why: cause instanceof Error ? cause.message : String(cause) })

/** Rows as transactions, each chained to the one before. Throws a `TypeError` where the chain is broken. */
export const transactionsOf = (pondId: string, after: Head, rows: ReadonlyArray<Row>): ReadonlyArray<TailTxn> => {
  const transactions: Array<TailTxn> = []
  let parent = after
  for (const own of byTransaction(rows)) {
    const header = headerOf(own[0]!)
    if (header.txn !== parent.txn + 1) throw new TypeError(`txn ${header.txn} follows txn ${parent.txn}`)
    if (header.parent !== parent.chain) throw new TypeError(`txn ${header.txn} does not follow the txn before it`)
    parent = { txn: header.txn, chain: headerHash(header, pondId), root: header.root, timeMicros: header.timeMicros }
    transactions.push({ ...parent, rows: own })
  }
  return transactions
}

/** The head after transactions. */
export const headAfter = (before: Head, transactions: ReadonlyArray<TailTxn>): Head => {
  const last = transactions[transactions.length - 1]
  return last === undefined
    ? before
    : { txn: last.txn, chain: last.chain, root: last.root, timeMicros: last.timeMicros }
}

/** The state after one more log entry; the caller moves `table` on. */
export const applyEntry = Effect.fnUntraced(function* (
  store: Store,
  pieces: Pieces,
  state: State,
  entry: LogEntry
): Effect.fn.Return<State, StateError> {
  const removed = new Set<string>()
  const added: Array<DataFileInfo> = []
  const fresh: Array<Row> = []
  let publication: Publication | undefined
  for (const action of entry.actions) {
    if ("remove" in action) removed.add(action.remove.path)
    if ("domainMetadata" in action && action.domainMetadata.domain === INDEX_DOMAIN) {
      const decoded = decodePublication(action.domainMetadata.configuration)
      if (decoded._tag === "Success") publication = decoded.value
    }
    if (!("add" in action)) continue
    const { add } = action
    const info = yield* decoding(add.path, () => dataFileOf(add))
    added.push(info)
    if (!add.dataChange) continue
    const tagged = yield* decoding(add.path, () => taggedRows(add))
    for (const one of tagged ?? (yield* rowsOfFile(store, info))) fresh.push(one)
  }
  const transactions = yield* decoding(`_delta_log entry ${entry.version}`, () =>
    transactionsOf(state.pondId, state.head, fresh)
  )
  for (const transaction of transactions) state.tail.add(transaction)
  const files = [...state.files.filter(({ file }) => !removed.has(file)), ...added]
  const next: State = {
    ...state,
    files: removed.size === 0 ? files : files.toSorted((left, right) => left.firstTxn - right.firstTxn),
    head: headAfter(state.head, transactions)
  }
  return publication === undefined ? next : withPublication(next, pieces, publication)
})

/** The same state seen through a newer publication. */
export const withPublication = (state: State, pieces: Pieces, publication: Publication): State => {
  if (publication.txn < (state.publication?.txn ?? 0)) return state
  const tail = new Tail()
  for (const transaction of state.tail.transactions) if (transaction.txn > publication.txn) tail.add(transaction)
  return { ...state, publication, index: pieces.reader(publication), tail }
}

const decoding = <A>(key: string, attempt: () => A): Effect.Effect<A, StateError> =>
  Effect.try({ try: attempt, catch: (cause) => damageOf(key, cause) })
