/**
 * The store in memory, stopped at every step that changes its disk: what it lets survive is what the contract promises (F01, F05).
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { crashAfter, crashAt, faultyStore, injected } from "../../../src/store/faults.ts"
import { MemoryDisk, keepAll, loseAll } from "../../../src/store/memory/disk.ts"
import type { OnStep } from "../../../src/store/memory/session.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { seeded } from "../../support/store/seeded.ts"
import { Ledger, run, violations } from "../../support/store/workload.ts"

const ALLOWED = { emptyObjects: false, cutHints: true }

/** Counts steps, and stops everything from step `number` on. */
const stoppingAt = (number: number) => {
  let steps = 0
  const onStep: OnStep = ({ operation, key }) =>
    Effect.suspend(() => (steps++ < number ? Effect.void : Effect.fail(injected({ operation, key, sentBytes: 0 }))))
  return { onStep, steps: () => steps }
}

describe("a store in memory", () => {
  it.effect("keeps every promise when power fails at any step, whatever unsynced part survives", () =>
    Effect.gen(function* () {
      const undisturbed = stoppingAt(Number.POSITIVE_INFINITY)
      expect(Exit.isSuccess(yield* run(memoryStore(new MemoryDisk(), undisturbed.onStep), new Ledger()))).toBe(true)
      expect(undisturbed.steps()).toBeGreaterThan(15)
      for (let number = 0; number <= undisturbed.steps(); number++) {
        for (const choose of [loseAll, keepAll, ...[1, 2, 3, 4].map((seed) => seeded(seed * 1000 + number))]) {
          const disk = new MemoryDisk()
          const ledger = new Ledger()
          yield* run(memoryStore(disk, stoppingAt(number).onStep), ledger)
          disk.crash(choose)
          const reopened = memoryStore(disk)
          expect([number, yield* violations(reopened, ledger, ALLOWED)]).toEqual([number, []])
          expect(Exit.isSuccess(yield* run(reopened, ledger))).toBe(true)
        }
      }
    })
  )

  it.effect("keeps every promise when requests stop at any number, before or after their effect", () =>
    Effect.gen(function* () {
      const counted = faultyStore(memoryStore(), () => undefined)
      yield* run(counted.store, new Ledger())
      for (let number = 0; number <= counted.requests(); number++) {
        for (const plan of [crashAt(number), crashAfter(number)]) {
          const disk = new MemoryDisk()
          const ledger = new Ledger()
          yield* run(faultyStore(memoryStore(disk), plan).store, ledger)
          disk.crash(seeded(number))
          expect([number, yield* violations(memoryStore(disk), ledger, ALLOWED)]).toEqual([number, []])
        }
      }
    })
  )
})
