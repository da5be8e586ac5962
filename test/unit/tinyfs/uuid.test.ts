import { assert, describe, it } from "@effect/vitest"
import { Effect, Random } from "effect"
import { TestClock } from "effect/testing"
import { CurrentUuidState, uuidv7 } from "../../../src/tinyfs/uuid.ts"

const fresh = <A>(effect: Effect.Effect<A>): Effect.Effect<A> =>
  effect.pipe(Effect.provideService(CurrentUuidState, { timeMs: -1, count: 0 }), Random.withSeed("uuid"))

const draw = (count: number) => Effect.forEach(Array.from({ length: count }), () => uuidv7)

describe("uuidv7", () => {
  it.effect("has version, variant and the time of the clock", () =>
    fresh(
      Effect.gen(function* () {
        yield* TestClock.setTime(0x0123_4567_89ab)
        for (const id of yield* draw(500)) {
          assert.match(id, /^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
        }
      })
    )
  )

  it.effect("is in the order of drawing within one millisecond, and when the clock goes back", () =>
    fresh(
      Effect.gen(function* () {
        yield* TestClock.setTime(5_000)
        const first = yield* draw(2_000)
        yield* TestClock.setTime(4_000)
        const second = yield* draw(100)
        yield* TestClock.setTime(6_000)
        const all = [...first, ...second, ...(yield* draw(100))]
        assert.deepStrictEqual(all, all.toSorted())
        assert.strictEqual(new Set(all).size, all.length)
      })
    )
  )

  it.effect("goes to the next millisecond when the counter is used up", () =>
    Effect.gen(function* () {
      const state = { timeMs: 7, count: 2 ** 32 - 2 }
      const draws = Effect.provideService(draw(2), CurrentUuidState, state)
      yield* TestClock.setTime(7)
      const [last, next] = yield* draws
      assert.isTrue(last!.startsWith("00000000-0007-7fff-bfff-f"))
      assert.isTrue(next!.startsWith("00000000-0008-7"))
    })
  )

  it.effect("repeats with the seed", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* fresh(draw(20)), yield* fresh(draw(20)))
    })
  )
})
