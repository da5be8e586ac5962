import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { hash, toHex } from "../../../../src/bao/index.ts"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import { parseBlobName } from "../../../../src/tlogfs/content/blob.ts"
import { makeBlobReader } from "../../../../src/tlogfs/content/blob-reader.ts"
import type { Extent } from "../../../../src/tlogfs/content/extent.ts"
import { makeExtentsWriter } from "../../../../src/tlogfs/content/extents-writer.ts"
import { FRAME_BYTES } from "../../../../src/tlogfs/content/limits.ts"
import { makeBatch } from "../../../../src/tlogfs/content/packs.ts"
import { noise } from "../../../support/bao/content.ts"
import { keysOf, logs, SMALL_LIMITS } from "../../../support/tlogfs/contents.ts"

const store = memoryStore()

const extentsOf = Effect.fnUntraced(function* (content: Uint8Array, offset = 0, limits = SMALL_LIMITS) {
  const batch = yield* makeBatch({ store, isCondemned: () => false }, limits)
  const writer = makeExtentsWriter(batch, { offset })
  for (let at = 0; at < content.length; at += FRAME_BYTES) yield* writer.write(content.slice(at, at + FRAME_BYTES))
  return yield* yield* writer.finish
}, Effect.scoped)

const placeOf = (extent: Extent): string => {
  if (extent.kind !== "blob") return extent.kind
  return extent.blob.startsWith(extent.hash) ? `own ${parseBlobName(extent.blob)?.kind}` : "pack"
}

it.effect("places an extent by its size: row, pack, blob", () =>
  Effect.gen(function* () {
    const sizes = [0, 1, 20_000, 20_001, 300_000, 300_001, FRAME_BYTES]
    const places = yield* Effect.forEach(sizes, (size) => Effect.map(extentsOf(logs(size)), (all) => all.map(placeOf)))
    expect(places).toEqual([[], ["inline"], ["inline"], ["own zst"], ["own zst"], ["own zst"], ["own zst"]])
    const random = yield* extentsOf(noise(FRAME_BYTES))
    expect(random.map(placeOf)).toEqual(["own raw"])
  })
)

it.effect("begins a new extent whenever one is full, and never an empty one", () =>
  Effect.gen(function* () {
    const content = logs(3 * FRAME_BYTES + 500)
    const lengths = (extents: ReadonlyArray<Extent>) => extents.map(({ length, offset }) => [offset, length])
    const extents = yield* extentsOf(content, 7000)
    expect(lengths(extents)).toEqual([
      [7000, FRAME_BYTES],
      [7000 + FRAME_BYTES, FRAME_BYTES],
      [7000 + 2 * FRAME_BYTES, FRAME_BYTES],
      [7000 + 3 * FRAME_BYTES, 500]
    ])
    expect(extents.map(placeOf)).toEqual(["own zst", "own zst", "own zst", "inline"])
    for (const { hash: named, length, offset } of extents) {
      expect(named).toBe(toHex(hash(content.subarray(offset - 7000, offset - 7000 + length))))
    }
    expect(lengths(yield* extentsOf(content.subarray(0, 2 * FRAME_BYTES)))).toEqual([
      [0, FRAME_BYTES],
      [FRAME_BYTES, FRAME_BYTES]
    ])
  })
)

it.effect("makes few extents of many, for maintenance", () =>
  Effect.gen(function* () {
    const content = logs(2 * FRAME_BYTES + 77_777, 3)
    const extents = yield* extentsOf(content, 0, { ...SMALL_LIMITS, extentBytes: 1024 * FRAME_BYTES })
    expect(extents).toHaveLength(1)
    const [extent] = extents
    expect(extent).toMatchObject({ kind: "blob", offset: 0, length: content.length, hash: toHex(hash(content)) })
    const reader = yield* makeBlobReader(store)
    expect(extent?.kind === "blob" && (yield* reader.sizeOf(extent.blob))).toBe(content.length)
  })
)

it.effect("lets extents join packs when the rows have no room left", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    const batch = yield* makeBatch({ store, isCondemned: () => false }, SMALL_LIMITS)
    const extents: Array<Extent> = []
    const pending: Array<Effect.Effect<ReadonlyArray<Extent>, unknown>> = []
    for (let seed = 0; seed < 6; seed++) {
      const writer = makeExtentsWriter(batch, { offset: 0 })
      yield* writer.write(logs(18_000, seed * 31))
      pending.push(yield* writer.finish)
    }
    expect(yield* keysOf(store)).toEqual([])
    for (const all of pending) extents.push(...(yield* all))
    expect(extents.map(placeOf)).toEqual(["inline", "inline", "inline", "pack", "pack", "pack"])
    expect(extents.map((extent) => (extent.kind === "blob" ? extent.blobOffset : 0))).toEqual([
      0, 0, 0, 0, 18_000, 36_000
    ])
    expect(yield* keysOf(store)).toHaveLength(1)
  })
)
