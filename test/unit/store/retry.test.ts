import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { countingStore } from "../../../src/store/counting.ts"
import { faultyStore, injected } from "../../../src/store/faults.ts"
import type { Fault, NumberedRequest, Plan } from "../../../src/store/faults.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { STREAM_CHUNK_BYTES } from "../../../src/store/range.ts"
import { DEFAULT_RETRY, retryingStore } from "../../../src/store/retry.ts"
import { collected, patterned, utf8 } from "../../support/store/bytes.ts"

/** Runs an effect while time passes by itself; gives its outcome and how long it took, in milliseconds. */
const timed = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const begin = yield* Clock.currentTimeMillis
    const ended = Effect.map(Clock.currentTimeMillis, (now) => now - begin)
    const fiber = yield* Effect.forkChild(Effect.zip(Effect.result(effect), ended))
    yield* TestClock.adjust("1 hour")
    const [result, elapsedMs] = yield* Fiber.join(fiber)
    return { result, elapsedMs }
  })

const succeeding = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.flatMap(timed(effect), ({ result }) => Effect.fromResult(result))

const transient =
  (when: Fault["when"], isFailing: (request: NumberedRequest) => boolean): Plan =>
  (request) =>
    isFailing(request) ? { when, error: injected(request, true) } : undefined

const firstThree = transient("before", ({ number }) => number < 3)

describe("a retrying store", () => {
  it.effect("repeats what failed for a passing reason", () =>
    Effect.gen(function* () {
      const memory = memoryStore()
      yield* memory.putIfAbsent("a", utf8("bytes"))
      const operations: ReadonlyArray<(store: Store) => Effect.Effect<unknown, unknown>> = [
        (store) => store.get("a"),
        (store) => store.getRange("a", { last: 2 }),
        (store) => store.head("a"),
        (store) => store.putIfAbsent("b", utf8("b")),
        (store) => store.put("hint", utf8("1")),
        (store) => store.delete("c"),
        (store) => store.sweep(0),
        (store) => Effect.scoped(store.stage),
        (store) => Stream.runDrain(store.list("")),
        (store) => Stream.runDrain(store.stream("a"))
      ]
      for (const operation of operations) {
        const { store, requests } = faultyStore(memory, firstThree)
        yield* succeeding(operation(retryingStore(store)))
        expect(requests()).toBe(4)
      }
    })
  )

  it.effect("gives up after a bounded number of growing, jittered pauses, with the last error", () =>
    Effect.gen(function* () {
      const waits = new Set<number>()
      for (let round = 0; round < 5; round++) {
        const { store, requests } = faultyStore(
          memoryStore(),
          transient("before", () => true)
        )
        const { result, elapsedMs } = yield* timed(retryingStore(store).get("a"))
        expect(result).toMatchObject({ _tag: "Failure", failure: { _tag: "StoreFailed", transient: true } })
        expect(requests()).toBe(DEFAULT_RETRY.times + 1)
        const unjitteredMs = 50 * (2 ** DEFAULT_RETRY.times - 1)
        expect(elapsedMs).toBeGreaterThan(unjitteredMs * 0.79)
        expect(elapsedMs).toBeLessThan(unjitteredMs * 1.21)
        waits.add(elapsedMs)
      }
      expect(waits.size).toBeGreaterThan(1)
    })
  )

  it.effect("gives up when its time is over", () =>
    Effect.gen(function* () {
      const { store, requests } = faultyStore(
        memoryStore(),
        transient("before", () => true)
      )
      const patient = retryingStore(store, { times: 1000, firstPause: "1 second", total: "30 seconds" })
      const { elapsedMs } = yield* timed(patient.get("a"))
      expect(requests()).toBeLessThan(8)
      expect(elapsedMs).toBeLessThan(70_000)
    })
  )

  it.effect("does not repeat what will not pass", () =>
    Effect.gen(function* () {
      const { store, requests } = faultyStore(memoryStore(), (request) => ({
        when: "before",
        error: injected(request)
      }))
      const retrying = retryingStore(store)
      yield* Effect.flip(retrying.get("a"))
      yield* Effect.flip(Stream.runDrain(retrying.list("")))
      expect(requests()).toBe(2)
      const absent = countingStore(memoryStore())
      expect((yield* Effect.flip(retryingStore(absent.store).get("a")))._tag).toBe("ObjectMissing")
      expect(absent.requests()).toBe(1)
    })
  )

  it.effect("recognises its own write whose answer was lost (F25)", () =>
    Effect.gen(function* () {
      const memory = memoryStore()
      const lost = transient("after", ({ number }) => number === 0)
      expect(yield* succeeding(retryingStore(faultyStore(memory, lost).store).putIfAbsent("a", utf8("mine")))).toBe(
        true
      )
      expect(yield* memory.get("a")).toEqual(utf8("mine"))
    })
  )

  it.effect("does not take another writer's object for its own", () =>
    Effect.gen(function* () {
      const memory = memoryStore()
      yield* memory.putIfAbsent("a", utf8("theirs"))
      const never = transient("before", ({ number }) => number === 0)
      expect(yield* succeeding(retryingStore(faultyStore(memory, never).store).putIfAbsent("a", utf8("mine")))).toBe(
        false
      )
      const same = retryingStore(memory)
      expect(yield* same.putIfAbsent("a", utf8("theirs"))).toBe(false)
    })
  )

  it.effect("goes on with a stream where it broke, and delivers every byte once", () =>
    Effect.gen(function* () {
      const memory = memoryStore()
      const bytes = patterned(5 * STREAM_CHUNK_BYTES + 17)
      yield* memory.putIfAbsent("a", bytes)
      const asked: Array<unknown> = []
      const breaking: Store = {
        ...memory,
        stream: (key, range) => {
          asked.push(range)
          const error = injected({ operation: "stream", key, sentBytes: 0 }, true)
          return asked.length > 4
            ? memory.stream(key, range)
            : Stream.concat(Stream.take(memory.stream(key, range), 1), Stream.fail(error))
        }
      }
      const store = retryingStore(breaking)
      expect(Buffer.compare(yield* succeeding(collected(store.stream("a"))), bytes)).toBe(0)
      expect(asked).toHaveLength(5)
      asked.length = 0
      const range = { start: 3, end: bytes.length - 4 }
      expect(Buffer.compare(yield* succeeding(collected(store.stream("a", range))), bytes.subarray(3, -4))).toBe(0)
      asked.length = 0
      const last = { last: 4 * STREAM_CHUNK_BYTES + 9 }
      expect(Buffer.compare(yield* succeeding(collected(store.stream("a", last))), bytes.subarray(-last.last))).toBe(0)
      asked.length = 0
      const more = { last: 6 * STREAM_CHUNK_BYTES }
      expect(Buffer.compare(yield* succeeding(collected(store.stream("a", more))), bytes)).toBe(0)
    })
  )

  it.effect("goes on with a list where it broke, and lists every key once", () =>
    Effect.gen(function* () {
      const memory = memoryStore()
      const keys = ["a", "b", "c", "d", "e"]
      for (const key of keys) yield* memory.putIfAbsent(key, utf8(key))
      let breaks = 0
      const breaking: Store = {
        ...memory,
        list: (prefix, options) =>
          breaks++ < 3
            ? Stream.concat(
                Stream.take(memory.list(prefix, options), 1),
                Stream.fail(injected({ operation: "list", key: prefix, sentBytes: 0 }, true))
              )
            : memory.list(prefix, options)
      }
      const listed = yield* succeeding(Stream.runCollect(retryingStore(breaking).list("")))
      expect(listed.map(({ key }) => key)).toEqual(keys)
    })
  )
})
