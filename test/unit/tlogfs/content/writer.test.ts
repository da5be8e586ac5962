import { readdirSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { hash, hashTree, PAIR_BYTES, sameHash, toHex } from "../../../../src/bao/index.ts"
import { countingStore } from "../../../../src/store/counting.ts"
import { faultyStore, injected } from "../../../../src/store/faults.ts"
import { localStore } from "../../../../src/store/local/store.ts"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import { overlayStore } from "../../../../src/store/overlay/store.ts"
import { listHash } from "../../../../src/tinyfs/index.ts"
import { blobKey } from "../../../../src/tlogfs/content/blob.ts"
import { makeBlobReader } from "../../../../src/tlogfs/content/blob-reader.ts"
import { DEFAULT_LIMITS, FRAME_BYTES } from "../../../../src/tlogfs/content/limits.ts"
import { makeBatch } from "../../../../src/tlogfs/content/packs.ts"
import { stageContent } from "../../../../src/tlogfs/content/writer.ts"
import { noise } from "../../../support/bao/content.ts"
import { temporaryDirectory } from "../../../support/store/subjects.ts"
import { collect, keysOf, logs, Shelf, SMALL_LIMITS, SUBJECT } from "../../../support/tlogfs/contents.ts"

const b3 = (bytes: Uint8Array): string => toHex(hash(bytes))

it.effect("replaces: each version is its own content", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make({ type: "file" })
    for (const [index, size] of [5, 0, 100_000, 3 * FRAME_BYTES].entries()) {
      const bytes = logs(size, index)
      const { addedBytes, content } = yield* shelf.write("replace", [
        bytes.subarray(0, size >> 1),
        bytes.subarray(size >> 1)
      ])
      expect(content).toEqual({ version: index + 1, sizeBytes: size, hash: b3(bytes) })
      expect(addedBytes).toBe(size)
    }
    for (const [index, size] of [5, 0, 100_000, 3 * FRAME_BYTES].entries()) {
      expect(sameHash(yield* shelf.read(undefined, index + 1), logs(size, index))).toBe(true)
    }
  })
)

it.effect("appends: the hash is that of all bytes so far, with kept state and without", () =>
  Effect.gen(function* () {
    const content = logs(400_000)
    const shelf = yield* Shelf.make({ limits: SMALL_LIMITS })
    const cuts = [0, 1, 16_384, 16_385, 32_768, 65_536, 65_536, 131_072, 131_300, 300_000, 400_000]
    for (let index = 1; index < cuts.length; index++) {
      const piece = content.subarray(cuts[index - 1], cuts[index])
      const staged = yield* shelf.write("append", [piece], { resumes: index % 2 === 0 })
      expect(staged.content.hash).toBe(b3(content.subarray(0, cuts[index])))
      expect(staged.content.version).toBe(index)
    }
    for (let version = 1; version < cuts.length; version++) {
      expect(sameHash(yield* shelf.read(undefined, version), content.subarray(0, cuts[version]))).toBe(true)
    }
  })
)

it.effect("adds versions to a table series: each by itself, all in the list hash", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make({ type: "table-series" })
    let list: string | undefined
    for (const seed of [1, 2, 3]) {
      const bytes = logs(70_000, seed)
      const { content } = yield* shelf.write("add-version", [bytes])
      list = listHash(list, bytes.length, b3(bytes))
      expect(content).toEqual({ version: seed, sizeBytes: 70_000, hash: b3(bytes), listHash: list })
    }
    expect(sameHash(yield* shelf.read(undefined, 2), logs(70_000, 2))).toBe(true)
  })
)

it.effect("reads staged bytes back before the commit, of an append all of them", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make({ limits: SMALL_LIMITS })
    const content = logs(900_000)
    yield* shelf.write("append", [content.subarray(0, 250_000)])
    for (const end of [250_100, 400_000, 900_000]) {
      const staged = yield* shelf.stage("append", [content.subarray(250_000, end)])
      expect(sameHash(yield* collect(staged.read()), content.subarray(0, end))).toBe(true)
      const range = { start: 249_990, end: 250_050 }
      expect(sameHash(yield* collect(staged.read(range)), content.subarray(range.start, range.end))).toBe(true)
    }
    expect(shelf.version).toBe(1)
  }).pipe(Effect.scoped)
)

