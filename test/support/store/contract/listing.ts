/**
 * Hints, and lists of keys.
 */
import { expect, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import { compareKeys } from "../../../../src/store/key.ts"
import { collected, utf8 } from "../bytes.ts"
import { keysOf } from "./subject.ts"
import type { Subject } from "./subject.ts"

/** Tests that hints can be replaced. */
export const hints = ({ make }: Subject): void => {
  it.effect("replaces hints", () =>
    Effect.gen(function* () {
      const store = yield* make
      yield* store.put("log/_last", utf8("version 1"))
      yield* store.put("log/_last", utf8("2"))
      expect(yield* store.get("log/_last")).toEqual(utf8("2"))
      expect(yield* collected(store.stream("log/_last"))).toEqual(utf8("2"))
      expect(Option.getOrThrow(yield* store.head("log/_last")).sizeBytes).toBe(1)
      expect(yield* store.putIfAbsent("log/_last", utf8("3"))).toBe(false)
    })
  )
}

/** Tests which keys are listed, and in which order. */
export const listing = (subject: Subject): void => {
  const { make } = subject
  const made = [
    "a",
    "a-b",
    "a.b/c",
    "a/b",
    "a/b.c",
    "a0",
    "b/x/1",
    "b/x/2",
    "b/y",
    "ｚ",
    "😀",
    "B",
    "_a/1",
    ".hidden/x"
  ]

  it.effect("lists by prefix and from a key on, in the order of UTF-8 bytes", () =>
    Effect.gen(function* () {
      const store = yield* make
      // `a` and `a/b` cannot both be objects of a file system.
      const all = made.filter((key) => key !== "a")
      for (const key of all) yield* store.putIfAbsent(key, utf8(key))
      const sorted = all.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
      expect(yield* keysOf(subject, store)).toEqual(sorted)
      for (const prefix of ["", "a", "a/", "a/b", "b/x", "b/x/", "b/x/2", "nothing", "b/x/2/", "a.", "😀", "b/.."]) {
        const expected = sorted.filter((key) => key.startsWith(prefix))
        expect([prefix, yield* keysOf(subject, store, prefix)]).toEqual([prefix, expected])
        for (const startAfter of ["", "a", "a/", "a/b", "a/zzz", "b/x/1", "ｚ", "😀😀"]) {
          const later = expected.filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(startAfter)) > 0)
          const listed = yield* keysOf(subject, store, prefix, startAfter)
          expect([prefix, startAfter, listed]).toEqual([prefix, startAfter, later])
        }
      }
    })
  )
}

/** Tests what is said of listed objects, long lists, and refused prefixes. */
export const listedDetails = (subject: Subject): void => {
  const { make } = subject

  it.effect("lists sizes and times as `head` tells them, and what changed", () =>
    Effect.gen(function* () {
      const store = yield* make
      for (const key of ["x/1", "x/2", "x/3"]) yield* store.putIfAbsent(key, utf8(key.repeat(3)))
      yield* store.delete("x/2")
      yield* store.put("x/3", utf8("longer than it was"))
      for (const { key, ...info } of yield* Stream.runCollect(store.list("x/"))) {
        expect(Option.getOrThrow(yield* store.head(key))).toEqual(info)
      }
      expect(yield* keysOf(subject, store, "x/")).toEqual(["x/1", "x/3"])
    })
  )

  it.effect("lists more than a page, and stops when its reader does", () =>
    Effect.gen(function* () {
      const store = yield* make
      const keys = Array.from({ length: 600 }, (_, index) => `many/${String(index * 7919).padStart(8, "0")}`)
      yield* Effect.forEach(keys, (key) => store.put(key, utf8(key)), { concurrency: 16, discard: true })
      expect(yield* keysOf(subject, store, "many/")).toEqual(keys.toSorted(compareKeys))
      const first = yield* Stream.runCollect(Stream.take(store.list("many/"), 3))
      expect(first.map(({ key }) => key)).toEqual(keys.slice(0, 3))
    })
  )

  it.effect("refuses prefixes that lead elsewhere", () =>
    Effect.gen(function* () {
      const store = yield* make
      for (const prefix of ["/", "../", "a/../", "a//b", "./", "a\0", "\ud800"]) {
        const error = yield* Effect.flip(Stream.runDrain(store.list(prefix)))
        expect([prefix, error._tag]).toEqual([prefix, "InvalidObjectKey"])
      }
    })
  )
}
