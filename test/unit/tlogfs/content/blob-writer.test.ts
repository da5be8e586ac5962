import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { zstdDecompressSync } from "node:zlib"
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { hash, sameHash, toHex } from "../../../../src/bao/index.ts"
import { localStore } from "../../../../src/store/local/store.ts"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import { blobKey } from "../../../../src/tlogfs/content/blob.ts"
import { makeBlobReader } from "../../../../src/tlogfs/content/blob-reader.ts"
import {
  type BlobPlace,
  makeBlobTools,
  makeBlobWriter,
  regenerateBlob
} from "../../../../src/tlogfs/content/blob-writer.ts"
import { FRAME_BYTES } from "../../../../src/tlogfs/content/limits.ts"
import { noise } from "../../../support/bao/content.ts"
import { temporaryDirectory } from "../../../support/store/subjects.ts"
import { keysOf, logs } from "../../../support/tlogfs/contents.ts"

const free = (store: BlobPlace["store"]): BlobPlace => ({ store, isCondemned: () => false })

const put = Effect.fnUntraced(function* (place: BlobPlace, content: Uint8Array, kind: "raw" | "zst" | "obao" = "zst") {
  const writer = yield* makeBlobWriter(place, kind, yield* makeBlobTools(1))
  for (let at = 0; at < content.length; at += FRAME_BYTES) yield* writer.write(content.slice(at, at + FRAME_BYTES))
  return yield* writer.publish(toHex(hash(content)))
}, Effect.scoped)

const kinds = ["raw", "zst", "obao"] as const

it.effect("names a blob by what it holds, and any zstd reads a compressed one", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const store = localStore(directory)
    for (const size of [1, 70_000, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 5 * FRAME_BYTES + 1234]) {
      const content = logs(size)
      const name = toHex(hash(content))
      expect(yield* put(free(store), content)).toBe(`${name}.zst`)
      const file = readFileSync(join(directory, blobKey(`${name}.zst`)))
      expect(sameHash(zstdDecompressSync(file.subarray(0, file.length - tableBytes(size))), content)).toBe(true)
      expect(yield* put(free(store), content, "raw")).toBe(name)
      expect(sameHash(readFileSync(join(directory, blobKey(name))), content)).toBe(true)
    }
  })
)

const tableBytes = (size: number): number => 17 + 8 * Math.ceil(size / FRAME_BYTES)

it.effect("stores the same content once", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    for (const kind of kinds) {
      const first = yield* put(free(store), logs(100_000), kind)
      expect(yield* put(free(store), logs(100_000), kind)).toBe(first)
    }
    expect(yield* keysOf(store)).toHaveLength(3)
  })
)

it.effect("never lets an object of the wrong length stand in for a blob (F34)", () =>
  Effect.gen(function* () {
    const content = logs(2 * FRAME_BYTES)
    const name = toHex(hash(content))
    for (const kind of kinds) {
      const whole = memoryStore()
      const key = blobKey(yield* put(free(whole), content, kind))
      const bytes = yield* whole.get(key)
      for (const length of [0, 1, 1000, bytes.length - 1, bytes.length + 1]) {
        const store = memoryStore()
        const odd = new Uint8Array(length)
        odd.set(bytes.subarray(0, length))
        yield* store.putIfAbsent(key, odd)
        const blob = yield* put(free(store), content, kind)
        expect(blob).toBe(`${name}.1${kind === "raw" ? "" : `.${kind}`}`)
        expect(sameHash(yield* store.get(blobKey(blob)), bytes)).toBe(true)
        expect(sameHash(yield* store.get(key), odd)).toBe(true)
        expect(yield* put(free(store), content, kind)).toBe(blob)
      }
    }
  })
)

