/**
 * Clocks that jump: transactions are ordered by their numbers, and no time is before its parent's (R2).
 */
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, Logger, Stream } from "effect"
import { TestClock } from "effect/testing"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { maintain } from "../../../src/tlogfs/maintain.ts"
import { openAt, type PondInterface } from "../../../src/tlogfs/pond.ts"
import { damagesOf } from "../../support/tlogfs/writers.ts"

const DAY_MS = 24 * 60 * 60 * 1000
const YEAR_MS = 365 * DAY_MS
const START_MS = Date.UTC(2026, 0, 1)

const append = (pond: PondInterface, text: string) =>
  Effect.map(
    pond.transaction(Effect.flatMap(Transaction, (tx) => tx.append("/lines", new TextEncoder().encode(`${text}\n`)))),
    ({ committed }) => committed
  )

/** Moves the clock by so much before each transaction, and maintains the pond after it if asked to. */
const JUMPS: ReadonlyArray<readonly [name: string, stepsMs: ReadonlyArray<number>]> = [
  ["standing still", [0, 0, 0, 0]],
  ["back a day", [0, -DAY_MS, 1000, 1000]],
  ["forward ten years", [0, 10 * YEAR_MS, 1000, 1000]],
  ["forward ten years and back", [0, 10 * YEAR_MS, -10 * YEAR_MS, 1000, 1000]],
  ["back before 1970", [0, -START_MS - DAY_MS, 1000, START_MS]]
]

describe("a pond whose clock jumps", () => {
  it.effect.each(
    JUMPS.flatMap(([name, steps]) => [
      { name, steps, isMaintained: false, how: "commits alone" },
      { name, steps, isMaintained: true, how: "maintained after every commit" }
    ])
  )("$name, $how: in the order of numbers, times never back (R2)", ({ isMaintained, steps }) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(START_MS)
      const store = memoryStore()
      const pond = yield* openAt(store, true, undefined)
      const other = yield* openAt(store, false, undefined)
      let latestMs = 0
      for (const [at, stepMs] of steps.entries()) {
        yield* TestClock.setTime((yield* Clock.currentTimeMillis) + stepMs)
        latestMs = Math.max(latestMs, yield* Clock.currentTimeMillis)
        yield* append(at % 2 === 0 ? pond : other, String(at))
        if (isMaintained) yield* maintain(store)
        const head = yield* (yield* openAt(store, false, undefined)).head
        expect(head.view.txn).toBe(at + 1)
        // The pond knows no time later than any clock showed, and takes the clock's again as soon as it can.
        expect(head.view.timeMicros).toBe(latestMs * 1000)
      }
      const fresh = yield* openAt(store, false, undefined)
      const history = (yield* Stream.runCollect(Stream.take(fresh.log(), steps.length))).toReversed()
      expect(history.map(({ header }) => header.txn)).toEqual(steps.map((_, at) => at + 1))
      const times = history.map(({ header }) => header.timeMicros)
      expect(times).toEqual(times.toSorted((left, right) => left - right))
      for (const [at, { header }] of history.entries()) {
        const lines = steps.slice(0, at + 1).map((_, line) => `${line}\n`)
        expect(yield* (yield* fresh.at(header.txn)).readText("/lines")).toBe(lines.join(""))
        // What was newest at a time is the last transaction of that time.
        const newest = times.lastIndexOf(header.timeMicros) + 1
        expect((yield* fresh.atTime(header.timeMicros)).view.txn).toBe(newest)
      }
      expect(yield* damagesOf(store)).toEqual([])
    }).pipe(Effect.provide(Logger.layer([])))
  )
})