it.effect("goes on with a content that is only staged", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    const reader = yield* makeBlobReader(store)
    const batch = yield* makeBatch({ store, isCondemned: () => false }, SMALL_LIMITS)
    const content = logs(500_000)
    const first = yield* stageContent(reader, batch, { mode: "append", subject: SUBJECT })
    yield* first.write(content.subarray(0, 123_456))
    const staged = yield* first.finish
    const base = { content: staged.content, stored: Effect.succeed(staged.stored), state: undefined }
    const second = yield* stageContent(reader, batch, { mode: "append", subject: SUBJECT, base })
    yield* second.write(content.subarray(123_456))
    const both = yield* second.finish
    expect(both.content).toEqual({ version: 2, sizeBytes: 500_000, hash: b3(content) })
    expect(sameHash(yield* collect(both.read()), content)).toBe(true)
  }).pipe(Effect.scoped)
)

it.effect("appends without reading anything when the state was kept, and reads little when it was not (R9)", () =>
  Effect.gen(function* () {
    const { counts, reset, store } = countingStore(memoryStore())
    const shelf = yield* Shelf.make({ store, limits: { ...SMALL_LIMITS, extentBytes: 64 * FRAME_BYTES } })
    const big = Buffer.concat(Array.from({ length: 24 }, (_, seed) => noise(FRAME_BYTES, seed)))
    yield* shelf.write("append", [big])
    reset()
    yield* shelf.write("append", [logs(200)])
    expect(counts()).toEqual({})
    const cold = yield* shelf.reopened
    yield* cold.write("append", [logs(200, 1)], { resumes: true })
    const { getRange } = counts()
    expect(getRange?.requests).toBeLessThanOrEqual(6)
    expect(getRange?.bytes).toBeLessThan(100_000)
    expect(cold.last?.content.hash).toBe(b3(Buffer.concat([big, logs(200), logs(200, 1)])))
  })
)

it.effect("ignores a kept state that belongs to another content", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make()
    const { state } = yield* shelf.write("append", [logs(1000, 5)])
    const other = yield* Shelf.make()
    yield* other.write("append", [logs(1000, 6)])
    other.last = { content: other.last!.content, state }
    const { content } = yield* other.write("append", [logs(10)])
    expect(content.hash).toBe(b3(Buffer.concat([logs(1000, 6), logs(10)])))
  })
)

it.effect("keeps the pairs of a large content in a blob named by them, of a small one in its row", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    const shelf = yield* Shelf.make({ store })
    const small = noise(5 * FRAME_BYTES)
    yield* shelf.write("append", [small])
    const [row] = shelf.rows
    expect(row?.outboard_blob).toBeNull()
    expect(sameHash(row!.outboard!, hashTree(small).outboard.subarray(0, row!.outboard!.length))).toBe(true)
    const large = Buffer.concat([small, ...Array.from({ length: 20 }, (_, seed) => noise(FRAME_BYTES, seed + 9))])
    yield* shelf.write("append", [large.subarray(small.length)])
    const name = shelf.rows.at(-1)!.outboard_blob!
    const pairs = yield* store.get(blobKey(name))
    expect(name).toBe(`${b3(pairs)}.obao`)
    const before = row!.outboard!.length
    expect(sameHash(pairs, hashTree(large).outboard.subarray(before, before + pairs.length))).toBe(true)
    expect(pairs.length % PAIR_BYTES).toBe(0)
  })
)

it.effect("leaves nothing behind when it is not finished, or its transaction is given up with small contents", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const store = localStore(directory)
    const reader = yield* makeBlobReader(store)
    for (const size of [100, 100_000, 9 * FRAME_BYTES]) {
      const scope = yield* Scope.make()
      const batch = yield* makeBatch({ store, isCondemned: () => false }, DEFAULT_LIMITS).pipe(Scope.provide(scope))
      const writer = yield* stageContent(reader, batch, { mode: "replace", subject: SUBJECT }).pipe(
        Scope.provide(scope)
      )
      yield* writer.write(noise(size))
      if (size < FRAME_BYTES) yield* writer.finish
      yield* Scope.close(scope, Exit.void)
    }
    expect(yield* keysOf(store)).toEqual([])
    expect(readdirSync(join(directory, ".staging"))).toEqual([])
  })
)

it.effect("leaves no temporary file when its transaction is given up while large contents are published", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const store = localStore(directory)
    const reader = yield* makeBlobReader(store)
    const scope = yield* Scope.make()
    const batch = yield* makeBatch({ store, isCondemned: () => false }, DEFAULT_LIMITS).pipe(Scope.provide(scope))
    for (const seed of [1, 2]) {
      const writer = yield* stageContent(reader, batch, { mode: "replace", subject: SUBJECT }).pipe(
        Scope.provide(scope)
      )
      yield* writer.write(noise(6 * FRAME_BYTES, seed))
      yield* writer.finish
    }
    expect(readdirSync(join(directory, ".staging"))).not.toEqual([])
    yield* Scope.close(scope, Exit.void)
    expect(readdirSync(join(directory, ".staging"))).toEqual([])
  })
)