it.effect("accepts what another level of zstd made of the same content", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    const content = logs(3 * FRAME_BYTES)
    const writeAt = (level: number) =>
      Effect.scoped(
        Effect.gen(function* () {
          const writer = yield* makeBlobWriter(free(store), "zst", yield* makeBlobTools(level))
          for (let at = 0; at < content.length; at += FRAME_BYTES)
            yield* writer.write(content.slice(at, at + FRAME_BYTES))
          return yield* writer.publish(toHex(hash(content)))
        })
      )
    const first = yield* writeAt(1)
    expect(yield* writeAt(9)).toBe(first)
    expect(yield* keysOf(store)).toHaveLength(1)
  })
)

it.effect("never uses a condemned name", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    const condemned = new Set<string>()
    const place: BlobPlace = { store, isCondemned: (blob) => condemned.has(blob) }
    const content = logs(100_000)
    const first = yield* put(place, content)
    condemned.add(first)
    const second = yield* put(place, content)
    expect(second).toBe(first.replace(".zst", ".1.zst"))
    condemned.add(second)
    expect(yield* put(place, content)).toBe(first.replace(".zst", ".2.zst"))
  })
)

it.effect("stores a condemned blob again under its next generation, checked", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    for (const kind of kinds) {
      const content = logs(FRAME_BYTES + 5000)
      const blob = yield* put(free(store), content, kind)
      const place: BlobPlace = { store, isCondemned: (name) => name === blob }
      const next = yield* regenerateBlob(place, yield* makeBlobReader(store), blob, 1)
      expect(next).toBe(blob.replace(/^([0-9a-f]+)/, "$1.1"))
      expect(sameHash(yield* store.get(blobKey(next)), yield* store.get(blobKey(blob)))).toBe(true)
    }
    const lie = `${"0".repeat(64)}.zst`
    yield* store.putIfAbsent(blobKey(lie), yield* store.get(blobKey(yield* put(free(store), logs(5000)))))
    const refused = yield* Effect.flip(regenerateBlob(free(store), yield* makeBlobReader(store), lie, 1))
    expect(refused.message).toMatch(/its bytes hash to [0-9a-f]{64}/)
    const missing = yield* Effect.flip(regenerateBlob(free(store), yield* makeBlobReader(store), "1".repeat(64), 1))
    expect(missing.message).toMatch(/missing/)
  })
)

it.effect("leaves nothing behind when it is not published", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const store = localStore(directory)
    for (const kind of kinds) {
      yield* Effect.scoped(
        Effect.gen(function* () {
          const writer = yield* makeBlobWriter(free(store), kind, yield* makeBlobTools(1))
          for (let frame = 0; frame < 6; frame++) yield* writer.write(noise(FRAME_BYTES, frame))
          expect(readdirSync(join(directory, ".staging"))).toHaveLength(1)
        })
      )
      expect(readdirSync(join(directory, ".staging"))).toEqual([])
    }
    expect(yield* keysOf(store)).toEqual([])
  })
)

it.effect("says so when another writer takes the name with something else at the last moment", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const base = localStore(directory)
    const content = logs(100_000)
    const key = blobKey(`${toHex(hash(content))}.zst`)
    const store = {
      ...base,
      stage: Effect.map(base.stage, (staged) => ({
        ...staged,
        publish: (name: string) =>
          Effect.suspend(() => {
            mkdirSync(join(directory, key, ".."), { recursive: true })
            writeFileSync(join(directory, key), "short")
            return staged.publish(name)
          })
      }))
    }
    const error = yield* Effect.flip(put(free(store), content))
    expect(error._tag).toBe("BlobDamaged")
    expect(error.message).toMatch(/another writer/)
  })
)

it.effect("refuses frames of another size in the middle of a compressed blob", () =>
  Effect.gen(function* () {
    const exit = yield* Effect.exit(
      Effect.scoped(
        Effect.gen(function* () {
          const writer = yield* makeBlobWriter(free(memoryStore()), "zst", yield* makeBlobTools(1))
          yield* writer.write(logs(1000))
          yield* writer.write(logs(1000))
        })
      )
    )
    expect(exit._tag).toBe("Failure")
  })
)
