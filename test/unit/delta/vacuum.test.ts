import { describe, expect, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { commitLog } from "../../../src/delta/commit.ts"
import { encodePath } from "../../../src/delta/path.ts"
import { vacuum } from "../../../src/delta/vacuum.ts"
import { localStore } from "../../../src/store/local/store.ts"
import { append, idsOf, newTable, plainLog, removeOf, rowsOf, writeFile } from "../../support/delta/table.ts"
import { temporaryDirectory } from "../../support/delta/temporary.ts"

const HOUR = { configuration: new Map([["delta.deletedFileRetentionDuration", "interval 1 hours"]]) }

/** A table with a live file, a removed one, and leftovers; all of it two hours before the newest commit. */
const used = Effect.gen(function* () {
  yield* TestClock.setTime(1_000_000_000_000)
  const log = plainLog()
  const table = yield* newTable(log, HOUR)
  yield* append(table, yield* table.head, "live.parquet", 1)
  const gone = yield* writeFile(log.store, "gone.parquet", rowsOf(2))
  const added = yield* table.commit(yield* table.head, { operation: "WRITE", actions: [{ add: gone }] })
  yield* table.commit(added.snapshot, { operation: "DELETE", actions: [removeOf(gone)] })
  yield* writeFile(log.store, "orphan of a ü.parquet", rowsOf(3))
  yield* writeFile(log.store, "_blobs/ab/kept.parquet", rowsOf(4))
  yield* log.store.put("notes.txt", new Uint8Array(3))
  yield* TestClock.adjust("2 hours")
  return table
})

describe("vacuum", () => {
  it.effect("deletes what is unused and old before the newest commit, names it first, and nothing else", () =>
    Effect.gen(function* () {
      const table = yield* used
      yield* append(table, yield* table.head, "new.parquet", 5)
      yield* writeFile(table.log.store, "under way.parquet", rowsOf(6))
      const { deleted, snapshot, sizeBytes } = yield* table.vacuum()
      expect(deleted).toEqual(["gone.parquet", "orphan of a ü.parquet"])
      expect(sizeBytes).toBeGreaterThan(400)
      expect(snapshot.commitInfo).toMatchObject({
        operation: "VACUUM START",
        condemned: ["gone.parquet", encodePath("orphan of a ü.parquet")]
      })
      const kept = ["live.parquet", "new.parquet", "under way.parquet", "_blobs/ab/kept.parquet", "notes.txt"]
      for (const key of kept) expect(Option.isSome(yield* table.log.store.head(key)), key).toBe(true)
      expect(yield* idsOf(table.log, yield* table.head)).toEqual([1, 5])
    })
  )

  it.effect("has nothing to do the second time, and then commits nothing (G7)", () =>
    Effect.gen(function* () {
      const table = yield* used
      yield* append(table, yield* table.head, "new.parquet", 5)
      yield* table.vacuum()
      const before = yield* table.head
      expect((yield* table.vacuum()).deleted).toEqual([])
      expect((yield* table.head).version).toBe(before.version)
    })
  )

  it.effect("never goes by a clock that jumped ahead (F21)", () =>
    Effect.gen(function* () {
      const table = yield* used
      yield* writeFile(table.log.store, "under way.parquet", rowsOf(6))
      yield* TestClock.adjust("3650 days")
      expect((yield* table.vacuum()).deleted).toEqual([])
    })
  )

  it.effect("keeps removed files whose tombstone is young", () =>
    Effect.gen(function* () {
      const table = yield* used
      const young = yield* writeFile(table.log.store, "young.parquet", rowsOf(7))
      const added = yield* table.commit(yield* table.head, { operation: "WRITE", actions: [{ add: young }] })
      yield* TestClock.adjust("2 hours")
      const now = BigInt(1_000_000_000_000 + 4 * 3_600_000)
      const remove = { ...removeOf(young).remove, deletionTimestamp: now }
      yield* table.commit(added.snapshot, { operation: "DELETE", actions: [{ remove }] })
      expect((yield* table.vacuum()).deleted).not.toContain("young.parquet")
      expect(yield* idsOf(table.log, added.snapshot)).toContain(7)
    })
  )

  it.effect("condemns a file that somebody is about to add: that commit fails instead of losing data (F20)", () =>
    Effect.gen(function* () {
      const table = yield* used
      const base = yield* table.head
      const add = yield* writeFile(table.log.store, "slow.parquet", rowsOf(8))
      yield* TestClock.adjust("2 hours")
      yield* append(table, base, "new.parquet", 5)
      expect((yield* table.vacuum()).deleted).toContain("slow.parquet")
      const error = yield* Effect.flip(commitLog(table.log, base, { operation: "WRITE", actions: [{ add }] }))
      expect(error).toMatchObject({ _tag: "CommitConflict", reason: "condemned" })
    })
  )

  it.effect("spares a file that is added while it is condemned (F20)", () =>
    Effect.gen(function* () {
      const table = yield* used
      const add = yield* writeFile(table.log.store, "slow.parquet", rowsOf(8))
      yield* TestClock.adjust("2 hours")
      yield* append(table, yield* table.head, "new.parquet", 5)
      const before = yield* table.head
      yield* table.commit(before, { operation: "WRITE", actions: [{ add }] })
      const { deleted, snapshot } = yield* vacuum(table.log, before)
      expect(deleted).not.toContain("slow.parquet")
      expect(snapshot.commitInfo?.["condemned"]).not.toContain("slow.parquet")
      expect(yield* idsOf(table.log, snapshot)).toEqual([1, 5, 8])
    })
  )

  it.live("keeps a live file that the log names by its absolute path", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const log = plainLog(localStore(directory))
      const table = yield* newTable(log, HOUR)
      const add = yield* writeFile(log.store, "a.parquet", rowsOf(1))
      const path = `file://${directory}/a.parquet`
      yield* table.commit(yield* table.head, { operation: "WRITE", actions: [{ add: { ...add, path } }] })
      expect((yield* table.vacuum({ graceMs: -1_000_000 })).deleted).toEqual([])
      expect(yield* idsOf(log, yield* table.head)).toEqual([1])
    })
  )
})
