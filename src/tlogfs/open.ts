/**
 * Opening a pond: from its newest publication and the log entries after it; without a usable one from the data files (R6, R9).
 *
 * The hint names the log entry that holds the newest publication, so nothing is listed and the history is not read. Whatever is wrong with
 * the hint or the publication, the table itself is opened instead; whatever is wrong with the index, `isRebuilt` leaves it aside.
 */
import { Effect, Option } from "effect"
import type { LogEntry } from "../delta/entry.ts"
import { LogDamaged, type MissingVersion, type NotATable, type UnsupportedFeature } from "../delta/errors.ts"
import { readEntry } from "../delta/log.ts"
import { openLog, refresh } from "../delta/open.ts"
import { domain, type Snapshot, sortedFiles } from "../delta/snapshot.ts"
import type { Store } from "../store/ObjectStore.ts"
import { NewerFormat, NotAPond } from "./errors.ts"
import type { Pieces } from "./index/pieces.ts"
import { dataFileOf, HEAD_HINT, taggedRows } from "./names.ts"
import { decodePublication, INDEX_DOMAIN, type Publication } from "./publication.ts"
import type { Row } from "./row.ts"
import { emptyRoot } from "../tinyfs/index.ts"
import {
  applyEntry,
  damageOf,
  emptyHead,
  headAfter,
  headOf,
  rowsOfFile,
  type State,
  type StateError,
  transactionsOf
} from "./state.ts"
import { FORMAT, identityOf, OWN_FEATURE, POND_DOMAIN, pondLog, tableOf } from "./table.ts"
import { Tail, type TailTxn } from "./tail.ts"

/** What opening and refreshing can fail with. */
export type OpenError =
  | NotAPond
  | NewerFormat
  | NotATable
  | MissingVersion
  | LogDamaged
  | UnsupportedFeature
  | StateError

const publicationIn = (entry: LogEntry): Publication | undefined => {
  for (const action of entry.actions) {
    if (!("domainMetadata" in action) || action.domainMetadata.domain !== INDEX_DOMAIN) continue
    const decoded = decodePublication(action.domainMetadata.configuration)
    if (decoded._tag === "Success") return decoded.value
  }
  return undefined
}

