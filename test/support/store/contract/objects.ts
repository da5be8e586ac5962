/**
 * Objects: created once, whole, read back exactly; absent ones.
 */
import { expect, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import { collected, patterned, utf8 } from "../bytes.ts"
import type { Subject } from "./subject.ts"

/** Tests that objects are created once, and read back as they were written. */
export const creating = ({ make }: Subject): void => {
  it.effect("reads back what it created, and says when and how large", () =>
    Effect.gen(function* () {
      const store = yield* make
      for (const sizeBytes of [0, 1, 4095, 300_000, 3 * 1024 * 1024 + 1]) {
        const key = `objects/${sizeBytes}`
        const bytes = patterned(sizeBytes, sizeBytes)
        expect(yield* store.putIfAbsent(key, bytes)).toBe(true)
        expect(Buffer.compare(yield* store.get(key), bytes)).toBe(0)
        expect(Buffer.compare(yield* collected(store.stream(key)), bytes)).toBe(0)
        const info = Option.getOrThrow(yield* store.head(key))
        expect(info.sizeBytes).toBe(sizeBytes)
        expect(Number.isSafeInteger(info.modifiedMs)).toBe(true)
      }
    })
  )

  it.effect("never changes an object that exists (R2)", () =>
    Effect.gen(function* () {
      const store = yield* make
      expect(yield* store.putIfAbsent("a/b", utf8("first"))).toBe(true)
      expect(yield* store.putIfAbsent("a/b", utf8("second, and longer"))).toBe(false)
      expect(yield* store.putIfAbsent("a/b", patterned(400_000))).toBe(false)
      expect(yield* store.get("a/b")).toEqual(utf8("first"))
    })
  )

  it.effect("keeps its own copy: neither the writer's nor the reader's array is shared", () =>
    Effect.gen(function* () {
      const store = yield* make
      const bytes = utf8("original")
      yield* store.putIfAbsent("a", bytes)
      yield* store.put("hint", bytes)
      bytes.fill(0)
      for (const key of ["a", "hint"]) {
        const read = yield* store.get(key)
        expect(read).toEqual(utf8("original"))
        read.fill(1)
        const range = yield* store.getRange(key, { start: 0, end: 4 })
        expect(range).toEqual(utf8("orig"))
        range.fill(2)
        const chunk = yield* collected(store.stream(key))
        expect(chunk).toEqual(utf8("original"))
      }
    })
  )
}

/** Tests that objects which rest on each other are created together. */
export const ordered = ({ make }: Subject): void => {
  it.effect("creates objects in order, and answers for the last one", () =>
    Effect.gen(function* () {
      const store = yield* make
      for (const [round, sizeBytes] of [5, 300_000].entries()) {
        const first = { key: `order/${round}-first`, bytes: patterned(sizeBytes, 1) }
        const last = { key: `order/${round}/last`, bytes: utf8("last") }
        expect(yield* store.putInOrder([first, last])).toBe(true)
        expect(Buffer.compare(yield* store.get(first.key), first.bytes)).toBe(0)
        expect(yield* store.get(last.key)).toEqual(last.bytes)
        expect(yield* store.putInOrder([first, { ...last, bytes: utf8("other") }])).toBe(false)
        expect(yield* store.get(last.key)).toEqual(last.bytes)
        const later = { key: `order/${round}/later`, bytes: utf8("later") }
        expect(yield* store.putInOrder([last, later])).toBe(true)
        expect(yield* store.get(later.key)).toEqual(later.bytes)
      }
    })
  )

  it.effect("creates nothing behind an object that it cannot create", () =>
    Effect.gen(function* () {
      const store = yield* make
      const last = { key: "order/last", bytes: utf8("last") }
      const invalid = store.putInOrder([{ key: "../order", bytes: utf8("x") }, last])
      expect(yield* Effect.flip(invalid)).toMatchObject({ _tag: "InvalidObjectKey" })
      expect(yield* store.head(last.key)).toEqual(Option.none())
    })
  )
}

/** Tests that absent and removed objects are absent everywhere. */
export const absence = ({ make }: Subject): void => {
  it.effect("answers absence as absence", () =>
    Effect.gen(function* () {
      const store = yield* make
      yield* store.putIfAbsent("folder/object", utf8("x"))
      for (const key of ["nothing", "folder", "folder/other", "no/folder/at/all", "folder/object/below"]) {
        const missing = { _tag: "ObjectMissing", key, url: store.url }
        expect(yield* Effect.flip(store.get(key))).toMatchObject(missing)
        expect(yield* Effect.flip(store.getRange(key, { start: 0, end: 1 }))).toMatchObject(missing)
        expect(yield* Effect.flip(Stream.runDrain(store.stream(key)))).toMatchObject(missing)
        expect(yield* store.head(key)).toEqual(Option.none())
        yield* store.delete(key)
      }
      expect(yield* store.get("folder/object")).toEqual(utf8("x"))
    })
  )

  it.effect("removes, and can create the same key again", () =>
    Effect.gen(function* () {
      const store = yield* make
      yield* store.putIfAbsent("a/b", utf8("first"))
      yield* store.get("a/b")
      yield* store.delete("a/b")
      yield* store.delete("a/b")
      expect((yield* Effect.flip(store.get("a/b")))._tag).toBe("ObjectMissing")
      expect(yield* store.head("a/b")).toEqual(Option.none())
      expect(yield* store.putIfAbsent("a/b", utf8("second"))).toBe(true)
      expect(yield* store.get("a/b")).toEqual(utf8("second"))
    })
  )
}
