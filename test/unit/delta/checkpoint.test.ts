import { describe, expect, it } from "@effect/vitest"
import { Effect, HashMap } from "effect"
import { TestClock } from "effect/testing"
import { readCheckpoint } from "../../../src/delta/checkpoint.ts"
import { checkpointName, HINT, logKey } from "../../../src/delta/log.ts"
import { openLog } from "../../../src/delta/open.ts"
import { append, idsOf, newTable, plainLog, removeOf, tableWith, writeFile, rowsOf } from "../../support/delta/table.ts"

const decode = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))

describe("writeCheckpoint", () => {
  it.effect("writes a file and points the hint at it", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const table = yield* tableWith(log, [1], [2], [3])
      const written = yield* table.checkpoint
      expect(written).toMatchObject({ version: 3, actions: 5 })
      expect(decode(yield* log.store.get(logKey(HINT)))).toEqual({
        version: 3,
        size: 5,
        sizeInBytes: written.sizeBytes,
        numOfAddFiles: 3
      })
      expect((yield* log.store.get(logKey(checkpointName(3)))).length).toBe(written.sizeBytes)
    })
  )

  it.effect("keeps tombstones within their retention, and lets older ones go", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const configuration = new Map([["delta.deletedFileRetentionDuration", "interval 1 hours"]])
      const table = yield* newTable(log, { configuration })
      const add = yield* writeFile(log.store, "a.parquet", rowsOf(1))
      const first = yield* table.commit(yield* table.head, { operation: "WRITE", actions: [{ add }] })
      yield* table.commit(first.snapshot, { operation: "DELETE", actions: [removeOf(add)] })
      yield* TestClock.adjust("1 hour")
      expect(HashMap.size((yield* table.checkpoint).snapshot.tombstones)).toBe(1)
      expect(HashMap.size((yield* openLog(log)).tombstones)).toBe(1)
      yield* TestClock.adjust("1 milli")
      yield* append(table, yield* table.head, "b.parquet", 2)
      expect(HashMap.size((yield* table.checkpoint).snapshot.tombstones)).toBe(0)
      expect(HashMap.size((yield* openLog(log)).tombstones)).toBe(0)
      expect(HashMap.size((yield* table.head).tombstones)).toBe(0)
    })
  )

  it.effect("leaves an existing checkpoint as it is, and replaces one that cannot be read", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const table = yield* tableWith(log, [1])
      yield* log.store.put(logKey(checkpointName(1)), new Uint8Array(9))
      yield* table.checkpoint
      const written = yield* log.store.get(logKey(checkpointName(1)))
      expect(yield* readCheckpoint(log, { version: 1, names: [checkpointName(1)] })).toHaveLength(3)
      yield* TestClock.adjust("1 day")
      yield* table.checkpoint
      expect(yield* log.store.get(logKey(checkpointName(1)))).toEqual(written)
    })
  )

  it.effect("is read back with many files and tags", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const table = yield* newTable(log)
      const actions = Array.from({ length: 3000 }, (_, at) => ({
        add: {
          path: `${at}.parquet`,
          partitionValues: new Map<string, string | null>(),
          size: BigInt(at),
          modificationTime: 0n,
          dataChange: true,
          tags: new Map([["blake3", `${at}`.padStart(64, "0")]])
        }
      }))
      yield* table.commit(yield* table.head, { operation: "WRITE", actions })
      yield* table.checkpoint
      const snapshot = yield* openLog(log)
      expect(HashMap.size(snapshot.files)).toBe(3000)
      expect(snapshot.sizeBytes).toBe((2999n * 3000n) / 2n)
      const [, last] = HashMap.toEntries(snapshot.files).find(([path]) => path === "2999.parquet") ?? []
      expect(last?.tags?.get("blake3")).toBe("2999".padStart(64, "0"))
    })
  )
})

describe("readCheckpoint", () => {
  it.effect("names the part that is missing or damaged", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const missing = yield* Effect.flip(readCheckpoint(log, { version: 4, names: ["x.parquet"] }))
      expect(missing).toMatchObject({ _tag: "LogDamaged", version: 4, file: "x.parquet", why: "it does not exist" })
      yield* log.store.put(
        logKey("x.json"),
        new TextEncoder().encode('{"sidecar":{"path":"../../a","sizeInBytes":1,"modificationTime":1}}')
      )
      const outside = yield* Effect.flip(readCheckpoint(log, { version: 4, names: ["x.json"] }))
      expect(outside.message).toMatch(/component/)
    })
  )

  it.effect("finds sidecars, which hold the files", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const table = yield* tableWith(log, [1, 2], [3])
      yield* table.checkpoint
      const { store } = log
      const sidecar = yield* store.get(logKey(checkpointName(2)))
      yield* store.delete(logKey(checkpointName(2)))
      yield* store.put(logKey("_sidecars/part.parquet"), sidecar)
      const name = "00000000000000000002.checkpoint.6374b053-df23-479b-b2cf-c9c550132b49.json"
      const line = `{"checkpointMetadata":{"version":2}}\n{"sidecar":{"path":"part.parquet","sizeInBytes":${sidecar.length},"modificationTime":1}}\n`
      yield* store.put(logKey(name), new TextEncoder().encode(line))
      yield* store.put(logKey(HINT), new TextEncoder().encode(`{"version":2,"v2Checkpoint":{"path":"${name}"}}`))
      const snapshot = yield* openLog(log)
      expect(yield* idsOf(log, snapshot)).toEqual([1, 2, 3])
    })
  )
})
