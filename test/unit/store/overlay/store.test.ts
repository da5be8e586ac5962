/**
 * A dry run over a store: the program sees its own changes, the base never does (R8).
 */
import { lstatSync, readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Option, Stream } from "effect"
import { hash } from "../../../../src/bao/hasher.ts"
import { toHex } from "../../../../src/bao/hex.ts"
import { countingStore } from "../../../../src/store/counting.ts"
import { localStore } from "../../../../src/store/local/store.ts"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import type { Store } from "../../../../src/store/ObjectStore.ts"
import { overlayStore } from "../../../../src/store/overlay/store.ts"
import { KEPT_BYTES_MAX, KEPT_OBJECT_BYTES_MAX } from "../../../../src/store/overlay/planned.ts"
import type { ForgottenObject } from "../../../../src/store/overlay/reread.ts"
import { probedStore } from "../../../../src/store/probe.ts"
import { STREAM_CHUNK_BYTES } from "../../../../src/store/range.ts"
import { collected, patterned, utf8 } from "../../../support/store/bytes.ts"
import { temporaryDirectory } from "../../../support/store/subjects.ts"
import { Ledger, run, violations } from "../../../support/store/workload.ts"

/** Everything about the files below a directory that could change. */
const photograph = (directory: string): ReadonlyArray<unknown> =>
  [".", ...readdirSync(directory, { recursive: true, encoding: "utf8" })].toSorted().map((path) => {
    const status = lstatSync(join(directory, path), { bigint: true })
    const bytes = status.isFile() ? readFileSync(join(directory, path)).toString("hex") : ""
    return [path, status.ino, status.mode, status.mtimeNs, status.ctimeNs, status.nlink, bytes]
  })

const keysOf = (store: Store) =>
  Effect.map(Stream.runCollect(store.list("")), (objects) => objects.map(({ key }) => key))

const stageAll = (store: Store, key: string, bytes: Uint8Array) =>
  Effect.scoped(
    Effect.gen(function* () {
      const staged = yield* store.stage
      for (let at = 0; at < bytes.length; at += 1_000_000) yield* staged.write(bytes.subarray(at, at + 1_000_000))
      return yield* staged.publish(key)
    })
  )

describe("an overlay", () => {
  it.effect("leaves the base as it was: names, bytes, times, inodes (R8)", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const base = localStore(join(directory, "pond"))
      yield* run(base, new Ledger())
      const before = photograph(directory)
      const dry = overlayStore(probedStore(base))
      const ledger = new Ledger()
      expect(Exit.isSuccess(yield* run(dry, ledger))).toBe(true)
      yield* dry.putIfAbsent("new/folder/object", utf8("x"))
      yield* dry.delete("1.parquet")
      yield* dry.put("_delta_log/_last", utf8("changed"))
      yield* dry.sweep(0)
      expect(photograph(directory)).toEqual(before)
    })
  )

  it.effect("does not even make the directory of a store that is not there", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const dry = overlayStore(probedStore(localStore(join(directory, "pond"))))
      const ledger = new Ledger()
      expect(Exit.isSuccess(yield* run(dry, ledger))).toBe(true)
      expect(yield* violations(dry, ledger, { emptyObjects: false, cutHints: false })).toEqual([])
      expect(readdirSync(directory)).toEqual([])
    })
  )

  it.effect("sends the base no request that writes", () =>
    Effect.gen(function* () {
      const { store, counts } = countingStore(memoryStore())
      yield* run(overlayStore(store), new Ledger())
      const reading = ["get", "getRange", "head", "list", "stream"]
      expect(Object.keys(counts()).filter((operation) => !reading.includes(operation))).toEqual([])
      expect(counts()).toHaveProperty("head")
    })
  )

  it.effect("decides conditional writes over both: what is below and what is planned", () =>
    Effect.gen(function* () {
      const base = memoryStore()
      yield* base.putIfAbsent("below", utf8("below"))
      const dry = overlayStore(base)
      expect(yield* dry.putIfAbsent("below", utf8("planned"))).toBe(false)
      expect(yield* dry.get("below")).toEqual(utf8("below"))
      expect(yield* dry.putIfAbsent("new", utf8("planned"))).toBe(true)
      expect(yield* dry.putIfAbsent("new", utf8("again"))).toBe(false)
      yield* dry.delete("below")
      expect(yield* dry.head("below")).toEqual(Option.none())
      expect((yield* Effect.flip(dry.get("below")))._tag).toBe("ObjectMissing")
      expect(yield* dry.putIfAbsent("below", utf8("planned"))).toBe(true)
      expect(yield* dry.get("below")).toEqual(utf8("planned"))
      yield* base.putIfAbsent("appeared meanwhile", utf8("x"))
      expect(yield* dry.putIfAbsent("appeared meanwhile", utf8("y"))).toBe(false)
    })
  )

  it.effect("lists both as one, from any key on", () =>
    Effect.gen(function* () {
      const base = memoryStore()
      for (const key of ["a", "c", "e", "g"]) yield* base.putIfAbsent(key, utf8("below"))
      const dry = overlayStore(base)
      for (const key of ["b", "d", "h", "😀", "0"]) yield* dry.putIfAbsent(key, utf8("planned"))
      yield* dry.delete("c")
      yield* dry.delete("d")
      yield* dry.delete("never there")
      yield* dry.put("e", utf8("replaced"))
      expect(yield* keysOf(dry)).toEqual(["0", "a", "b", "e", "g", "h", "😀"])
      const later = yield* Stream.runCollect(dry.list("", { startAfter: "b" }))
      expect(later.map(({ key, sizeBytes }) => `${key} ${sizeBytes}`)).toEqual(["e 8", "g 5", "h 7", "😀 7"])
    })
  )

  it.effect("is refused where the real run would be: a read-only base", () =>
    Effect.gen(function* () {
      const memory = memoryStore()
      const base: Store = { ...memory, capabilities: { ...memory.capabilities, readOnly: true } }
      const dry = overlayStore(base)
      for (const write of [dry.putIfAbsent("a", utf8("x")), dry.put("a", utf8("x")), dry.delete("a")]) {
        expect(yield* Effect.flip(write)).toMatchObject({ _tag: "StoreReadOnly", key: "a", code: "EROFS" })
      }
      expect((yield* Effect.flip(stageAll(dry, "a", utf8("x"))))._tag).toBe("StoreReadOnly")
    })
  )
})

