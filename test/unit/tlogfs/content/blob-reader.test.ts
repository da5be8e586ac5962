import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { hash, sameHash, toHex } from "../../../../src/bao/index.ts"
import { countingStore } from "../../../../src/store/counting.ts"
import { faultyStore, injected } from "../../../../src/store/faults.ts"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import type { Store } from "../../../../src/store/ObjectStore.ts"
import { blobKey } from "../../../../src/tlogfs/content/blob.ts"
import { makeBlobReader } from "../../../../src/tlogfs/content/blob-reader.ts"
import { makeBlobTools, makeBlobWriter } from "../../../../src/tlogfs/content/blob-writer.ts"
import { FRAME_BYTES } from "../../../../src/tlogfs/content/limits.ts"
import { logs } from "../../../support/tlogfs/contents.ts"

const content = logs(5 * FRAME_BYTES + 1234)

const stored = Effect.fnUntraced(function* (store: Store, kind: "raw" | "zst") {
  const writer = yield* makeBlobWriter({ store, isCondemned: () => false }, kind, yield* makeBlobTools(1))
  for (let at = 0; at < content.length; at += FRAME_BYTES) yield* writer.write(content.slice(at, at + FRAME_BYTES))
  return yield* writer.publish(toHex(hash(content)))
}, Effect.scoped)

/** Puts other bytes under the key of a blob. */
const replaced = Effect.fnUntraced(function* (store: Store, blob: string, change: (bytes: Uint8Array) => Uint8Array) {
  const bytes = yield* store.get(blobKey(blob))
  yield* store.put(blobKey(blob), change(bytes))
})

const SPANS = [
  [0, 0],
  [0, 1],
  [0, content.length],
  [FRAME_BYTES - 1, FRAME_BYTES + 1],
  [FRAME_BYTES, 2 * FRAME_BYTES],
  [4 * FRAME_BYTES + 5, content.length],
  [content.length - 1, content.length]
] as const

it.effect("reads any range of a blob, compressed or not", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    for (const kind of ["raw", "zst"] as const) {
      const blob = yield* stored(store, kind)
      const reader = yield* makeBlobReader(store)
      expect(yield* reader.sizeOf(blob)).toBe(content.length)
      for (const [start, end] of SPANS) {
        expect(sameHash(yield* reader.read(blob, { start, end }), content.subarray(start, end))).toBe(true)
      }
    }
  })
)

it.effect("reads a frame once, however small the steps, and asks for no more than the frames it needs", () =>
  Effect.gen(function* () {
    const { counts, reset, store } = countingStore(memoryStore())
    const blob = yield* stored(store, "zst")
    const objectBytes = (yield* store.get(blobKey(blob))).length
    reset()
    const reader = yield* makeBlobReader(store)
    for (let at = FRAME_BYTES; at < 2 * FRAME_BYTES; at += 4096) yield* reader.read(blob, { start: at, end: at + 4096 })
    expect(counts().getRange?.requests).toBe(2)
    expect(counts().getRange?.bytes).toBeLessThan(objectBytes / 2 + 8209)
  })
)

it.effect("decompresses a frame once for several readers at the same moment", () =>
  Effect.gen(function* () {
    const { counts, reset, store } = countingStore(memoryStore())
    const blob = yield* stored(store, "zst")
    reset()
    const reader = yield* makeBlobReader(store)
    const reads = Array.from({ length: 8 }, (_, index) => reader.read(blob, { start: index, end: index + 10 }))
    yield* Effect.all(reads, { concurrency: "unbounded" })
    expect(counts().getRange?.requests).toBe(2)
  })
)

