import { readdirSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { hash, sameHash, toHex } from "../../../../src/bao/index.ts"
import { faultyStore, injected } from "../../../../src/store/faults.ts"
import { localStore } from "../../../../src/store/local/store.ts"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import type { Store } from "../../../../src/store/ObjectStore.ts"
import { parseBlobName } from "../../../../src/tlogfs/content/blob.ts"
import { makeBlobReader } from "../../../../src/tlogfs/content/blob-reader.ts"
import { DEFAULT_LIMITS } from "../../../../src/tlogfs/content/limits.ts"
import { type Batch, makeBatch, type Member } from "../../../../src/tlogfs/content/packs.ts"
import { noise } from "../../../support/bao/content.ts"
import { temporaryDirectory } from "../../../support/store/subjects.ts"
import { keysOf, logs, SMALL_LIMITS } from "../../../support/tlogfs/contents.ts"

const batchOn = (store: Store, limits = SMALL_LIMITS) => makeBatch({ store, isCondemned: () => false }, limits)
const add = (batch: Batch, bytes: Uint8Array) => batch.add(bytes, toHex(hash(bytes)))

const expectMember = Effect.fnUntraced(function* (store: Store, { blob, blobOffset }: Member, bytes: Uint8Array) {
  const reader = yield* makeBlobReader(store)
  const read = yield* reader.read(yield* blob, { start: blobOffset, end: blobOffset + bytes.length })
  expect(sameHash(read, bytes)).toBe(true)
})

it.effect("puts extents into one blob, named by all of them, at their offsets", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    const batch = yield* batchOn(store)
    const contents = [1, 2, 3, 4].map((seed) => logs(100_000 + seed, seed * 1000))
    const members = yield* Effect.forEach(contents, (bytes) => add(batch, bytes))
    expect(yield* keysOf(store)).toEqual([])
    const names = new Set(yield* Effect.forEach(members, ({ blob }) => blob))
    expect([...names]).toEqual([`${toHex(hash(Buffer.concat(contents)))}.zst`])
    expect(yield* keysOf(store)).toHaveLength(1)
    for (const [index, bytes] of contents.entries()) yield* expectMember(store, members[index]!, bytes)
  })
)

it.effect("keeps what compresses apart from what does not", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    const batch = yield* batchOn(store)
    const contents = [logs(80_000), noise(80_000), logs(80_000, 5), noise(80_000, 5)]
    const members = yield* Effect.forEach(contents, (bytes) => add(batch, bytes))
    for (const [index, bytes] of contents.entries()) yield* expectMember(store, members[index]!, bytes)
    const kinds = yield* Effect.forEach(members, ({ blob }) => Effect.map(blob, (name) => parseBlobName(name)?.kind))
    expect(kinds).toEqual(["zst", "raw", "zst", "raw"])
  })
)

it.effect("begins another pack when one is full, or was asked for its name", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    const batch = yield* batchOn(store)
    const contents = Array.from({ length: 8 }, (_, seed) => logs(200_000, seed * 100))
    const members = yield* Effect.forEach(contents, (bytes) => add(batch, bytes))
    const names = yield* Effect.forEach(members, ({ blob }) => blob)
    expect(names.map((name) => names.indexOf(name))).toEqual([0, 0, 0, 3, 3, 3, 6, 6])
    const late = yield* add(batch, logs(100_000, 9_999))
    expect(late.blobOffset).toBe(0)
    expect(names).not.toContain(yield* late.blob)
    for (const [index, bytes] of contents.entries()) yield* expectMember(store, members[index]!, bytes)
  })
)

it.effect("keeps an extent that occurs twice once", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    const batch = yield* batchOn(store)
    const first = yield* add(batch, logs(100_000))
    yield* add(batch, logs(100_000, 1))
    const again = yield* add(batch, logs(100_000))
    expect(again.blobOffset).toBe(first.blobOffset)
    expect(yield* again.blob).toBe(yield* first.blob)
  })
)

it.effect("takes extents of several fibers at once", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    const batch = yield* batchOn(store, DEFAULT_LIMITS)
    const contents = Array.from({ length: 20 }, (_, seed) => logs(150_000 + seed, seed * 50))
    const members = yield* Effect.forEach(contents, (bytes) => add(batch, bytes), { concurrency: "unbounded" })
    const names = yield* Effect.forEach(members, ({ blob }) => blob, { concurrency: "unbounded" })
    expect(new Set(names).size).toBe(1)
    for (const [index, bytes] of contents.entries()) yield* expectMember(store, members[index]!, bytes)
  })
)

it.effect("gives room in rows up to its limits", () =>
  Effect.gen(function* () {
    const batch = yield* batchOn(memoryStore())
    expect([20_000, 20_001, 20_000, 20_000, 1].map((size) => batch.takeInline(size))).toEqual([
      true,
      false,
      true,
      true,
      false
    ])
    expect(batch.takeInline(0)).toBe(true)
  })
)

it.effect("leaves nothing behind when nobody asked for a pack", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const store = localStore(directory)
    const scope = yield* Scope.make()
    const batch = yield* batchOn(store).pipe(Scope.provide(scope))
    for (let seed = 0; seed < 6; seed++) yield* add(batch, logs(300_000, seed))
    const asked = yield* add(batch, noise(100_000))
    const name = yield* asked.blob
    expect(readdirSync(join(directory, ".staging")).length).toBeGreaterThan(0)
    yield* Scope.close(scope, Exit.void)
    expect(readdirSync(join(directory, ".staging"))).toEqual([])
    expect(yield* keysOf(store)).toEqual([`_blobs/${name.slice(0, 2)}/${name}`])
  })
)

it.effect("never publishes a pack of which a part was not written", () =>
  Effect.gen(function* () {
    const base = memoryStore()
    let fails = false
    const { store } = faultyStore(base, (request) =>
      fails && request.operation === "write" ? { when: "before", error: injected(request) } : undefined
    )
    const batch = yield* batchOn(store, { ...SMALL_LIMITS, packBytes: 64 * 1024 * 1024 })
    const members = yield* Effect.forEach([1, 2, 3], (seed) => add(batch, noise(280_000, seed)))
    fails = true
    const refused: Array<string> = []
    for (let seed = 4; refused.length === 0; seed++) {
      yield* Effect.catchTag(Effect.asVoid(add(batch, noise(280_000, seed))), "StoreFailed", ({ _tag }) =>
        Effect.sync(() => void refused.push(_tag))
      )
    }
    fails = false
    for (const { blob } of members) expect((yield* Effect.flip(blob))._tag).toBe("StoreFailed")
    expect(yield* keysOf(base)).toEqual([])
    const after = yield* add(batch, noise(100_000, 99))
    yield* expectMember(base, after, noise(100_000, 99))
  })
)
