import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { countingStore } from "../../../src/store/counting.ts"
import { StoreFailed } from "../../../src/store/errors.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { REST_MS, restingStore } from "../../../src/store/resting.ts"

/** A store that can be out of reach, and what it is asked for. */
const place = (code: string, transient: boolean) => {
  const counted = countingStore(memoryStore())
  const state = { isGone: false }
  const failing = <A, E>(key: string, run: Effect.Effect<A, E>): Effect.Effect<A, E | StoreFailed> =>
    Effect.suspend((): Effect.Effect<A, E | StoreFailed> => {
      if (!state.isGone) return run
      const cause = new Error("it is gone")
      return Effect.fail(new StoreFailed({ url: "test:", key, operation: "get", code, transient, cause }))
    })
  const { store } = counted
  const gone: Store = {
    ...store,
    get: (key) => Effect.andThen(store.head(key), failing(key, store.get(key))),
    stream: (key, range) => Stream.unwrap(failing(key, Effect.as(store.head(key), store.stream(key, range))))
  }
  return { counted, state, store: restingStore(gone) }
}

describe("a place that cannot be reached", () => {
  it.effect("is not asked again until it has rested; then it is", () =>
    Effect.gen(function* () {
      const { counted, state, store } = place("ECONNREFUSED", true)
      yield* store.put("a", new Uint8Array([1]))
      state.isGone = true
      expect((yield* Effect.flip(store.get("a")))._tag).toBe("StoreFailed")
      counted.reset()
      const again = yield* Effect.flip(store.get("b"))
      expect(again).toMatchObject({ _tag: "StoreFailed", key: "b", operation: "get", code: "ECONNREFUSED" })
      expect((yield* Effect.flip(Stream.runDrain(store.stream("a"))))._tag).toBe("StoreFailed")
      expect((yield* Effect.flip(store.head("a"))).message).toContain("it is gone")
      expect(counted.requests()).toBe(0)
      state.isGone = false
      yield* TestClock.adjust(REST_MS)
      expect(yield* store.get("a")).toEqual(new Uint8Array([1]))
      expect(yield* Stream.runCollect(store.stream("a"))).toHaveLength(1)
    })
  )

  it.effect("is another thing than an object that is refused, missing, or not what was asked for", () =>
    Effect.gen(function* () {
      for (const [code, transient] of [
        ["AccessDenied", false],
        ["WrongAnswer", true]
      ] as const) {
        const { state, store } = place(code, transient)
        yield* store.put("a", new Uint8Array([1]))
        state.isGone = true
        yield* Effect.flip(store.get("a"))
        state.isGone = false
        expect(yield* store.get("a")).toEqual(new Uint8Array([1]))
        expect((yield* Effect.flip(store.get("absent")))._tag).toBe("ObjectMissing")
        expect(yield* store.get("a")).toEqual(new Uint8Array([1]))
      }
    })
  )
})
