import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Stream } from "effect"
import { countingStore } from "../../../src/store/counting.ts"
import { crashAfter, crashAt, faultyStore } from "../../../src/store/faults.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { overlayStore } from "../../../src/store/overlay/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { fsck, maintain } from "../../../src/tlogfs/index.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"
import { bytes } from "../../support/tlogfs/open.ts"

/** How long the series is where its length does not matter. */
const LINES = 55

const lineOf = (at: number): string => `line ${at} ${"x".repeat(at % 300)}\n`

const open = (store: Store) => openAt(store, false, undefined)

/** A pond in which a series grew line by line, and another one did so a little. */
const grown = (lines: number) =>
  Effect.gen(function* () {
    const store = memoryStore()
    const pond = yield* openAt(store, true, undefined)
    for (let at = 0; at < lines; at++) {
      yield* pond.transaction(
        Effect.gen(function* () {
          const tx = yield* Transaction
          yield* tx.append("/log", bytes(lineOf(at)))
          if (at % 20 === 0) yield* tx.append("/short", bytes(lineOf(at)))
        })
      )
    }
    return store
  })

const copyOf = (store: Store) =>
  Effect.gen(function* () {
    const copy = memoryStore()
    for (const { key } of yield* Stream.runCollect(store.list(""))) yield* copy.put(key, yield* store.get(key))
    return copy
  })

const requireSound = (store: Store, lines: number) =>
  Effect.gen(function* () {
    const pond = yield* open(store)
    const head = yield* pond.head
    const whole = Array.from({ length: lines }, (_, at) => lineOf(at))
    expect(yield* head.readText("/log")).toBe(whole.join(""))
    for (const version of [1, 2, Math.floor(lines / 2), lines - 1]) {
      expect(yield* head.readText("/log", { version })).toBe(whole.slice(0, version).join(""))
    }
    expect(yield* (yield* pond.at(50)).readText("/log")).toBe(whole.slice(0, 50).join(""))
    expect((yield* fsck(store)).findings.filter(({ kind }) => kind !== "foreign")).toEqual([])
  })

describe("collapsing long series", () => {
  it.live("moves their bytes into packs; every version reads as before, and the second time changes nothing (R7)", () =>
    Effect.gen(function* () {
      const store = yield* grown(150)
      const before = yield* Effect.flatMap(open(store), (pond) => pond.head)
      const report = yield* maintain(store, 0, { longSeriesExtents: 20 })
      expect(report.collapsedRows).toBe(150)
      const after = yield* Effect.flatMap(open(store), (pond) => pond.head)
      expect([after.view.chain, after.view.root]).toEqual([before.view.chain, before.view.root])
      yield* requireSound(store, 150)
      expect((yield* maintain(store, 0, { longSeriesExtents: 20 })).collapsedRows).toBe(0)
      const counted = countingStore(store)
      yield* (yield* Effect.flatMap(open(counted.store), (pond) => pond.head)).readText("/log")
      expect(counted.requests()).toBeLessThan(50)
    })
  )

  it.live("lets the series grow on, and collapses what was added", () =>
    Effect.gen(function* () {
      const store = yield* grown(100)
      yield* maintain(store, 0, { longSeriesExtents: 20 })
      const pond = yield* open(store)
      for (let at = 100; at < 140; at++) {
        yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.append("/log", bytes(lineOf(at)))))
      }
      yield* requireSound(store, 140)
      expect((yield* maintain(store, 0, { longSeriesExtents: 20 })).collapsedRows).toBe(40)
      yield* requireSound(store, 140)
    })
  )

  it.live("says in a dry run what it then does, and the dry run leaves every object and its time alone (R8)", () =>
    Effect.gen(function* () {
      const store = yield* grown(70)
      const before = yield* Stream.runCollect(store.list(""))
      const told = yield* maintain(overlayStore(store), 0, { longSeriesExtents: 20 })
      expect(yield* Stream.runCollect(store.list(""))).toEqual(before)
      const { collapsedRows, dataFiles, indexPieces } = yield* maintain(store, 0, { longSeriesExtents: 20 })
      expect(collapsedRows).toBe(70)
      expect({ collapsedRows, dataFiles, indexPieces }).toEqual({
        collapsedRows: told.collapsedRows,
        dataFiles: told.dataFiles,
        indexPieces: told.indexPieces
      })
    })
  )

  it.live(
    "may stop at any request, and be repeated (F02)",
    () =>
      Effect.gen(function* () {
        const store = yield* grown(LINES)
        const whole = countingStore(yield* copyOf(store))
        yield* maintain(whole.store, 0, { longSeriesExtents: 20 })
        const step = Math.max(1, Math.floor(whole.requests() / 12))
        for (let at = 0; at < whole.requests(); at += step) {
          for (const crash of [crashAt, crashAfter]) {
            const stopped = yield* copyOf(store)
            const outcome = yield* Effect.exit(
              maintain(faultyStore(stopped, crash(at)).store, 0, { longSeriesExtents: 20 })
            )
            expect({ at, isFailure: Exit.isFailure(outcome) }).toEqual({ at, isFailure: true })
            yield* maintain(stopped, 0, { longSeriesExtents: 20 })
            yield* requireSound(stopped, LINES)
          }
        }
      }),
    60_000
  )

  it.live(
    "goes on beside writers that are busy: nobody fails, nothing is lost (R2, R3)",
    () =>
      Effect.gen(function* () {
        const store = yield* grown(LINES)
        const grow = (writer: number) =>
          Effect.gen(function* () {
            const pond = yield* open(store)
            for (let at = 0; at < 12; at++) {
              yield* pond.transaction(
                Effect.flatMap(Transaction, (tx) => tx.append(`/by-${writer}`, bytes(lineOf(at))))
              )
            }
          })
        const care = Effect.repeat(maintain(store, 0, { longSeriesExtents: 5 }), { times: 5 })
        yield* Effect.all([grow(0), grow(1), grow(2), grow(3), care], { concurrency: "unbounded" })
        yield* maintain(store, 0, { longSeriesExtents: 5 })
        yield* requireSound(store, LINES)
        const head = yield* Effect.flatMap(open(store), (pond) => pond.head)
        const grownLines = Array.from({ length: 12 }, (_, at) => lineOf(at)).join("")
        for (const writer of [0, 1, 2, 3]) expect(yield* head.readText(`/by-${writer}`)).toBe(grownLines)
      }),
    60_000
  )
})

describe("cleaning up the log", () => {
  it.live("happens only when it is asked for, and leaves a sound pond (R6)", () =>
    Effect.gen(function* () {
      const store = yield* grown(120)
      const entries = Effect.map(
        Stream.runCollect(store.list("_delta_log/")),
        (all) => all.filter(({ key }) => key.endsWith(".json")).length
      )
      const before = yield* entries
      expect((yield* maintain(store, 0)).removedEntries).toBe(0)
      expect(yield* entries).toBeGreaterThanOrEqual(before)
      const { removedEntries } = yield* maintain(store, 0, { cleanUpLogMs: -60_000 })
      expect(removedEntries).toBeGreaterThan(50)
      yield* requireSound(store, 120)
      const pond = yield* open(store)
      yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.append("/log", bytes(lineOf(120)))))
      yield* requireSound(store, 121)
    })
  )
})
