/**
 * The contract of object stores as tests: every store and every decorator runs all of them.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Option, Stream } from "effect"
import type { Scope } from "effect"
import { compareKeys } from "../../../src/store/key.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import type { ByteRange } from "../../../src/store/range.ts"
import { STREAM_CHUNK_BYTES } from "../../../src/store/range.ts"
import { collected, patterned, utf8 } from "./bytes.ts"
import { INVALID_KEYS, ODD_KEYS } from "./keys.ts"

/** A kind of store under test. */
export interface Subject {
  readonly name: string
  /** Makes an empty store, gone with the scope. */
  readonly make: Effect.Effect<Store, never, Scope.Scope>
  /** Keys that the store makes for itself. */
  readonly ownKeys?: ReadonlyArray<string>
}

const keysOf = (subject: Subject, store: Store, prefix = "", startAfter?: string) =>
  Effect.map(Stream.runCollect(store.list(prefix, { startAfter })), (objects) =>
    objects.map(({ key }) => key).filter((key) => !(subject.ownKeys ?? []).includes(key))
  )

/** Runs the whole contract against a kind of store. */
export const conforms = (subject: Subject): void => {
  describe(`contract of ${subject.name}`, () => {
    creating(subject)
    ranges(subject)
    staging(subject)
    hints(subject)
    listing(subject)
    keys(subject)
    races(subject)
  })
}

const creating = ({ make }: Subject): void => {
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

const ranges = ({ make }: Subject): void => {
  const bytes = patterned(1000)
  const inside: ReadonlyArray<readonly [ByteRange, number, number]> = [
    [{ start: 0, end: 1000 }, 0, 1000],
    [{ start: 0, end: 0 }, 0, 0],
    [{ start: 1000, end: 1000 }, 1000, 1000],
    [{ start: 999, end: 1000 }, 999, 1000],
    [{ start: 17, end: 400 }, 17, 400],
    [{ start: 17 }, 17, 1000],
    [{ start: 1000 }, 1000, 1000],
    [{ last: 8 }, 992, 1000],
    [{ last: 1000 }, 0, 1000],
    [{ last: 5000 }, 0, 1000],
    [{ last: 0 }, 1000, 1000]
  ]
  const outside: ReadonlyArray<ByteRange> = [
    { start: 0, end: 1001 },
    { start: 1001, end: 1001 },
    { start: 1001 },
    { start: 500, end: 499 },
    { start: -1, end: 5 },
    { start: 0.5, end: 5 },
    { start: 0, end: 2 ** 53 },
    { last: -1 },
    { last: 1.5 }
  ]

  it.effect("answers ranges exactly, or not at all", () =>
    Effect.gen(function* () {
      const store = yield* make
      yield* store.putIfAbsent("r", bytes)
      for (const [range, start, end] of inside) {
        expect(yield* store.getRange("r", range)).toEqual(bytes.slice(start, end))
        expect(yield* collected(store.stream("r", range))).toEqual(bytes.slice(start, end))
      }
      for (const range of outside) {
        const refusal = { _tag: "ObjectRangeOutside", key: "r", sizeBytes: 1000 }
        expect(yield* Effect.flip(store.getRange("r", range))).toMatchObject(refusal)
        expect(yield* Effect.flip(Stream.runDrain(store.stream("r", range)))).toMatchObject(refusal)
      }
    })
  )

  it.effect("reads large ranges, streams in chunks of at most 1 MiB", () =>
    Effect.gen(function* () {
      const store = yield* make
      const large = patterned(3 * STREAM_CHUNK_BYTES + 5)
      yield* store.putIfAbsent("large", large)
      const range = { start: 3, end: large.length - 1 }
      expect(Buffer.compare(yield* store.getRange("large", range), large.subarray(3, -1))).toBe(0)
      const chunks = yield* Stream.runCollect(store.stream("large", range))
      expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(STREAM_CHUNK_BYTES)
      expect(Buffer.compare(Buffer.concat(chunks), large.subarray(3, -1))).toBe(0)
      const head = yield* Stream.runCollect(Stream.take(store.stream("large"), 1))
      expect(Buffer.compare(head[0] as Uint8Array, large.subarray(0, head[0]?.length))).toBe(0)
    })
  )
}

const staging = (subject: Subject): void => {
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

const hints = ({ make }: Subject): void => {
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

const listing = (subject: Subject): void => {
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

const keys = (subject: Subject): void => {
  const { make } = subject

  it.effect("takes every valid key, and keeps them apart", () =>
    Effect.gen(function* () {
      const store = yield* make
      for (const key of ODD_KEYS) expect([key, yield* store.putIfAbsent(key, utf8(key))]).toEqual([key, true])
      for (const key of ODD_KEYS) expect(yield* store.get(key)).toEqual(utf8(key))
      expect(yield* keysOf(subject, store)).toEqual(ODD_KEYS.toSorted(compareKeys))
      for (const key of ODD_KEYS) yield* store.delete(key)
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

const races = ({ make }: Subject): void => {
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
