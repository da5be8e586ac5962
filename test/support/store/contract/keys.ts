/**
 * Which keys there are, and writers that race for one.
 */
import { expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { compareKeys } from "../../../../src/store/key.ts"
import { patterned, utf8 } from "../bytes.ts"
import { INVALID_KEYS, ODD_KEYS } from "../keys.ts"
import { keysOf } from "./subject.ts"
import type { Subject } from "./subject.ts"

/** Tests that every valid key is taken, and every other text refused. */
export const keys = (subject: Subject): void => {
  const { make } = subject

  it.effect("takes every valid key, and keeps them apart", () =>
    Effect.gen(function* () {
      const store = yield* make
      const odd = ODD_KEYS.filter((key) => subject.mangledKeys?.includes(key) !== true)
      for (const key of odd) expect([key, yield* store.putIfAbsent(key, utf8(key))]).toEqual([key, true])
      for (const key of odd) expect(yield* store.get(key)).toEqual(utf8(key))
      expect(yield* keysOf(subject, store)).toEqual(odd.toSorted(compareKeys))
      for (const key of odd) yield* store.delete(key)
      expect(yield* keysOf(subject, store)).toEqual([])
    })
  )

  it.effect("refuses every other key in every operation (R11)", () =>
    Effect.gen(function* () {
      const store = yield* make
      const bytes = utf8("x")
      for (const key of INVALID_KEYS) {
        const outcomes = yield* Effect.forEach(
          [
            store.get(key),
            store.getRange(key, { start: 0 }),
            Stream.runDrain(store.stream(key)),
            store.head(key),
            store.putIfAbsent(key, bytes),
            store.putIfAbsent(key, patterned(300_000)),
            store.put(key, bytes),
            store.delete(key),
            Effect.scoped(Effect.flatMap(store.stage, (staged) => staged.publish(key)))
          ],
          (operation) => Effect.map(Effect.flip(operation), ({ _tag }) => _tag)
        )
        expect([key, ...new Set(outcomes)]).toEqual([key, "InvalidObjectKey"])
      }
      expect(yield* keysOf(subject, store)).toEqual([])
    })
  )
}

/** Tests that one of many racing writers wins. */
export const races = ({ make }: Subject): void => {
  const sixteen = Array.from({ length: 16 }, (_, index) => index)

  it.effect("lets exactly one of sixteen racing creators win", () =>
    Effect.gen(function* () {
      const store = yield* make
      for (const sizeBytes of [100, 300_000]) {
        const key = `race/${sizeBytes}`
        const answers = yield* Effect.forEach(sixteen, (seed) => store.putIfAbsent(key, patterned(sizeBytes, seed)), {
          concurrency: "unbounded"
        })
        expect(answers.filter(Boolean)).toHaveLength(1)
        expect(Buffer.compare(yield* store.get(key), patterned(sizeBytes, answers.indexOf(true)))).toBe(0)
      }
    })
  )

  it.effect("lets exactly one of sixteen racing publishers win", () =>
    Effect.gen(function* () {
      const store = yield* make
      const publish = (seed: number) =>
        Effect.scoped(
          Effect.gen(function* () {
            const staged = yield* store.stage
            yield* staged.write(patterned(1000, seed))
            yield* Effect.yieldNow
            return yield* staged.publish("race/staged")
          })
        )
      const answers = yield* Effect.forEach(sixteen, publish, { concurrency: "unbounded" })
      expect(answers.filter(Boolean)).toHaveLength(1)
      expect(yield* store.get("race/staged")).toEqual(patterned(1000, answers.indexOf(true)))
    })
  )
}
