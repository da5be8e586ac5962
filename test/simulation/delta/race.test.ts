/**
 * Writers, a merger and a vacuum at the same time: exactly one wins each version, nothing is lost, nothing live is deleted (F15, F16, F20, F25).
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, HashMap, Random, Result } from "effect"
import { TestClock } from "effect/testing"
import { listLog } from "../../../src/delta/log.ts"
import type { Log } from "../../../src/delta/log.ts"
import { openTable } from "../../../src/delta/table.ts"
import type { Table } from "../../../src/delta/table.ts"
import { domain, sortedFiles } from "../../../src/delta/snapshot.ts"
import { faultyStore, injected } from "../../../src/store/faults.ts"
import { intercept } from "../../../src/store/intercept.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { testSeal } from "../../support/delta/seal.ts"
import { append, idsOf, newTable, removeOf, rowsOf, writeFile } from "../../support/delta/table.ts"

/** A store on which every request lets others go first, as often as a seed says. */
const interleaving = (store: Store): Store => {
  const pause = Effect.flatMap(Random.nextIntBetween(0, 4), (count) =>
    Effect.forEach(Array.from({ length: count }), () => Effect.yieldNow, { discard: true })
  )
  return intercept(store, {
    one: (_request, run) =>
      Effect.andThen(
        pause,
        Effect.tap(run, () => pause)
      ),
    many: (_request, run) => run
  })
}

/** A store that loses requests and answers now and then, at most once per key. */
const unreliable = (store: Store): Store => {
  const failed = new Set<string>()
  let state = 1
  return faultyStore(store, (request) => {
    if (request.operation !== "putIfAbsent" || failed.has(request.key)) return undefined
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const dice = (state >>> 8) % 100
    if (dice >= 20) return undefined
    failed.add(request.key)
    return { when: dice < 10 ? "before" : "after", error: injected(request, true) }
  }).store
}

const openings = (log: Log, count: number) => Effect.all(Array.from({ length: count }, () => openTable(log)))

const requireContiguous = (log: Log, last: number) =>
  Effect.map(listLog(log), ({ entries }) => {
    expect(entries.map(({ version }) => version)).toEqual(Array.from({ length: last + 1 }, (_, version) => version))
  })

describe("racing writers", () => {
  it.effect.each([
    ["on a store that interleaves everything", (store: Store) => store],
    ["with lost requests and answers", unreliable]
  ] as const)("%s: every row once, versions without gaps", ([, decorate]) =>
    Effect.gen(function* () {
      const memory = memoryStore()
      const log: Log = { store: interleaving(decorate(memory)), seal: testSeal }
      yield* newTable({ store: memory, seal: testSeal })
      const tables = yield* openings(log, 8)
      const write = (table: Table, writer: number) =>
        Effect.forEach(Array.from({ length: 10 }), (_, at) =>
          Effect.gen(function* () {
            const id = writer * 100 + at
            const base = yield* table.head
            yield* append(table, base, `${id}.parquet`, id).pipe(
              Effect.retry({ times: 3, while: ({ _tag }) => _tag === "StoreFailed" })
            )
            return id
          })
        )
      const written = yield* Effect.forEach(tables, write, { concurrency: "unbounded" })
      const head = yield* (yield* openTable({ store: memory, seal: testSeal })).head
      expect(yield* idsOf(log, head)).toEqual(written.flat().toSorted((left, right) => left - right))
      expect(head.version).toBe(80)
      yield* requireContiguous({ store: memory, seal: testSeal }, 80)
    }).pipe(Random.withSeed("race"))
  )

  it.effect("count together without losing an update", () =>
    Effect.gen(function* () {
      const memory = memoryStore()
      const log: Log = { store: interleaving(memory), seal: undefined }
      yield* newTable({ store: memory, seal: undefined })
      const tables = yield* openings(log, 6)
      const increment = (table: Table): Effect.Effect<void, unknown> =>
        Effect.gen(function* () {
          const base = yield* table.head
          const configuration = String(Number(domain(base, "counter") ?? "0") + 1)
          yield* table.commit(base, {
            operation: "COUNT",
            actions: [{ domainMetadata: { domain: "counter", configuration, removed: false } }]
          })
        }).pipe(
          Effect.retry({ times: 200, while: (error) => (error as { readonly _tag: string })._tag === "CommitConflict" })
        )
      const tens = (table: Table) =>
        Effect.forEach(Array.from({ length: 10 }), () => increment(table), { discard: true })
      yield* Effect.forEach(tables, tens, { concurrency: "unbounded", discard: true })
      const head = yield* (yield* openTable(log)).head
      expect(domain(head, "counter")).toBe("60")
      expect(head.version).toBe(60)
    }).pipe(Random.withSeed("count"))
  )
})

describe("writers, a merger and a vacuum together", () => {
  it.effect.each(["a", "b", "c"])("lose nothing and delete nothing live, seed %s", (seed) =>
    Effect.gen(function* () {
      const memory = memoryStore()
      const log: Log = { store: interleaving(memory), seal: testSeal }
      const configuration = new Map([["delta.deletedFileRetentionDuration", "interval 0 seconds"]])
      yield* newTable({ store: memory, seal: testSeal }, { configuration })
      yield* TestClock.adjust("1 hour")
      const written = new Set<number>()

      const writer = (number: number) =>
        Effect.gen(function* () {
          const table = yield* openTable(log)
          for (let at = 0; at < 12; at++) {
            const id = number * 100 + at
            const base = yield* table.head
            yield* TestClock.adjust("1 second")
            const result = yield* Effect.result(append(table, base, `${id}.parquet`, id))
            if (Result.isSuccess(result)) written.add(id)
            else expect(result.failure).toMatchObject({ _tag: "CommitConflict", reason: "condemned" })
          }
        })

      const merger = Effect.gen(function* () {
        const table = yield* openTable(log)
        for (let at = 0; at < 5; at++) {
          const base = yield* table.head
          const files = sortedFiles(base)
          const ids = yield* Effect.result(idsOf(log, base))
          if (Result.isFailure(ids) || files.length < 2) continue
          const merged = yield* writeFile(log.store, `merged-${at}.parquet`, rowsOf(...ids.success))
          const actions = [...files.map((file) => removeOf(file, false)), { add: { ...merged, dataChange: false } }]
          const committed = yield* Effect.result(table.commit(base, { operation: "OPTIMIZE", actions }))
          if (Result.isFailure(committed)) expect(committed.failure._tag).toBe("CommitConflict")
        }
      })

      let deleted = 0
      const vacuumer = Effect.gen(function* () {
        const table = yield* openTable(log)
        for (let at = 0; at < 10; at++) {
          yield* TestClock.adjust("1 second")
          deleted += (yield* table.vacuum()).deleted.length
        }
      })

      yield* Effect.all([writer(1), writer(2), writer(3), merger, vacuumer], {
        concurrency: "unbounded",
        discard: true
      })
      const head = yield* (yield* openTable(log)).head
      expect(new Set(yield* idsOf(log, head))).toEqual(written)
      expect(HashMap.size(head.files)).toBeGreaterThan(0)
      expect(deleted).toBeGreaterThan(0)
      yield* requireContiguous(log, head.version)
    }).pipe(Random.withSeed(seed))
  )
})
