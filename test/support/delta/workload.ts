/**
 * A program that does everything a table can do, and keeps account of what it was told.
 */
import { Effect, HashMap } from "effect"
import { TestClock } from "effect/testing"
import type { Log } from "../../../src/delta/log.ts"
import { sortedFiles } from "../../../src/delta/snapshot.ts"
import { openTable } from "../../../src/delta/table.ts"
import type { Table } from "../../../src/delta/table.ts"
import { append, idsOf, newTable, removeOf, rowsOf, writeFile } from "./table.ts"

/** What was acknowledged, and what was under way. */
export class Account {
  /** Ids that must be in the table. */
  readonly acknowledged = new Set<number>()
  /** Ids that may be in it: their commit was begun. */
  readonly begun = new Set<number>()
  /** The version that was acknowledged last. */
  version = -1
}

const add = (table: Table, account: Account, id: number) =>
  Effect.gen(function* () {
    const base = yield* table.head
    yield* TestClock.adjust("1 minute")
    account.begun.add(id)
    const { snapshot } = yield* append(table, base, `${id}.parquet`, id)
    account.acknowledged.add(id)
    account.version = snapshot.version
  })

/** Merges all files into one: no row comes or goes. */
const merge = (table: Table, account: Account, name: string) =>
  Effect.gen(function* () {
    const base = yield* table.head
    const ids = yield* idsOf(table.log, base)
    const merged = yield* writeFile(table.log.store, name, rowsOf(...ids))
    const removes = sortedFiles(base).map((file) => removeOf(file, false))
    const actions = [...removes, { add: { ...merged, dataChange: false } }]
    const { snapshot } = yield* table.commit(base, { operation: "OPTIMIZE", actions })
    account.version = snapshot.version
  })

/** Creates a table, adds, checks point, merges, vacuums, cleans up; tells how many files went. */
export const run = (log: Log, account: Account) =>
  Effect.gen(function* () {
    const table = yield* newTable(log, {
      configuration: new Map([
        ["delta.deletedFileRetentionDuration", "interval 0 seconds"],
        ["delta.logRetentionDuration", "interval 0 seconds"]
      ])
    })
    account.version = 0
    for (let id = 1; id <= 3; id++) yield* add(table, account, id)
    yield* table.checkpoint
    yield* merge(table, account, "merged.parquet")
    yield* add(table, account, 4)
    yield* table.checkpoint
    yield* add(table, account, 5)
    const { deleted, snapshot } = yield* table.vacuum()
    account.version = snapshot.version
    const first = yield* table.cleanUp()
    yield* add(table, account, 6)
    const second = yield* table.cleanUp()
    yield* add(table, account, 7)
    return { deleted: deleted.length, removed: first.removedCheckpoints + first.removedEntries + second.removedEntries }
  })

/** What is wrong with the table after the program was stopped: nothing, if all is well. */
export const violations = (log: Log, account: Account) =>
  Effect.gen(function* () {
    const opened = yield* Effect.result(openTable(log))
    if (opened._tag === "Failure") {
      return account.version < 0 && opened.failure._tag === "NotATable"
        ? []
        : [`does not open: ${opened.failure.message}`]
    }
    const table = opened.success
    const head = yield* table.head
    const ids = new Set(yield* idsOf(log, head))
    const wrong: Array<string> = []
    if (head.version < account.version || head.version > account.version + 1) {
      wrong.push(`is at version ${head.version}, acknowledged was ${account.version}`)
    }
    for (const id of account.acknowledged) if (!ids.has(id)) wrong.push(`lost the acknowledged row ${id}`)
    for (const id of ids) if (!account.begun.has(id)) wrong.push(`holds row ${id} that nobody wrote`)
    if (HashMap.isEmpty(head.files) && ids.size > 0) wrong.push("holds rows without files")
    yield* append(table, head, "afterwards.parquet", 99)
    const after = new Set(yield* idsOf(log, yield* table.head))
    if (!after.has(99) || after.size !== ids.size + 1) wrong.push("cannot go on")
    return wrong
  })
