import { describe, expect, it } from "@effect/vitest"
import { Effect, HashMap } from "effect"
import { createTable, openTable } from "../../../src/delta/table.ts"
import { encodeSchema, field, struct } from "../../../src/delta/schema.ts"
import { domain } from "../../../src/delta/snapshot.ts"
import { countingStore } from "../../../src/store/counting.ts"
import { append, idsOf, newTable, plainLog, SCHEMA, tableWith } from "../../support/delta/table.ts"

describe("createTable", () => {
  it.effect("publishes protocol, metadata and domains as version 0 (D3)", () =>
    Effect.gen(function* () {
      const log = plainLog()
      yield* createTable(log, {
        schema: SCHEMA,
        name: "pond",
        description: "a table",
        ownFeatures: ["pondfs"],
        configuration: new Map([["delta.deletedFileRetentionDuration", "interval 1 hours"]]),
        domains: [{ domain: "pond", configuration: '{"format":1}', removed: false }]
      })
      const snapshot = yield* (yield* openTable(log)).head
      expect(snapshot.version).toBe(0)
      expect(snapshot.protocol).toMatchObject({
        minReaderVersion: 1,
        minWriterVersion: 7,
        writerFeatures: ["appendOnly", "domainMetadata", "inCommitTimestamp", "pondfs"]
      })
      expect(snapshot.metadata).toMatchObject({
        name: "pond",
        description: "a table",
        schemaString: encodeSchema(SCHEMA)
      })
      expect(snapshot.metadata.id).toMatch(/^[0-9a-f-]{36}$/)
      expect(snapshot.properties).toMatchObject({ inCommitTimestamps: true, deletedFileRetentionMs: 3_600_000 })
      expect(domain(snapshot, "pond")).toBe('{"format":1}')
    })
  )

  it.effect("refuses a place where a table is", () =>
    Effect.gen(function* () {
      const log = plainLog()
      yield* newTable(log)
      expect((yield* Effect.flip(newTable(log)))._tag).toBe("TableExists")
    })
  )

  it.effect("succeeds for one of several who try at once", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const attempts = Array.from({ length: 8 }, () => Effect.result(newTable(log)))
      const results = yield* Effect.all(attempts, { concurrency: "unbounded" })
      const tags = results.map((result) => (result._tag === "Success" ? "created" : result.failure._tag))
      expect(tags.toSorted()).toEqual([...Array.from({ length: 7 }, () => "TableExists"), "created"])
      expect((yield* openTable(log)).log).toBe(log)
    })
  )

  it.effect("refuses a partition column that is not in the schema", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(newTable(plainLog(), { partitionColumns: ["nothing"] }))
      expect(error).toMatchObject({ _tag: "CommitRefused" })
    })
  )
})

describe("an open table", () => {
  it.effect("sees what others commit", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const mine = yield* tableWith(log, [1])
      const theirs = yield* openTable(log)
      yield* append(theirs, yield* theirs.head, "theirs.parquet", 2)
      expect(yield* idsOf(log, yield* mine.head)).toEqual([1, 2])
    })
  )

  it.effect("costs two requests when nobody committed", () =>
    Effect.gen(function* () {
      const counted = countingStore(plainLog().store)
      const table = yield* tableWith(plainLog(counted.store), [1], [2])
      counted.reset()
      yield* table.head
      expect(counted.requests()).toBe(2)
    })
  )

  it.effect("keeps old versions readable while others commit, merge and check point (F19)", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const table = yield* tableWith(log, [1], [2], [3])
      const old = yield* table.head
      yield* append(table, old, "more.parquet", 4)
      yield* table.checkpoint
      expect(yield* idsOf(log, old)).toEqual([1, 2, 3])
      expect(yield* idsOf(log, yield* table.at(2))).toEqual([1, 2])
      expect(HashMap.size((yield* table.head).files)).toBe(4)
    })
  )

  it.effect("refuses to go on when somebody makes the table need what is not known", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const table = yield* newTable(log)
      const line =
        '{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["future"],"writerFeatures":["future"]}}'
      const entry = new TextEncoder().encode(`{"commitInfo":{"inCommitTimestamp":99}}\n${line}\n`)
      yield* log.store.putIfAbsent("_delta_log/00000000000000000001.json", entry)
      const error = yield* Effect.flip(table.head)
      expect(error).toMatchObject({ _tag: "UnsupportedFeature", access: "reading" })
    })
  )

  it.effect("holds types that need a newer reader", () =>
    Effect.gen(function* () {
      const schema = struct(field("t", "timestamp_ntz"))
      const table = yield* newTable(plainLog(), { schema })
      expect((yield* table.head).protocol).toMatchObject({ minReaderVersion: 3, readerFeatures: ["timestampNtz"] })
    })
  )
})
