import { describe, expect, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import { CACHED_ANSWER_BYTES_MAX, cachedStore, Shelf, shelvedStore } from "../../../src/store/cache.ts"
import { countingStore } from "../../../src/store/counting.ts"
import { faultyStore, injected } from "../../../src/store/faults.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { patterned, utf8 } from "../../support/store/bytes.ts"

const isImmutable = (key: string): boolean => !key.startsWith("_")

/** A base with three objects and a hint, a cache over it, and what the base is asked for. */
const cached = (cache: Store, bytesMax = 1_000_000) =>
  Effect.gen(function* () {
    const base = memoryStore()
    for (const [seed, key] of ["a", "b", "c"].entries()) yield* base.putIfAbsent(key, patterned(1000, seed))
    yield* base.put("_hint", utf8("1"))
    const { store, requests } = countingStore(base)
    return { base, requests, store: cachedStore(store, cache, { isImmutable, bytesMax }) }
  })

const sizeOf = (cache: Store) =>
  Effect.map(Stream.runCollect(cache.list("")), (entries) => entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))

describe("a cache", () => {
  it.effect("answers the second time without the base, also in a later process", () =>
    Effect.gen(function* () {
      const cache = memoryStore()
      const { store, base, requests } = yield* cached(cache)
      for (let round = 0; round < 3; round++) {
        expect(yield* store.get("a")).toEqual(patterned(1000, 0))
        expect(yield* store.getRange("b", { start: 10, end: 20 })).toEqual(patterned(1000, 1).slice(10, 20))
        expect(yield* store.getRange("b", { last: 8 })).toEqual(patterned(1000, 1).slice(-8))
        expect(yield* store.getRange("b", { start: 990 })).toEqual(patterned(1000, 1).slice(990))
      }
      expect(requests()).toBe(4)
      const counted = countingStore(base)
      const later = cachedStore(counted.store, cache, { isImmutable, bytesMax: 1_000_000 })
      expect(yield* later.get("a")).toEqual(patterned(1000, 0))
      expect(counted.requests()).toBe(0)
    })
  )

  it.effect("never keeps hints, absence or large answers", () =>
    Effect.gen(function* () {
      const cache = memoryStore()
      const { store, base, requests } = yield* cached(cache)
      yield* base.putIfAbsent("large", patterned(CACHED_ANSWER_BYTES_MAX + 1))
      for (const value of ["1", "2"]) {
        yield* base.put("_hint", utf8(value))
        expect(yield* store.get("_hint")).toEqual(utf8(value))
        expect((yield* Effect.flip(store.get("absent")))._tag).toBe("ObjectMissing")
        expect((yield* store.get("large")).length).toBe(CACHED_ANSWER_BYTES_MAX + 1)
      }
      expect(requests()).toBe(6)
      expect(yield* sizeOf(cache)).toBe(0)
    })
  )

  it.effect("changes no answer when its entries are damaged, swapped, cut or gone (R6)", () =>
    Effect.gen(function* () {
      const cache = memoryStore()
      const { store, requests } = yield* cached(cache)
      const wanted = { a: patterned(1000, 0), b: patterned(1000, 1) }
      const readBoth = Effect.gen(function* () {
        expect(yield* store.get("a")).toEqual(wanted.a)
        expect(yield* store.get("b")).toEqual(wanted.b)
      })
      yield* readBoth
      const entries = (yield* Stream.runCollect(cache.list(""))).map(({ key }) => key)
      const [first, second] = entries as [string, string]
      const [firstBytes, secondBytes] = [yield* cache.get(first), yield* cache.get(second)]
      const damage = [
        Effect.andThen(cache.put(first, secondBytes), cache.put(second, firstBytes)),
        ...[0, 31, 32, 500, firstBytes.length - 1].map((at) =>
          cache.put(
            first,
            firstBytes.map((byte, index) => (index === at ? byte ^ 1 : byte))
          )
        ),
        cache.put(first, firstBytes.slice(0, 500)),
        cache.put(first, firstBytes.slice(0, 10)),
        cache.put(first, new Uint8Array(0)),
        cache.delete(first)
      ]
      for (const harm of damage) {
        yield* harm
        const before = requests()
        yield* readBoth
        expect(requests()).toBeGreaterThan(before)
        yield* readBoth
      }
      expect(requests()).toBe(2 + damage.length + 1)
    })
  )

  it.effect("is as if it were empty when it cannot be used", () =>
    Effect.gen(function* () {
      const broken = faultyStore(memoryStore(), (request) => ({ when: "before", error: injected(request) })).store
      const { store, requests } = yield* cached(broken)
      expect(yield* store.get("a")).toEqual(patterned(1000, 0))
      expect(yield* store.get("a")).toEqual(patterned(1000, 0))
      yield* store.delete("a")
      expect((yield* Effect.flip(store.get("a")))._tag).toBe("ObjectMissing")
      expect(requests()).toBe(4)
    })
  )

  it.effect("holds at most what it may, and drops what was not used for longest", () =>
    Effect.gen(function* () {
      const cache = memoryStore()
      const { store, base, requests } = yield* cached(cache, 2500)
      const readable = (key: string) =>
        Effect.gen(function* () {
          const before = requests()
          yield* store.get(key)
          return requests() === before
        })
      yield* store.get("a")
      yield* store.get("b")
      expect(yield* readable("a")).toBe(true)
      yield* store.get("c")
      expect(yield* sizeOf(cache)).toBeLessThanOrEqual(2500)
      expect(yield* readable("a")).toBe(true)
      expect(yield* readable("c")).toBe(true)
      expect(yield* readable("b")).toBe(false)

      // A later process learns sizes and ages from what is there.
      yield* TestClock.adjust("1 minute")
      const later = cachedStore(base, cache, { isImmutable, bytesMax: 2500 })
      yield* base.putIfAbsent("d", patterned(1000, 3))
      yield* later.get("d")
      expect(yield* sizeOf(cache)).toBeLessThanOrEqual(2500)
      expect(yield* later.get("d")).toEqual(patterned(1000, 3))
    })
  )

  it.effect("forgets an object that is deleted, with all its ranges", () =>
    Effect.gen(function* () {
      const cache = memoryStore()
      const { store } = yield* cached(cache)
      yield* store.get("a")
      yield* store.getRange("a", { last: 3 })
      yield* store.get("b")
      yield* store.delete("a")
      expect((yield* Effect.flip(store.get("a")))._tag).toBe("ObjectMissing")
      expect((yield* Effect.flip(store.getRange("a", { last: 3 })))._tag).toBe("ObjectMissing")
      expect(yield* sizeOf(cache)).toBe(1032)
    })
  )

  it.effect("of what nobody writes keeps sizes as well, also in a later process; absence never", () =>
    Effect.gen(function* () {
      const cache = memoryStore()
      const counted = countingStore(memoryStore())
      yield* counted.store.putIfAbsent("a", patterned(1000))
      yield* counted.store.put("_hint", utf8("12"))
      counted.reset()
      const options = { isImmutable, isReadOnly: true, bytesMax: 1_000_000 }
      const size = (key: string) =>
        Effect.map(cachedStore(counted.store, cache, options).head(key), (found) =>
          Option.getOrUndefined(Option.map(found, ({ sizeBytes }) => sizeBytes))
        )
      expect([yield* size("a"), yield* size("a"), counted.requests()]).toEqual([1000, 1000, 1])
      expect([yield* size("_hint"), yield* size("_hint"), counted.requests()]).toEqual([2, 2, 3])
      expect([yield* size("b"), counted.requests()]).toEqual([undefined, 4])
      yield* counted.store.putIfAbsent("b", patterned(5))
      expect(yield* size("b")).toBe(5)
      for (const { key } of yield* Stream.runCollect(cache.list(""))) yield* cache.put(key, utf8("damaged, so none"))
      expect(yield* size("a")).toBe(1000)
      // Where somebody writes, an object that was there is asked for again: it may be gone.
      const writing = cachedStore(counted.store, cache, { isImmutable, bytesMax: 1_000_000 })
      counted.reset()
      yield* writing.head("a")
      expect(counted.requests()).toBe(1)
    })
  )

  it.effect("that several stores share holds for all of them together no more than it may", () =>
    Effect.gen(function* () {
      const cache = memoryStore()
      const shelf = new Shelf(cache, 10_000)
      for (let at = 0; at < 8; at++) {
        const base: Store = { ...memoryStore(), url: `test:${at}` }
        const store = shelvedStore(base, shelf, { isImmutable })
        for (const key of ["a", "b", "c"]) {
          yield* base.putIfAbsent(key, patterned(1000, at))
          expect(yield* store.get(key)).toEqual(patterned(1000, at))
        }
        expect(yield* sizeOf(cache)).toBeLessThanOrEqual(10_000)
      }
      expect(yield* sizeOf(cache)).toBeGreaterThan(9000)
    })
  )
})