it.effect("goes on while a large content is published; where that fails, so does the commit", () =>
  Effect.gen(function* () {
    const { store } = faultyStore(memoryStore(), (request) =>
      request.operation === "publish" ? { when: "before", error: injected(request) } : undefined
    )
    const reader = yield* makeBlobReader(store)
    const batch = yield* makeBatch({ store, isCondemned: () => false }, DEFAULT_LIMITS)
    const stage = Effect.fnUntraced(function* (content: Uint8Array) {
      const writer = yield* Effect.scoped(stageContent(reader, batch, { mode: "replace", subject: SUBJECT }))
      yield* writer.write(content)
      return yield* writer.finish
    })
    const large = yield* stage(noise(5 * FRAME_BYTES))
    const small = yield* stage(noise(1000))
    expect(yield* small.physical).toHaveLength(1)
    for (const _ of [1, 2]) {
      const error = yield* Effect.flip(large.physical)
      expect(error._tag).toBe("PersistenceFailed")
      expect(error.message).toMatch(/app\.json.*injected/)
    }
  }).pipe(Effect.scoped)
)

it.effect("stores the same large content once, however often it is written", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    const shelf = yield* Shelf.make({ store, type: "file" })
    for (const seed of [1, 2, 1, 2]) yield* shelf.write("replace", [noise(5 * FRAME_BYTES, seed)])
    expect(yield* keysOf(store)).toHaveLength(2)
  })
)

it.effect("is never finished after a write that failed", () =>
  Effect.gen(function* () {
    let fails = false
    const { store } = faultyStore(memoryStore(), (request) =>
      fails && request.operation === "write" ? { when: "before", error: injected(request) } : undefined
    )
    const reader = yield* makeBlobReader(store)
    const batch = yield* makeBatch({ store, isCondemned: () => false }, DEFAULT_LIMITS)
    const writer = yield* stageContent(reader, batch, { mode: "replace", subject: SUBJECT })
    yield* writer.write(noise(6 * FRAME_BYTES))
    fails = true
    const error = yield* Effect.flip(writer.write(noise(FRAME_BYTES)))
    expect(error._tag).toBe("PersistenceFailed")
    expect(error.message).toMatch(/app\.json.*injected/)
    fails = false
    const exit = yield* Effect.exit(writer.finish)
    expect(Exit.isFailure(exit)).toBe(true)
    expect(String(Exit.isFailure(exit) && exit.cause)).toMatch(/after a write had failed/)
  }).pipe(Effect.scoped)
)

it.effect("copies what it is given: a producer may use its buffer again at once", () =>
  Effect.gen(function* () {
    const content = logs(6 * FRAME_BYTES)
    const buffer = new Uint8Array(700_000)
    const store = memoryStore()
    const reader = yield* makeBlobReader(store)
    const batch = yield* makeBatch({ store, isCondemned: () => false }, DEFAULT_LIMITS)
    const writer = yield* stageContent(reader, batch, { mode: "replace", subject: SUBJECT })
    for (let at = 0; at < content.length; at += buffer.length) {
      const piece = content.subarray(at, at + buffer.length)
      buffer.set(piece)
      yield* writer.write(buffer.subarray(0, piece.length))
      buffer.fill(0)
    }
    const staged = yield* writer.finish
    expect(staged.content.hash).toBe(b3(content))
    expect(sameHash(yield* collect(staged.read()), content)).toBe(true)
  }).pipe(Effect.scoped)
)

it.effect("plans a dry run: hashes and sizes are those of the real one, and nothing is written (R8)", () =>
  Effect.gen(function* () {
    const base = memoryStore()
    const content = logs(9 * FRAME_BYTES)
    const dry = yield* Shelf.make({ store: overlayStore(base) })
    const planned = yield* dry.write("replace", [content])
    const again = yield* dry.write("replace", [content])
    expect(yield* keysOf(base)).toEqual([])
    const real = yield* Shelf.make({ store: base })
    const written = yield* real.write("replace", [content])
    expect(planned.content).toEqual(written.content)
    expect(again.content.hash).toBe(written.content.hash)
    expect(dry.rows[0]).toEqual(real.rows[0])
  })
)
