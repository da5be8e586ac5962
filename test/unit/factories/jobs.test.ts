import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Stream } from "effect"
import { spawnSync } from "node:child_process"
import { beginJob, type Job, jobsOf, recordJob } from "../../../src/factories/jobs.ts"
import { InvalidObjectKey } from "../../../src/store/errors.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { thisProcess } from "../../../src/tlogfs/process.ts"

const run = (beganMs: number) => ({ instance: "/system/etc/logs", command: "sync", beganMs })
const ended = (beganMs: number, exit: Exit.Exit<{ report: unknown; txn: number | undefined }, unknown>) => ({
  ...run(beganMs),
  exit,
  isAttention: (report: unknown) => report === "odd",
  countsOf: () => ({ new: 2 })
})
const keysIn = (store: Store) =>
  Effect.map(Stream.runCollect(store.list("")), (found) => [...found].map(({ key }) => key))
const outcomes = (jobs: ReadonlyArray<Job>) => jobs.map(({ beganMs, outcome }) => [beganMs, outcome])

describe("the job history", () => {
  it.effect("notes each run once: as running until its end is noted", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      const all = jobsOf(store, "/system/etc/logs")
      yield* beginJob(store, run(1))
      expect(outcomes(yield* all)).toEqual([[1, "running"]])
      yield* recordJob(store, ended(1, Exit.succeed({ report: "fine", txn: 4 })))
      yield* beginJob(store, run(2))
      yield* recordJob(store, ended(2, Exit.fail(new InvalidObjectKey({ key: "x", reason: "full" }))))
      yield* recordJob(store, ended(3, Exit.succeed({ report: "odd", txn: undefined })))
      const jobs = yield* all
      expect(outcomes(jobs)).toEqual([
        [1, "done"],
        [2, "failed"],
        [3, "attention"]
      ])
      expect(jobs[0]).toMatchObject({ txn: 4, problem: null, counts: { new: 2 } })
      expect(jobs[1]).toMatchObject({ problem: expect.stringContaining("full") })
    })
  )

  it.effect("finds a run whose process is gone as interrupted", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      yield* beginJob(store, run(1))
      const [running] = yield* jobsOf(store, "/system/etc/logs")
      expect(running!.process).toEqual(thisProcess())
      const [key] = yield* keysIn(store)
      const gone = spawnSync(process.execPath, ["--version"]).pid
      const killed = [{ ...running!, process: { ...thisProcess(), pid: gone } }]
      yield* store.put(key!, new TextEncoder().encode(JSON.stringify(killed)))
      expect((yield* jobsOf(store, "/system/etc/logs"))[0]).toMatchObject({
        outcome: "interrupted",
        problem: expect.stringContaining("its process ended before the run did")
      })
      // The next run keeps it so, and one of a former boot is no different.
      yield* beginJob(store, run(2))
      yield* recordJob(store, ended(2, Exit.succeed({ report: "fine", txn: undefined })))
      expect(outcomes(yield* jobsOf(store, "/system/etc/logs"))).toEqual([
        [1, "interrupted"],
        [2, "done"]
      ])
      const before = [{ ...running!, process: { ...thisProcess(), boot: "another" } }]
      yield* store.put(key!, new TextEncoder().encode(JSON.stringify(before)))
      expect(outcomes(yield* jobsOf(store, "/system/etc/logs"))).toEqual([[1, "interrupted"]])
    })
  )

  it.effect("is bounded, and one that cannot be read is an empty one", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      for (let began = 1; began <= 60; began++) {
        yield* recordJob(store, ended(began, Exit.succeed({ report: "fine", txn: began })))
      }
      const jobs = yield* jobsOf(store, "/system/etc/logs")
      expect([jobs.length, jobs[0]!.beganMs, jobs.at(-1)!.beganMs]).toEqual([50, 11, 60])
      const [key] = yield* keysIn(store)
      yield* store.put(key!, new TextEncoder().encode("{"))
      expect(yield* jobsOf(store, "/system/etc/logs")).toEqual([])
    })
  )
})
