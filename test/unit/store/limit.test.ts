import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { bytesOfRate, limiterOf } from "../../../src/store/limit.ts"
import { DEFAULT_RETRY } from "../../../src/store/retry.ts"
import { s3Store } from "../../../src/store/s3/store.ts"
import { locationIn, storeInDouble } from "../../support/s3/subject.ts"
import { patterned } from "../../support/store/bytes.ts"

/** How many milliseconds something takes while time passes by itself. */
const timed = (work: Effect.Effect<unknown>) =>
  Effect.gen(function* () {
    const beganMs = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.forkChild(Effect.andThen(work, Clock.currentTimeMillis))
    yield* TestClock.adjust("1 hour")
    return (yield* Fiber.join(fiber)) - beganMs
  })

const times = (count: number, work: Effect.Effect<unknown>) =>
  Effect.forEach(Array.from({ length: count }), () => work, { concurrency: "unbounded" })

describe("a limiter", () => {
  it.effect("lets so many requests through in a second, however many are made at once", () =>
    Effect.gen(function* () {
      const { request } = limiterOf({ requestsPerSecond: 20 })
      expect(yield* timed(times(100, request(1_000_000)))).toBe(4900)
      expect(yield* timed(request(0))).toBe(0)
    })
  )

  it.effect("lets so many bytes through in a second, both ways together", () =>
    Effect.gen(function* () {
      const { received, request } = limiterOf({ bytesPerSecond: 1000 })
      expect(yield* timed(Effect.andThen(times(10, request(500)), times(50, received(100))))).toBe(9900)
    })
  )

  it.effect("lets everything through where nothing is bounded", () =>
    Effect.gen(function* () {
      const { received, request } = limiterOf({})
      expect(yield* timed(Effect.andThen(times(1000, request(1e9)), times(1000, received(1e9))))).toBe(0)
    })
  )

  it.live("slows down what a store in S3 sends and receives", () =>
    Effect.gen(function* () {
      const { double } = yield* storeInDouble
      const limited = s3Store(locationIn(double), DEFAULT_RETRY, limiterOf({ bytesPerSecond: 1_000_000 }))
      const bytes = patterned(200_000)
      const [, , elapsedMs] = yield* Effect.gen(function* () {
        const beganMs = yield* Clock.currentTimeMillis
        const created = yield* limited.putIfAbsent("a", bytes)
        const read = yield* limited.get("a")
        return [created, read, (yield* Clock.currentTimeMillis) - beganMs] as const
      })
      expect(elapsedMs).toBeGreaterThanOrEqual(290)
    })
  )
})

describe("bytesOfRate", () => {
  it.each([
    ["1", 1],
    ["10MiB", 10 * 1024 * 1024],
    ["500kB", 500_000],
    ["1.5 MB/s", 1_500_000],
    ["2k", 2048],
    ["1G", 1024 ** 3]
  ] as const)("reads %s", (text, bytes) => {
    expect(bytesOfRate(text)).toBe(bytes)
  })

  it.each(["", "0", "0.5", "-1", "fast", "1e9", "10 mib", "1TiBs"])("refuses %j", (text) => {
    expect(bytesOfRate(text)).toBeUndefined()
  })
})
