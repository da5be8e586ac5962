import { expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { countingStore } from "../../../src/store/counting.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { patterned } from "../../support/store/bytes.ts"

it.effect("counts requests and bytes by operation, failed requests too", () =>
  Effect.gen(function* () {
    const { store, counts, requests, reset } = countingStore(memoryStore())
    yield* store.putIfAbsent("a", patterned(100))
    yield* store.putIfAbsent("a", patterned(50))
    yield* store.put("hint", patterned(7))
    yield* store.get("a")
    yield* Effect.flip(store.get("absent"))
    yield* store.getRange("a", { start: 10, end: 30 })
    yield* Stream.runDrain(store.stream("a", { start: 1 }))
    yield* Stream.runDrain(store.list(""))
    yield* store.head("a")
    yield* store.delete("hint")
    yield* Effect.scoped(
      Effect.gen(function* () {
        const staged = yield* store.stage
        yield* staged.write(patterned(1000))
        yield* staged.write(patterned(24))
        yield* staged.publish("b")
      })
    )
    expect(counts()).toEqual({
      putIfAbsent: { requests: 2, bytes: 150 },
      put: { requests: 1, bytes: 7 },
      get: { requests: 2, bytes: 100 },
      getRange: { requests: 1, bytes: 20 },
      stream: { requests: 1, bytes: 99 },
      list: { requests: 1, bytes: 0 },
      head: { requests: 1, bytes: 0 },
      delete: { requests: 1, bytes: 0 },
      stage: { requests: 1, bytes: 0 },
      write: { requests: 2, bytes: 1024 },
      publish: { requests: 1, bytes: 0 }
    })
    expect(requests()).toBe(14)
    reset()
    expect(counts()).toEqual({})
    expect(requests()).toBe(0)
  })
)

it.effect("counts a request when it is made, not when it is described", () =>
  Effect.gen(function* () {
    const { store, requests } = countingStore(memoryStore())
    const request = Effect.ignore(store.get("a"))
    expect(requests()).toBe(0)
    yield* request
    yield* request
    expect(requests()).toBe(2)
  })
)