it.effect("reads a blob whose seek table is damaged, and the sound beginning of one that was cut short", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    const blob = yield* stored(store, "zst")
    const bytes = yield* store.get(blobKey(blob))
    const table = 17 + 8 * 6
    const whole = [
      bytes.slice(0, bytes.length - 1),
      bytes.slice(0, bytes.length - table),
      new Uint8Array([...bytes, 0, 0, 0]),
      bytes.with(bytes.length - table + 8, bytes[bytes.length - table + 8]! ^ 1)
    ]
    for (const other of whole) {
      yield* store.put(blobKey(blob), other)
      const reader = yield* makeBlobReader(store)
      expect(yield* reader.sizeOf(blob)).toBe(content.length)
      expect(sameHash(yield* reader.read(blob, { start: 0, end: content.length }), content)).toBe(true)
    }
    yield* store.put(blobKey(blob), bytes.slice(0, Math.floor(bytes.length / 2)))
    const reader = yield* makeBlobReader(store)
    const first = { start: 0, end: 2 * FRAME_BYTES }
    expect(sameHash(yield* reader.read(blob, first), content.subarray(0, first.end))).toBe(true)
    const cut = yield* Effect.flip(reader.read(blob, { start: 0, end: content.length }))
    expect(cut).toMatchObject({ _tag: "BlobDamaged", end: content.length })
    expect(cut.message).toMatch(/only the first \d+ bytes of it can be found/)
  })
)

it.effect("names the bytes that a damaged frame takes with it, and reads the others", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    const blob = yield* stored(store, "zst")
    yield* replaced(store, blob, (bytes) => bytes.fill(0xff, 50, 100))
    const reader = yield* makeBlobReader(store)
    const error = yield* Effect.flip(reader.read(blob, { start: 0, end: 10 }))
    expect(error).toMatchObject({ _tag: "BlobDamaged", blob, start: 0, end: FRAME_BYTES })
    expect(error.message).toMatch(/cannot be decompressed/)
    const rest = { start: FRAME_BYTES, end: content.length }
    expect(sameHash(yield* reader.read(blob, rest), content.subarray(rest.start))).toBe(true)
  })
)

it.effect("says that a blob is missing, or was cut short", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    const reader = yield* makeBlobReader(store)
    for (const blob of ["0".repeat(64), `${"0".repeat(64)}.zst`]) {
      const read = yield* Effect.flip(reader.read(blob, { start: 0, end: 1 }))
      const size = yield* Effect.flip(reader.sizeOf(blob))
      for (const { message } of [read, size]) expect(message).toMatch(/it is missing/)
    }
    const blob = yield* stored(store, "raw")
    yield* replaced(store, blob, (bytes) => bytes.slice(0, 100))
    const cut = yield* Effect.flip(reader.read(blob, { start: 90, end: 110 }))
    expect(cut.message).toMatch(/it has 100 bytes, and bytes 90 to 110 are needed/)
  })
)

it.effect("asks again after a failure of the store", () =>
  Effect.gen(function* () {
    const base = memoryStore()
    const blob = yield* stored(base, "zst")
    let fails = true
    const { store } = faultyStore(base, (request) =>
      fails && request.operation === "getRange" ? { when: "before", error: injected(request) } : undefined
    )
    const reader = yield* makeBlobReader(store)
    expect((yield* Effect.flip(reader.read(blob, { start: 0, end: 1 })))._tag).toBe("StoreFailed")
    fails = false
    expect((yield* reader.read(blob, { start: 0, end: 1 })).length).toBe(1)
  })
)

it.effect("keeps pages of hash trees", () =>
  Effect.gen(function* () {
    const { counts, reset, store } = countingStore(memoryStore())
    const blob = yield* stored(store, "raw")
    reset()
    const reader = yield* makeBlobReader(store)
    for (let at = 0; at + 64 <= 100_000; at += 64) {
      const span = { start: at, end: at + 64 }
      expect(sameHash(yield* reader.readPaged(blob, 100_001, span), content.subarray(at, at + 64))).toBe(true)
    }
    expect(counts().getRange?.requests).toBe(7)
    expect(counts().getRange?.bytes).toBe(100_001)
  })
)
