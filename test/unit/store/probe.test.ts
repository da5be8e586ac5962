import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { countingStore } from "../../../src/store/counting.ts"
import { failOnce, faultyStore } from "../../../src/store/faults.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { PROBE_KEY, probedStore } from "../../../src/store/probe.ts"
import { utf8 } from "../../support/store/bytes.ts"

/** A store that answers 200 to a conditional write and overwrites, as some servers do. */
const overwriting = (): Store => {
  const store = memoryStore()
  return { ...store, putIfAbsent: (key, bytes) => Effect.as(store.put(key, bytes), true) }
}

describe("a probed store", () => {
  it.effect("finds out that the condition is ignored before anything is written (F26)", () =>
    Effect.gen(function* () {
      const base = overwriting()
      const store = probedStore(base)
      const write = store.putIfAbsent("_delta_log/0.json", utf8("entry"))
      const publish = Effect.scoped(Effect.flatMap(store.stage, (staged) => staged.publish("blob")))
      for (const attempt of [write, publish, write]) {
        expect(yield* Effect.flip(attempt)).toMatchObject({ _tag: "ConditionalPutIgnored", key: PROBE_KEY })
      }
      expect((yield* Stream.runCollect(base.list(""))).map(({ key }) => key)).toEqual([PROBE_KEY])
    })
  )

  it.effect("asks once: two requests the first time ever, one in later processes", () =>
    Effect.gen(function* () {
      const memory = memoryStore()
      const { store, counts, reset } = countingStore({
        ...memory,
        // Answers come later, as from a server: other writers get their turn meanwhile.
        putIfAbsent: (key, bytes) => Effect.andThen(Effect.yieldNow, memory.putIfAbsent(key, bytes))
      })
      const first = probedStore(store)
      const keys = ["a", "b", "c", "d"]
      yield* Effect.forEach(keys, (key) => first.putIfAbsent(key, utf8(key)), { concurrency: "unbounded" })
      expect(counts().putIfAbsent?.requests).toBe(keys.length + 2)
      reset()
      const second = probedStore(store)
      yield* second.putIfAbsent("e", utf8("e"))
      yield* second.putIfAbsent("f", utf8("f"))
      expect(counts().putIfAbsent?.requests).toBe(2 + 1)
    })
  )

  it.effect("does not probe for reading, hints and removals", () =>
    Effect.gen(function* () {
      const { store, counts } = countingStore(memoryStore())
      const probed = probedStore(store)
      yield* probed.put("hint", utf8("1"))
      yield* probed.get("hint")
      yield* probed.delete("hint")
      expect(counts().putIfAbsent).toBeUndefined()
    })
  )

  it.effect("probes again when the probe itself could not be made", () =>
    Effect.gen(function* () {
      const probed = probedStore(faultyStore(memoryStore(), failOnce(0)).store)
      expect((yield* Effect.flip(probed.putIfAbsent("a", utf8("a"))))._tag).toBe("StoreFailed")
      expect(yield* probed.putIfAbsent("a", utf8("a"))).toBe(true)
    })
  )
})
