/**
 * Reading data files for fsck: every file against its hash, every row that rides in a tag against its file (R4). Transaction by transaction.
 */
import { Effect, Stream } from "effect"
import { hash, sameHash } from "../../bao/index.ts"
import type { Add } from "../../delta/actions.ts"
import { type Snapshot, sortedFiles } from "../../delta/snapshot.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { dataFileOf, taggedRows } from "../names.ts"
import type { DataFileInfo } from "../publication.ts"
import { encodeRows, type Row } from "../row.ts"
import { rowGroupsOfFile, rowsOfFile, type StateError } from "../state.ts"
import { type Findings, messageOf } from "./finding.ts"

/** A data file as the log names it. */
export interface NamedFile {
  readonly add: Add
  readonly info: DataFileInfo
}

/** The data files of a table, oldest txn first; those whose tags make no sense are noted. */
export const dataFilesOf = (table: Snapshot, findings: Findings): ReadonlyArray<NamedFile> => {
  const files: Array<NamedFile> = []
  for (const add of sortedFiles(table)) {
    try {
      files.push({ add, info: dataFileOf(add) })
    } catch (cause) {
      findings.add("data", add.path, messageOf(cause))
    }
  }
  return files.toSorted((left, right) => left.info.firstTxn - right.info.firstTxn)
}

/** Cuts rows that come in groups into transactions. */
export class Transactions {
  #rows = 0
  #open: Array<Row> = []

  /** Rows that came so far. */
  get rows(): number {
    return this.#rows
  }

  /** Adds rows, and gives the transactions that are complete with them. */
  *add(rows: ReadonlyArray<Row>): Generator<ReadonlyArray<Row>> {
    this.#rows += rows.length
    for (const row of rows) {
      if (this.#open.length > 0 && this.#open[0]!.txn !== row.txn) yield* this.rest()
      this.#open.push(row)
    }
  }

  /** The last transaction, if there is one. */
  *rest(): Generator<ReadonlyArray<Row>> {
    if (this.#open.length > 0) yield this.#open
    this.#open = []
  }
}

/** The transactions that ride in the tags of a file, without contents; `undefined` when there are none. What is wrong with them is noted. */
const taggedRowsOf = (add: Add, findings: Findings): ReadonlyArray<Row> | undefined => {
  try {
    return taggedRows(add)
  } catch (cause) {
    findings.add("log", add.path, `the rows in its tags cannot be read: ${messageOf(cause)}`)
    return undefined
  }
}

/** All transactions of a data file, in order; of a damaged one those before the damage, or all, when they ride in the log. */
export const transactionsOfFile = (
  store: Store,
  { add, info }: NamedFile,
  findings: Findings
): Stream.Stream<ReadonlyArray<Row>> => {
  const tagged = taggedRowsOf(add, findings)
  const transactions = new Transactions()
  const damaged = (error: StateError) => findings.add("data", info.file, error.message)
  const checkCount = (rows: number): void => {
    if (rows !== info.rows) findings.add("data", info.file, `it has ${rows} rows, the log says ${info.rows}`)
  }
  if (tagged !== undefined) {
    const rows = rowsOfFile(store, info, { withContent: true }).pipe(
      Effect.tap((found) =>
        Effect.sync(() => {
          checkCount(found.length)
          if (sameHash(hash(encodeRows(tagged)), hash(encodeRows(found)))) return
          findings.add("data", info.file, "its rows differ from those in its tags")
        })
      ),
      Effect.catch((error) =>
        Effect.as(
          Effect.sync(() => damaged(error)),
          tagged
        )
      )
    )
    const whole = Effect.map(rows, (found) => [...transactions.add(found), ...transactions.rest()])
    return Stream.unwrap(Effect.map(whole, (all) => Stream.fromIterable(all)))
  }
  const end = Stream.suspend(() => {
    checkCount(transactions.rows)
    return Stream.fromIterable(transactions.rest())
  })
  return rowGroupsOfFile(store, info).pipe(
    Stream.flatMap((rows) => Stream.fromIterable(transactions.add(rows))),
    Stream.concat(end),
    Stream.catch((error) => Stream.drain(Stream.sync(() => damaged(error))))
  )
}