describe("large objects of an overlay", () => {
  const large = patterned(KEPT_OBJECT_BYTES_MAX + 1, 7)
  const forgotten = { _tag: "BytesNotKept", key: "large", sizeBytes: large.length, hash: toHex(hash(large)) }

  it.effect("keep size and hash, and say so when read", () =>
    Effect.gen(function* () {
      const dry = overlayStore(memoryStore())
      expect(yield* stageAll(dry, "large", large)).toBe(true)
      expect(Option.getOrThrow(yield* dry.head("large")).sizeBytes).toBe(large.length)
      expect(yield* Effect.flip(dry.get("large"))).toMatchObject(forgotten)
      expect(yield* Effect.flip(dry.getRange("large", { last: 5 }))).toMatchObject(forgotten)
      expect(yield* Effect.flip(collected(dry.stream("large")))).toMatchObject(forgotten)
      expect((yield* Effect.flip(dry.getRange("large", { start: large.length + 1 })))._tag).toBe("ObjectRangeOutside")
      expect(yield* keysOf(dry)).toEqual(["large"])
    })
  )

  it.effect("are produced again on request, and checked", () =>
    Effect.gen(function* () {
      const asked: Array<ForgottenObject> = []
      const dry = overlayStore(memoryStore(), {
        reread: (object) => {
          asked.push(object)
          return Stream.make(large.subarray(0, 3_000_000), large.subarray(3_000_000))
        }
      })
      yield* dry.putIfAbsent("large", large)
      expect(Buffer.compare(yield* dry.get("large"), large)).toBe(0)
      expect(asked).toEqual([{ key: "large", sizeBytes: large.length, hash: hash(large) }])
      const range = { start: 2_999_990, end: 3_000_010 }
      expect(yield* dry.getRange("large", range)).toEqual(large.slice(range.start, range.end))
      const chunks = yield* Stream.runCollect(dry.stream("large", { last: 2_000_000 }))
      expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(STREAM_CHUNK_BYTES)
      expect(Buffer.compare(Buffer.concat(chunks), large.subarray(-2_000_000))).toBe(0)
    })
  )

  it.effect("are refused when their source is another by now", () =>
    Effect.gen(function* () {
      const changed = large.slice()
      changed[5] = (changed[5] as number) ^ 1
      for (const produced of [changed, large.subarray(1), Buffer.concat([large, utf8("more")])]) {
        const dry = overlayStore(memoryStore(), { reread: () => Stream.make(produced) })
        yield* dry.putIfAbsent("large", large)
        expect(yield* Effect.flip(dry.get("large"))).toMatchObject(forgotten)
        expect(yield* Effect.flip(dry.getRange("large", { last: 5 }))).toMatchObject(forgotten)
      }
    })
  )

  it.effect("make room for small ones: memory is bounded whatever is planned (R9)", () =>
    Effect.gen(function* () {
      const dry = overlayStore(memoryStore())
      const size = KEPT_OBJECT_BYTES_MAX / 2
      const count = (2 * KEPT_BYTES_MAX) / size
      for (let number = 0; number < count; number++) {
        yield* dry.putIfAbsent(`entry/${number}`, utf8(`entry ${number}`))
        yield* dry.putIfAbsent(`blob/${number}`, patterned(size, number))
      }
      const isReadable = (key: string) => Effect.map(Effect.exit(dry.get(key)), Exit.isSuccess)
      let readable = 0
      for (let number = 0; number < count; number++) {
        expect(yield* dry.get(`entry/${number}`)).toEqual(utf8(`entry ${number}`))
        if (yield* isReadable(`blob/${number}`)) readable++
      }
      expect(readable).toBeGreaterThan(0)
      expect(readable * size).toBeLessThanOrEqual(KEPT_BYTES_MAX)
      expect(yield* keysOf(dry)).toHaveLength(2 * count)
    })
  )
})
