import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { entryName, logKey } from "../../../src/delta/log.ts"
import { openTable } from "../../../src/delta/table.ts"
import { append, newTable, plainLog } from "../../support/delta/table.ts"

const HOUR = 3_600_000

/** Version n is committed n hours after the first. */
const hourly = (configuration: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const table = yield* newTable(plainLog(), { configuration: new Map(Object.entries(configuration)) })
    for (let at = 1; at < 6; at++) {
      yield* TestClock.adjust("1 hour")
      yield* append(table, yield* table.head, `${at}.parquet`, at)
    }
    return table
  })

describe("time travel by time", () => {
  it.effect.each([
    ["by in-commit timestamps", {}],
    ["by the times of the files", { "delta.enableInCommitTimestamps": "false" }]
  ] as const)("%s", ([, configuration]) =>
    Effect.gen(function* () {
      const table = yield* hourly(configuration)
      for (const [timeMs, version] of [
        [0, 0],
        [HOUR - 1, 0],
        [HOUR, 1],
        [3.5 * HOUR, 3],
        [100 * HOUR, 5]
      ] as const) {
        expect((yield* table.asOf(timeMs)).version, `${timeMs}`).toBe(version)
      }
      const error = yield* Effect.flip(table.asOf(-1))
      expect(error).toMatchObject({ _tag: "MissingVersion", earliest: 0, latest: 5 })
    })
  )

  it.effect("uses file times before in-commit timestamps were enabled (D12)", () =>
    Effect.gen(function* () {
      const table = yield* hourly({ "delta.enableInCommitTimestamps": "false" })
      const head = yield* table.head
      yield* TestClock.adjust("1 hour")
      const configuration = new Map([["delta.enableInCommitTimestamps", "true"]])
      const metaData = { ...head.metadata, configuration }
      const { snapshot } = yield* table.commit(head, { operation: "SET TBLPROPERTIES", actions: [{ metaData }] })
      expect(snapshot.properties.inCommitTimestampsFrom).toEqual({ version: 6, timestampMs: 6 * HOUR })
      expect(snapshot.timestampMs).toBe(6 * HOUR)
      yield* TestClock.adjust("1 hour")
      yield* append(table, snapshot, "7.parquet", 7)
      expect((yield* table.asOf(2.5 * HOUR)).version).toBe(2)
      expect((yield* table.asOf(6 * HOUR)).version).toBe(6)
      expect((yield* table.asOf(8 * HOUR)).version).toBe(7)
    })
  )

  it.effect("begins where the log was cleaned up", () =>
    Effect.gen(function* () {
      const table = yield* hourly({})
      yield* table.checkpoint
      for (let version = 0; version < 5; version++) yield* table.log.store.delete(logKey(entryName(version)))
      const again = yield* openTable(table.log)
      expect((yield* again.asOf(5 * HOUR)).version).toBe(5)
      expect(yield* Effect.flip(again.asOf(4 * HOUR))).toMatchObject({ _tag: "MissingVersion", earliest: 5 })
    })
  )
})
