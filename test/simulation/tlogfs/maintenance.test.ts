/**
 * A commit at every moment of maintenance, and maintenance at every moment of a commit: nothing that the commit needs is removed, not even an
 * object that nothing referred to until then (R2, R3, R7).
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Logger, Result } from "effect"
import { TestClock } from "effect/testing"
import { faultyStore, injected } from "../../../src/store/faults.ts"
import { intercept } from "../../../src/store/intercept.ts"
import { MemoryDisk } from "../../../src/store/memory/disk.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { maintain } from "../../../src/tlogfs/maintain.ts"
import { openAt, type PondInterface } from "../../../src/tlogfs/pond.ts"
import { damagesOf, noise } from "../../support/tlogfs/writers.ts"

const START_MS = Date.UTC(2026, 0, 1)
const HOUR_MS = 60 * 60 * 1000

const write = (pond: PondInterface, path: string, seed: number) =>
  pond.transaction(Effect.flatMap(Transaction, (tx) => tx.write(path, noise(90_000, seed))))

/** A pond with an old blob that nothing refers to: its transaction never reached the log. */
const withOldOrphan = Effect.gen(function* () {
  yield* TestClock.setTime(START_MS)
  const disk = new MemoryDisk()
  yield* write(yield* openAt(memoryStore(disk), true, undefined), "/first", 1)
  const { store } = faultyStore(memoryStore(disk), (request) =>
    request.key.endsWith(".json") && request.operation === "putIfAbsent"
      ? { when: "before", error: injected(request) }
      : undefined
  )
  const lost = yield* Effect.exit(write(yield* openAt(store, false, undefined), "/orphan", 2))
  expect(Exit.isFailure(lost)).toBe(true)
  yield* TestClock.setTime(START_MS + 5 * HOUR_MS)
  yield* write(yield* openAt(memoryStore(disk), false, undefined), "/second", 3)
  return disk
})

/** A store before whose request number `at` something else happens. */
const meeting = (disk: MemoryDisk, at: number, other: Effect.Effect<unknown>) => {
  let requests = 0
  const store: Store = intercept(memoryStore(disk), {
    one: (_, run) => Effect.suspend(() => (requests++ === at ? Effect.andThen(other, run) : run)),
    many: (_, run) => run
  })
  return { store, isPast: () => requests <= at }
}

const commitOrphan = (store: Store) =>
  Effect.flatMap(openAt(store, false, undefined), (pond) => write(pond, "/again", 2))

type Work = (store: Store) => Effect.Effect<unknown, { readonly _tag: string }>

const MAINTAIN: Work = (store) => maintain(store)
const COMMIT: Work = commitOrphan

const DIRECTIONS: ReadonlyArray<{ readonly name: string; readonly work: Work; readonly other: Work }> = [
  { name: "a commit at every request of maintenance", work: MAINTAIN, other: COMMIT },
  { name: "maintenance at every request of a commit", work: COMMIT, other: MAINTAIN }
]

describe("maintenance that meets a commit", () => {
  it.effect.each(DIRECTIONS)(
    "$name: nothing that is needed is lost (R2, R3, R7)",
    ({ other, work }) =>
      Effect.gen(function* () {
        for (let at = 0; ; at++) {
          const disk = yield* withOldOrphan
          const met = meeting(disk, at, Effect.orDie(other(memoryStore(disk))))
          const outcome = yield* Effect.result(work(met.store))
          if (met.isPast()) {
            expect(at).toBeGreaterThan(8)
            return
          }
          // Who comes second may be refused, is told that somebody was faster, and then need only repeat it.
          if (Result.isFailure(outcome)) {
            expect(["CommitConflict", "TransactionConflict"]).toContain(outcome.failure._tag)
            yield* work(memoryStore(disk))
          }
          const store = memoryStore(disk)
          expect({ at, damages: yield* damagesOf(store) }).toEqual({ at, damages: [] })
          const head = yield* (yield* openAt(store, false, undefined)).head
          expect(head.view.txn).toBe(3)
          expect(Buffer.compare(yield* head.readBytes("/again"), noise(90_000, 2))).toBe(0)
        }
      }).pipe(Effect.provide(Logger.layer([]))),
    60_000
  )
})