const hintedVersion = (bytes: Uint8Array): number | undefined => {
  const text = new TextDecoder().decode(bytes)
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** The state at the entry that the hint names; `None` when it leads nowhere. */
const openHinted = Effect.fnUntraced(function* (store: Store, pieces: Pieces) {
  const hint = yield* store.get(HEAD_HINT).pipe(Effect.option)
  const version = Option.isNone(hint) ? undefined : hintedVersion(hint.value)
  if (version === undefined) return Option.none<State>()
  const entry = yield* readEntry(pondLog(store), version, undefined).pipe(Effect.orElseSucceed(() => Option.none()))
  const publication = Option.isNone(entry) ? undefined : publicationIn(entry.value)
  if (publication === undefined || Option.isNone(entry)) return Option.none<State>()
  yield* requireFormat(store.url, publication.format)
  const later = yield* transactionsNamedBy(store, publication).pipe(Effect.option)
  if (Option.isNone(later)) return Option.none<State>()
  return Option.some<State>({
    table: tableOf(publication, entry.value),
    pondId: publication.pond,
    publication,
    index: pieces.reader(publication),
    tail: tailOf(later.value),
    files: publication.files,
    head: headAfter(headOf(publication), later.value)
  })
})

/** The transactions that came between a publication's state and its log entry: it names their data files. */
const transactionsNamedBy = Effect.fnUntraced(function* (store: Store, publication: Publication) {
  const rows: Array<Row> = []
  for (const info of publication.files) {
    if (info.lastTxn <= publication.txn) continue
    for (const one of yield* rowsOfFile(store, info)) if (one.txn > publication.txn) rows.push(one)
  }
  return yield* Effect.try({
    try: () => transactionsOf(publication.pond, headOf(publication), rows),
    catch: (cause) => damageOf("_index", cause)
  })
})

const tailOf = (transactions: ReadonlyArray<TailTxn>): Tail => {
  const tail = new Tail()
  for (const transaction of transactions) tail.add(transaction)
  return tail
}

const requireFormat = (url: string, format: number): Effect.Effect<void, NewerFormat> =>
  format > FORMAT ? Effect.fail(new NewerFormat({ url, format, known: FORMAT })) : Effect.void

/** The state of a table that was opened whole; `isRebuilt` leaves the published index aside. */
export const stateOf = Effect.fnUntraced(function* (store: Store, pieces: Pieces, table: Snapshot, isRebuilt: boolean) {
  const identity = identityOf(domain(table, POND_DOMAIN))
  if (identity === undefined) {
    return yield* new NotAPond({ url: store.url, why: "it is a Delta table of another kind" })
  }
  yield* requireFormat(store.url, identity.format)
  const decoded = isRebuilt ? undefined : decodePublication(domain(table, INDEX_DOMAIN))
  const publication = decoded?._tag === "Success" ? decoded.value : undefined
  const before = publication === undefined ? emptyHead(identity.id, emptyRoot()) : headOf(publication)
  const adds = yield* Effect.try({
    try: () =>
      sortedFiles(table)
        .map((add) => ({ add, info: dataFileOf(add) }))
        .toSorted((left, right) => left.info.firstTxn - right.info.firstTxn),
    catch: (cause) => damageOf("_delta_log", cause)
  })
  const rows: Array<Row> = []
  for (const { add, info } of adds) {
    if (info.lastTxn <= before.txn) continue
    const tagged = yield* Effect.try({ try: () => taggedRows(add), catch: (cause) => damageOf(info.file, cause) })
    for (const one of tagged ?? (yield* rowsOfFile(store, info))) if (one.txn > before.txn) rows.push(one)
  }
  const transactions = yield* Effect.try({
    try: () => transactionsOf(identity.id, before, rows),
    catch: (cause) => damageOf("_delta_log", cause)
  })
  const state: State = {
    table,
    pondId: identity.id,
    publication,
    index: pieces.reader(publication),
    tail: tailOf(transactions),
    files: adds.map(({ info }) => info),
    head: headAfter(before, transactions)
  }
  return state
})

/** The state after what others committed since. */
export const refreshState = Effect.fnUntraced(function* (
  store: Store,
  pieces: Pieces,
  state: State
): Effect.fn.Return<State, OpenError> {
  const entries: Array<LogEntry> = []
  const table = yield* refresh(pondLog(store), state.table, { onEntry: (entry) => entries.push(entry) })
  let next = state
  for (const entry of entries) next = yield* applyEntry(store, pieces, next, entry)
  return Option.isNone(table) || entries.length === 0 ? next : { ...next, table: table.value }
})

/** What a log is that has no seals and names no pond. */
export const FOREIGN = "it is a Delta table of another program"

/** Whether a log whose entries have no seals is that of another program: read without them, it names no pond. */
export const isForeign = (store: Store): Effect.Effect<boolean> =>
  openLog({ store, seal: undefined }).pipe(
    Effect.map((table) => domain(table, POND_DOMAIN) === undefined && !isOwn(table)),
    Effect.orElseSucceed(() => false)
  )

const isOwn = ({ protocol }: Snapshot): boolean => protocol.writerFeatures?.includes(OWN_FEATURE) === true

/** The same damage, with what to do about it in a pond. */
const advised = ({ file, url, version, why }: LogDamaged): LogDamaged =>
  new LogDamaged({
    url,
    version,
    file,
    why,
    advice:
      "Restore that file from a copy. `pond fsck` names everything that is damaged; " +
      "where it is the newest entry alone, `pond fsck --repair` makes it again, or puts it aside"
  })

/** Opens the newest state of the pond in a store. */
export const openState = Effect.fn("tlogfs.open")(function* (
  store: Store,
  pieces: Pieces,
  isRebuilt = false
): Effect.fn.Return<State, OpenError> {
  const hinted = isRebuilt ? Option.none<State>() : yield* openHinted(store, pieces)
  if (Option.isSome(hinted)) {
    return yield* refreshState(store, pieces, hinted.value).pipe(
      Effect.catchTag("LogDamaged", (damage) => Effect.fail(advised(damage)))
    )
  }
  const table = yield* openLog(pondLog(store)).pipe(
    Effect.catchTags({
      NotATable: () => Effect.fail(new NotAPond({ url: store.url, why: "there is no log in it" })),
      LogDamaged: (damage) =>
        Effect.flatMap(isForeign(store), (foreign) =>
          Effect.fail(foreign ? new NotAPond({ url: store.url, why: FOREIGN }) : advised(damage))
        )
    })
  )
  return yield* stateOf(store, pieces, table, isRebuilt)
})
