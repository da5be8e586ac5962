/**
 * fsck: proves that every object of a pond is what the log says, and names every damage (R2, R4, R6, R7).
 *
 * Nothing is repaired and nothing is written. The order is that of trust: the log's seals, the data files' hashes, the transactions'
 * digests, chain and roots, the contents, and last what is derived. A damaged part never hides the rest.
 */
import { Effect, HashMap, type Scope, Stream } from "effect"
import { domain, type Snapshot } from "../../delta/snapshot.ts"
import type { StoreError } from "../../store/errors.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { emptyRoot } from "../../tinyfs/index.ts"
import { blobKey } from "../content/blob.ts"
import { NewerFormat, NotAPond } from "../errors.ts"
import { HEAD_HINT, outboardName } from "../names.ts"
import { decodePublication, INDEX_DOMAIN, type Publication } from "../publication.ts"
import type { Row } from "../row.ts"
import { FORMAT, identityOf, POND_DOMAIN } from "../table.ts"
import { checkContents } from "./contents.ts"
import { dataFilesOf, transactionsOfFile } from "./data.ts"
import { Findings, type FsckReport } from "./finding.ts"
import { Fold, foldTransaction } from "./history.ts"
import { checkIndex } from "./index.ts"
import { checkLog, foreignObjects } from "./log.ts"
import { RowsByNode } from "./rows.ts"

/** What is left to say of a pond whose log makes no table. */
const NOTHING = { txn: 0, chain: "", dataFiles: 0, transactions: 0, nodes: 0, contents: 0, contentBytes: 0 }

/** The newest publication of a table, if there is one; noted when it makes no sense. */
const publicationOf = (table: Snapshot, findings: Findings): Publication | undefined => {
  const configuration = domain(table, INDEX_DOMAIN)
  if (configuration === undefined) return undefined
  const decoded = decodePublication(configuration)
  if (decoded._tag === "Success") return decoded.value
  findings.add(
    "index",
    "_index",
    "the log describes it in a way that makes no sense: it is made anew whenever the pond is opened"
  )
  return undefined
}

/** Checks the pond in a store. `isQuick` reads no blob, and tells of them only whether they are there. */
export const fsck = Effect.fn("tlogfs.fsck")(function* (
  store: Store,
  isQuick = false
): Effect.fn.Return<FsckReport, NotAPond | NewerFormat | StoreError, Scope.Scope> {
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
  const publication = publicationOf(table, findings)
  const fold = new Fold(identity.id, findings)
  const rows = yield* Effect.acquireRelease(
    Effect.sync(() => new RowsByNode()),
    (held) => Effect.sync(() => held.close())
  )
  let transactions = 0
  let published = fold.state
  const take = Effect.fnUntraced(function* (transaction: ReadonlyArray<Row>) {
    const follows = yield* Effect.promise(() => foldTransaction(fold, identity.id, transaction, findings))
    if (follows) transactions += 1
    if (fold.head.txn === publication?.txn) published = fold.state
    const [first] = transaction
    if (first?.kind === "txn") rows.addHeader(first, fold.head.chain)
    for (const row of transaction) if (row.node_id !== null) rows.add({ row, timeMicros: fold.head.timeMicros })
  })
  for (const file of files) yield* Stream.runForEach(transactionsOfFile(store, file, findings), take)
  const { contentBytes, contents } = yield* checkContents(store, rows, isQuick, findings)
  if (publication !== undefined && published.head.chain !== publication.chain) {
    findings.add("index", "_index", "it was published for another history")
  } else if (publication !== undefined) yield* checkIndex(store, publication, rows, published.tries, findings)
  const known = new Set<string>([HEAD_HINT])
  for (const { info } of files) known.add(info.file).add(outboardName(info.outboard ?? ""))
  for (const info of publication?.pieces ?? []) known.add(info.file).add(outboardName(info.outboard ?? ""))
  for (const path of HashMap.keys(table.tombstones)) known.add(path)
  for (const blob of rows.blobs) known.add(blobKey(blob))
  yield* foreignObjects(store, (key) => known.has(key), findings)
  return {
    txn: fold.head.txn,
    root: fold.head.root,
    chain: fold.head.chain,
    entries,
    dataFiles: files.length,
    transactions,
    nodes: fold.nodes.size - 1,
    contents,
    contentBytes,
    isQuick,
    findings: findings.all
  }
}, Effect.scoped)
