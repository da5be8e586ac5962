import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { cleanUpLog } from "../../../src/delta/cleanup.ts"
import { readCheckpoint } from "../../../src/delta/checkpoint.ts"
import { checkpointName, HINT, listLog, logKey } from "../../../src/delta/log.ts"
import type { Log } from "../../../src/delta/log.ts"
import { openLog } from "../../../src/delta/open.ts"
import { openTable } from "../../../src/delta/table.ts"
import { append, idsOf, newTable, plainLog } from "../../support/delta/table.ts"

const DAY = { configuration: new Map([["delta.logRetentionDuration", "interval 1 days"]]) }

/** A commit per hour for 60 hours, a checkpoint every 10. */
const busy = Effect.gen(function* () {
  const table = yield* newTable(plainLog(), DAY)
  for (let at = 1; at <= 60; at++) {
    yield* TestClock.adjust("1 hour")
    yield* append(table, yield* table.head, `${at}.parquet`, at)
    if (at % 10 === 0) yield* table.checkpoint
  }
  return table
})

const left = (log: Log) =>
  Effect.map(listLog(log), ({ checkpoints, entries }) => ({
    checkpoints: checkpoints.map(({ version }) => version),
    first: entries[0]?.version
  }))

describe("cleanUpLog (D19)", () => {
  it.effect("keeps the newest old checkpoint, its entry, and all that follows", () =>
    Effect.gen(function* () {
      const table = yield* busy
      expect(yield* table.cleanUp()).toEqual({ earliest: 30, removedEntries: 10, removedCheckpoints: 2 })
      expect(yield* left(table.log)).toEqual({ checkpoints: [30, 40, 50, 60], first: 10 })
      // Entries go only after the checkpoints that needed them went in an earlier run.
      expect(yield* table.cleanUp()).toEqual({ earliest: 30, removedEntries: 20, removedCheckpoints: 0 })
      expect(yield* left(table.log)).toEqual({ checkpoints: [30, 40, 50, 60], first: 30 })
      expect(yield* table.cleanUp()).toEqual({ earliest: 30, removedEntries: 0, removedCheckpoints: 0 })
      const again = yield* openTable(table.log)
      expect(yield* idsOf(table.log, yield* again.head)).toHaveLength(60)
      expect(yield* idsOf(table.log, yield* again.at(30))).toHaveLength(30)
      expect(yield* Effect.flip(again.at(29))).toMatchObject({ _tag: "MissingVersion", earliest: 30, latest: 60 })
    })
  )

  it.effect("still opens by any hint that the clean-up could have left behind", () =>
    Effect.gen(function* () {
      const table = yield* busy
      yield* table.cleanUp()
      yield* table.cleanUp()
      for (const version of [10, 20, 30, 40, 99]) {
        yield* table.log.store.put(logKey(HINT), new TextEncoder().encode(`{"version":${version}}`))
        expect((yield* openLog(table.log)).version).toBe(60)
      }
    })
  )

  it.effect("does nothing without a checkpoint that is old enough", () =>
    Effect.gen(function* () {
      const table = yield* busy
      const nothing = { earliest: undefined, removedEntries: 0, removedCheckpoints: 0 }
      expect(yield* table.cleanUp({ retentionMs: 1000 * 3_600_000 })).toEqual(nothing)
    })
  )

  it.effect("does not go by a clock that jumped ahead (F21)", () =>
    Effect.gen(function* () {
      const table = yield* busy
      yield* TestClock.adjust("3650 days")
      expect((yield* table.cleanUp()).earliest).toBe(30)
    })
  )

  it.effect("removes nothing when the checkpoint is damaged or does not hold what the log says", () =>
    Effect.gen(function* () {
      const table = yield* busy
      const { store } = table.log
      const other = yield* store.get(logKey(checkpointName(20)))
      for (const bytes of [other, new Uint8Array(5)]) {
        yield* store.put(logKey(checkpointName(30)), bytes)
        const error = yield* Effect.flip(cleanUpLog(table.log, yield* table.head))
        expect(error).toMatchObject({ _tag: "LogDamaged", version: 30, file: checkpointName(30) })
        expect(yield* left(table.log)).toEqual({ checkpoints: [10, 20, 30, 40, 50, 60], first: 0 })
      }
      const actions = yield* readCheckpoint(table.log, { version: 20, names: [checkpointName(20)] })
      expect(actions).toHaveLength(22)
    })
  )

  it.effect("goes by file times where entries have none", () =>
    Effect.gen(function* () {
      const configuration = new Map([...DAY.configuration, ["delta.enableInCommitTimestamps", "false"] as const])
      const table = yield* newTable(plainLog(), { configuration })
      for (let at = 1; at <= 40; at++) {
        yield* TestClock.adjust("1 hour")
        yield* append(table, yield* table.head, `${at}.parquet`, at)
        if (at % 10 === 0) yield* table.checkpoint
      }
      expect((yield* table.cleanUp()).earliest).toBe(10)
    })
  )
})
