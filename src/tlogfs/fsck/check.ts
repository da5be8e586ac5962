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
import { PROBE_KEY } from "../../store/probe.ts"
import { emptyRoot } from "../../tinyfs/index.ts"
import { blobKey } from "../content/blob.ts"
import { NewerFormat, NotAPond } from "../errors.ts"
import type { SortingFailed } from "../index/scratch.ts"
import { HEAD_HINT, outboardName } from "../names.ts"
import { decodePublication, INDEX_DOMAIN, type Publication } from "../publication.ts"
import { LEFT_OUT_FOLDER } from "../replicate/left-out.ts"
import type { Row } from "../row.ts"
import type { Head } from "../state.ts"
import { FORMAT, identityOf, POND_DOMAIN } from "../table.ts"
import { checkContents } from "./contents.ts"
import { dataFilesOf, transactionsOfFile } from "./data.ts"
import { Findings, type FsckReport } from "./finding.ts"
import { Fold, foldTransaction } from "./history.ts"
import { checkIndex, heldOf, type TriesHeld } from "./index.ts"
import { checkImports, isOfImport } from "./imports.ts"
import { checkLog, foreignObjects } from "./log.ts"
import { RowsByNode, sorting } from "./rows.ts"
import { surveyed } from "./survey.ts"

/** What is left to say of a pond whose log makes no table. */
const NOTHING = { txn: 0, chain: "", dataFiles: 0, transactions: 0, nodes: 0, contents: 0, contentBytes: 0, leftOut: 0 }

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

/** What the rows say, when they are folded. */
interface History {
  readonly head: Head
  readonly transactions: number
  readonly nodes: number
  /** The chain at the txn of the newest publication, and what the index holds of the tries then. */
  readonly published: { readonly chain: string; readonly tries: TriesHeld }
}

/** Folds all transactions, and gives their rows on. The names are in memory only until it ends. */
const checkHistory = Effect.fnUntraced(function* (
  pondId: string,
  transactions: Stream.Stream<ReadonlyArray<Row>>,
  rows: RowsByNode,
  publishedTxn: number,
  findings: Findings
): Effect.fn.Return<History, SortingFailed> {
  const fold = new Fold(pondId, findings)
  const held = () => ({ chain: fold.head.chain, tries: heldOf(fold.tries) })
  let published = held()
  let count = 0
  const take = async (transaction: ReadonlyArray<Row>): Promise<void> => {
    if (await foldTransaction(fold, pondId, transaction, findings)) {
      count += 1
      if (fold.head.txn === publishedTxn) published = held()
    }
    for (const row of transaction) {
      if (row.node_id !== null) rows.add({ row, timeMicros: fold.head.timeMicros })
      else if (row.kind === "txn") rows.addHeader(row, fold.head.chain)
    }
  }
  yield* Stream.runForEach(transactions, (transaction) => sorting(() => take(transaction)))
  return { head: fold.head, transactions: count, nodes: fold.nodes.size - 1, published }
})

/** Checks the pond in a store. `isQuick` reads no blob, and tells of them only whether they are there. */
export const fsck = Effect.fn("tlogfs.fsck")(function* (
  store: Store,
  isQuick = false
): Effect.fn.Return<FsckReport, NotAPond | NewerFormat | SortingFailed | StoreError, Scope.Scope> {
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
  const rows = yield* Effect.acquireRelease(
    Effect.sync(() => new RowsByNode()),
    (held) => Effect.sync(() => held.close())
  )
  const transactions = Stream.flatMap(Stream.fromIterable(files), (file) => transactionsOfFile(store, file, findings))
  const history = yield* checkHistory(identity.id, transactions, rows, publication?.txn ?? 0, findings)
  const survey = yield* surveyed(store)
  const { contentBytes, contents, leftOut } = yield* checkContents(survey.store, rows, isQuick, findings)
  if (publication !== undefined && history.published.chain !== publication.chain) {
    findings.add("index", "_index", "it was published for another history")
  } else if (publication !== undefined) {
    yield* checkIndex(store, publication, rows, history.published.tries, findings)
  }
  const known = new Set<string>([HEAD_HINT, PROBE_KEY])
  for (const { info } of files) known.add(info.file).add(outboardName(info.outboard ?? ""))
  for (const info of publication?.pieces ?? []) known.add(info.file).add(outboardName(info.outboard ?? ""))
  for (const path of HashMap.keys(table.tombstones)) known.add(path)
  for (const blob of rows.blobs) known.add(blobKey(blob))
  const isKnown = (key: string) => known.has(key) || key.startsWith(LEFT_OUT_FOLDER) || isOfImport(key)
  yield* foreignObjects(survey.objects, isKnown, findings)
  yield* checkImports(store, (copy) => fsck(copy, isQuick), findings)
  return {
    txn: history.head.txn,
    root: history.head.root,
    chain: history.head.chain,
    entries,
    dataFiles: files.length,
    transactions: history.transactions,
    nodes: history.nodes,
    contents,
    contentBytes,
    leftOut,
    isQuick,
    findings: findings.all
  }
}, Effect.scoped)
