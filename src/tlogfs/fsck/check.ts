/**
 * fsck: proves that every object of a pond is what the log says, and names every damage (R2, R4, R6, R7).
 *
 * Nothing is repaired and nothing is written. The order is that of trust: the log's seals, the data files' hashes, the transactions'
 * digests, chain and roots, the contents, and last what is derived. A damaged part never hides the rest.
 */
import { Effect, HashMap } from "effect"
import { domain } from "../../delta/snapshot.ts"
import type { StoreError } from "../../store/errors.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { NewerFormat, NotAPond } from "../errors.ts"
import { HEAD_HINT, outboardName } from "../names.ts"
import { decodePublication, INDEX_DOMAIN } from "../publication.ts"
import type { Row } from "../row.ts"
import { transactionsOf } from "../state.ts"
import { FORMAT, identityOf, POND_DOMAIN } from "../table.ts"
import type { TailTxn } from "../tail.ts"
import { emptyRoot } from "../../tinyfs/index.ts"
import { checkContents } from "./contents.ts"
import { checkIndex, dataFilesOf, rowsOf } from "./data.ts"
import { Findings, type FsckReport } from "./finding.ts"
import { Fold, foldHistory } from "./history.ts"
import { checkLog, foreignObjects } from "./log.ts"

/** What is left to say of a pond whose log makes no table. */
const NOTHING = { txn: 0, chain: "", dataFiles: 0, transactions: 0, nodes: 0, contents: 0, contentBytes: 0 }

/** Checks the pond in a store. `isQuick` reads no blob, and tells of them only whether they are there. */
export const fsck = Effect.fn("tlogfs.fsck")(function* (
  store: Store,
  isQuick = false
): Effect.fn.Return<FsckReport, NotAPond | NewerFormat | StoreError> {
  const findings = new Findings()
  const { entries, table } = yield* checkLog(store, findings)
  const identity = table === undefined ? undefined : identityOf(domain(table, POND_DOMAIN))
  if (table === undefined || identity === undefined) {
    // A log whose beginning is damaged makes no table: that is what there is to tell.
    if (findings.all.length > 0) return { ...NOTHING, root: emptyRoot(), entries, isQuick, findings: findings.all }
    return yield* new NotAPond({ url: store.url, why: "its log holds no pond" })
  }
  if (identity.format > FORMAT) {
    return yield* new NewerFormat({ url: store.url, format: identity.format, known: FORMAT })
  }
  const files = dataFilesOf(table, findings)
  const published = decodePublication(domain(table, INDEX_DOMAIN))
  const publication = published._tag === "Success" ? published.value : undefined
  const fold = new Fold(identity.id, findings)
  const rows: Array<Row> = []
  const transactions: Array<TailTxn> = []
  let publishedTries = publication === undefined ? undefined : fold.tries
  for (const file of files) {
    const some = yield* rowsOf(store, file, findings)
    for (const batch of byTransaction(some)) {
      const before = fold.head
      yield* Effect.promise(() => foldHistory(fold, identity.id, batch, findings))
      if (fold.head.txn > before.txn)
        for (const one of transactionsOf(identity.id, before, batch)) transactions.push(one)
      if (fold.head.txn === publication?.txn) publishedTries = fold.tries
    }
    for (const row of some) rows.push(row)
  }
  const { contentBytes, contents } = yield* checkContents(store, rows, isQuick, findings)
  if (publication !== undefined && publishedTries !== undefined) {
    const upTo = transactions.filter(({ txn }) => txn <= publication.txn)
    const state = { table, pondId: identity.id, files: files.map(({ info }) => info), head: fold.head }
    const head = upTo.at(-1)
    if (head?.chain !== publication.chain) findings.add("index", "_index", "it was published for another history")
    else yield* checkIndex(store, publication, upTo, { ...state, head }, publishedTries, findings)
  }
  const known = new Set<string>([HEAD_HINT])
  for (const { info } of files) known.add(info.file).add(outboardName(info.outboard ?? ""))
  for (const info of publication?.pieces ?? []) known.add(info.file).add(outboardName(info.outboard ?? ""))
  for (const path of HashMap.keys(table.tombstones)) known.add(path)
  for (const row of rows)
    for (const blob of [row.blob, row.outboard_blob]) if (blob !== null) known.add(blobKeyOf(blob))
  yield* foreignObjects(store, (key) => known.has(key), findings)
  return {
    txn: fold.head.txn,
    root: fold.head.root,
    chain: fold.head.chain,
    entries,
    dataFiles: files.length,
    transactions: transactions.length,
    nodes: fold.nodes.size - 1,
    contents,
    contentBytes,
    isQuick,
    findings: findings.all
  }
})

const blobKeyOf = (blob: string): string => `_blobs/${blob.slice(0, 2)}/${blob}`

function* byTransaction(rows: ReadonlyArray<Row>): Generator<ReadonlyArray<Row>> {
  for (let at = 0; at < rows.length;) {
    let end = at + 1
    while (end < rows.length && rows[end]!.txn === rows[at]!.txn) end += 1
    yield rows.slice(at, end)
    at = end
  }
}
