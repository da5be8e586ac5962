/**
 * Objects whose name is known only at the end.
 */
import { expect, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { patterned, utf8 } from "../bytes.ts"
import { keysOf } from "./subject.ts"
import type { Subject } from "./subject.ts"

/** Tests that staged bytes become objects. */
export const staging = (subject: Subject): void => {
  const { make } = subject

  it.effect("publishes what was staged, under a name chosen at the end", () =>
    Effect.gen(function* () {
      const store = yield* make
      const bytes = patterned(2_500_000)
      const buffer = new Uint8Array(100_000)
      const created = yield* Effect.scoped(
        Effect.gen(function* () {
          const staged = yield* store.stage
          for (let at = 0; at < bytes.length; at += buffer.length) {
            buffer.set(bytes.subarray(at, at + buffer.length))
            yield* staged.write(buffer)
          }
          yield* staged.write(new Uint8Array(0))
          expect(yield* keysOf(subject, store)).toEqual([])
          return yield* staged.publish("blobs/ab/name")
        })
      )
      expect(created).toBe(true)
      expect(Buffer.compare(yield* store.get("blobs/ab/name"), bytes)).toBe(0)
      expect(yield* keysOf(subject, store)).toEqual(["blobs/ab/name"])
    })
  )

  it.effect("publishes one large write, and nothing at all", () =>
    Effect.gen(function* () {
      const store = yield* make
      const bytes = patterned(1_000_000)
      for (const [key, written] of [
        ["large", bytes],
        ["empty", new Uint8Array(0)]
      ] as const) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const staged = yield* store.stage
            yield* staged.write(written)
            expect(yield* staged.publish(key)).toBe(true)
          })
        )
        expect(Buffer.compare(yield* store.get(key), written)).toBe(0)
      }
    })
  )
}

/** Tests that what is not published leaves nothing, and changes nothing. */
export const abandoning = (subject: Subject): void => {
  const { make } = subject

  it.effect("does not publish over an object", () =>
    Effect.gen(function* () {
      const store = yield* make
      yield* store.putIfAbsent("a/b", utf8("first"))
      const created = yield* Effect.scoped(
        Effect.gen(function* () {
          const staged = yield* store.stage
          yield* staged.write(utf8("second"))
          return yield* staged.publish("a/b")
        })
      )
      expect(created).toBe(false)
      expect(yield* store.get("a/b")).toEqual(utf8("first"))
      expect(yield* keysOf(subject, store)).toEqual(["a/b"])
    })
  )

  it.effect("leaves nothing of what was abandoned, failed or interrupted", () =>
    Effect.gen(function* () {
      const store = yield* make
      const stageSome = Effect.gen(function* () {
        const staged = yield* store.stage
        yield* staged.write(patterned(500_000))
      })
      yield* Effect.scoped(stageSome)
      yield* Effect.ignore(Effect.scoped(Effect.andThen(stageSome, Effect.fail("stop"))))
      const fiber = yield* Effect.forkChild(Effect.scoped(Effect.andThen(stageSome, Effect.never)))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
      expect(yield* keysOf(subject, store)).toEqual([])
      expect(yield* store.sweep(0)).toBe(0)
    })
  )
}
