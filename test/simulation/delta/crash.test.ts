/**
 * A table whose store is stopped, fails or loses power at every single request: it opens at the last acknowledged version or the next,
 * with every acknowledged row, and goes on (F01, F02, F05, F07, F25).
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { crashAfter, crashAt, failOnce, faultyStore } from "../../../src/store/faults.ts"
import type { Plan } from "../../../src/store/faults.ts"
import { keepAll, loseAll, MemoryDisk } from "../../../src/store/memory/disk.ts"
import type { Choose } from "../../../src/store/memory/disk.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { plainLog } from "../../support/delta/table.ts"
import { Account, run, violations } from "../../support/delta/workload.ts"

/** Requests of the undisturbed program. */
const requestCount = Effect.gen(function* () {
  const faulty = faultyStore(memoryStore(), () => undefined)
  const account = new Account()
  const { deleted, removed } = yield* run(plainLog(faulty.store), account)
  const requests = faulty.requests()
  expect(deleted).toBeGreaterThan(0)
  expect(removed).toBeGreaterThan(0)
  expect(yield* violations(plainLog(faulty.store), account)).toEqual([])
  return requests
})

const seeded = (seed: number): Choose => {
  let state = (seed * 2_654_435_769 + 1) >>> 0
  return (alternatives) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * alternatives)
  }
}

/** Runs the program with a plan of faults, then cuts the power, and tells what is wrong afterwards. */
const disturbed = (plan: Plan, choose: Choose | undefined) =>
  Effect.gen(function* () {
    const disk = new MemoryDisk()
    const account = new Account()
    const exit = yield* Effect.exit(run(plainLog(faultyStore(memoryStore(disk), plan).store), account))
    if (choose !== undefined) disk.crash(choose)
    return { exit, wrong: yield* violations(plainLog(memoryStore(disk)), account) }
  })

const sweep = (
  planAt: (request: number) => Plan,
  chooseAt: (request: number) => Choose | undefined,
  mayPass: boolean
) =>
  Effect.gen(function* () {
    const count = yield* requestCount
    expect(count).toBeGreaterThan(80)
    const wrong: Array<string> = []
    let passed = 0
    for (let request = 0; request < count; request++) {
      const outcome = yield* disturbed(planAt(request), chooseAt(request))
      if (Exit.isSuccess(outcome.exit)) passed++
      wrong.push(...outcome.wrong.map((what) => `request ${request}: ${what}`))
    }
    expect(wrong).toEqual([])
    if (!mayPass) expect(passed).toBe(0)
  })

describe("a table survives", () => {
  it.effect("kill -9 before every request", () => sweep(crashAt, () => undefined, false))

  it.effect("kill -9 after every request, its answer unheard", () => sweep(crashAfter, () => undefined, false))

  it.effect("power cuts that lose everything not synced", () => sweep(crashAfter, () => loseAll, false))

  it.effect("power cuts that keep everything visible", () => sweep(crashAt, () => keepAll, false))

  it.effect.each([1, 2])("power cuts that keep some of it, seed %i", (seed) =>
    sweep(crashAfter, (request) => seeded(seed * 1000 + request), false)
  )

  it.effect("one failure of every request", () =>
    sweep(
      (request) => failOnce(request),
      () => undefined,
      true
    )
  )

  it.effect("one lost answer of every request", () =>
    sweep(
      (request) => failOnce(request, "after"),
      () => undefined,
      true
    )
  )
})
