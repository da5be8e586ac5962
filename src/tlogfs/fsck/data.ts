/**
 * Checking data files and the index: every object against its hash, every row that rides in a tag against its file, and the index against
 * what the rows make (R4, R6).
 */
import { Effect } from "effect"
import { hash, sameHash } from "../../bao/index.ts"
import type { Add } from "../../delta/actions.ts"
import { type Snapshot, sortedFiles } from "../../delta/snapshot.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { indexEntries } from "../index-entries.ts"
import { allKeys, type Key } from "../index/keys.ts"
import { Pieces } from "../index/pieces.ts"
import { IndexReader } from "../index/reader.ts"
import { dataFileOf, taggedRows } from "../names.ts"
import type { DataFileInfo, Publication } from "../publication.ts"
import { encodeRows, type Row } from "../row.ts"
import { damageOf, rowsOfFile, type State } from "../state.ts"
import { Tail, type TailTxn } from "../tail.ts"
import type { Tries } from "../tries.ts"
import type { Findings } from "./finding.ts"

const message = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** The data files of a table, oldest txn first; those whose tags make no sense are noted. */
export const dataFilesOf = (
  table: Snapshot,
  findings: Findings
): ReadonlyArray<{ readonly add: Add; readonly info: DataFileInfo }> => {
  const files: Array<{ readonly add: Add; readonly info: DataFileInfo }> = []
  for (const add of sortedFiles(table)) {
    try {
      files.push({ add, info: dataFileOf(add) })
    } catch (cause) {
      findings.add("data", add.path, message(cause))
    }
  }
  return files.toSorted((left, right) => left.info.firstTxn - right.info.firstTxn)
}

/** The rows that ride in the tags of a file; what is wrong with them is noted. */
const taggedRowsOf = (add: Add, findings: Findings): ReadonlyArray<Row> | undefined => {
  try {
    return taggedRows(add)
  } catch (cause) {
    findings.add("log", add.path, `the rows in its tags cannot be read: ${message(cause)}`)
    return undefined
  }
}

/** Reads all rows of a data file; of a damaged one those that ride in the log, if they do. */
export const rowsOf = Effect.fnUntraced(function* (
  store: Store,
  { add, info }: { readonly add: Add; readonly info: DataFileInfo },
  findings: Findings
) {
  const tagged = taggedRowsOf(add, findings)
  const rows = yield* rowsOfFile(store, info, { withContent: true }).pipe(
    Effect.catch((error) =>
      Effect.sync(() => {
        findings.add("data", info.file, message(error))
        return undefined
      })
    )
  )
  if (rows === undefined) return tagged ?? []
  if (tagged !== undefined && !sameHash(hash(encodeRows(tagged)), hash(encodeRows(rows)))) {
    findings.add("data", info.file, "its rows differ from those in its tags")
  }
  if (rows.length !== info.rows)
    findings.add("data", info.file, `it has ${rows.length} rows, the log says ${info.rows}`)
  return rows
})

/** Compares the published index with what the transactions up to its txn make. */
export const checkIndex = Effect.fnUntraced(function* (
  store: Store,
  publication: Publication,
  transactions: ReadonlyArray<TailTxn>,
  state: Pick<State, "table" | "pondId" | "files" | "head">,
  tries: Tries,
  findings: Findings
) {
  const pieces = new Pieces(store)
  let whole = true
  for (const info of publication.pieces) {
    yield* Effect.tryPromise({ try: () => pieces.open(info), catch: (cause) => damageOf(info.file, cause) }).pipe(
      Effect.catch((cause) =>
        Effect.sync(() => {
          whole = false
          findings.add("index", info.file, message(cause))
        })
      )
    )
  }
  if (!whole) return
  const tail = new Tail()
  for (const transaction of transactions) tail.add(transaction)
  const nothing = new IndexReader([])
  yield* Effect.tryPromise({
    try: async () => {
      const expected = new Map<Key, Uint8Array>()
      for (const { key, value } of await indexEntries(
        { ...state, publication: undefined, index: nothing, tail },
        tries
      )) {
        if (value !== null) expected.set(key, value)
      }
      const where = `_index at txn ${publication.txn}`
      for await (const batch of pieces.reader(publication).scan(allKeys)) {
        for (const { key, value } of batch) {
          const wanted = expected.get(key)
          if (key.startsWith("b") && wanted === undefined) continue
          if (wanted === undefined) findings.add("index", where, "it has an entry that the rows do not make")
          else if (Buffer.compare(wanted, value) !== 0)
            findings.add("index", where, "an entry differs from what the rows make")
          expected.delete(key)
        }
      }
      if (expected.size > 0) findings.add("index", where, `${expected.size} entries are missing from it`)
    },
    catch: (cause) => damageOf("_index", cause)
  }).pipe(Effect.catch((cause) => Effect.sync(() => findings.add("index", "_index", message(cause)))))
})
