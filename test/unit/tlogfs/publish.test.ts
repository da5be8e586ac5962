import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { fsck, maintain, openAt } from "../../../src/tlogfs/index.ts"

const FILES = 24
const FILE_BYTES = 60_000
const ROUNDS = 24

/** Bytes that do not compress, other ones for each number. */
const bytesOf = (number: number): Uint8Array => {
  const words = new Uint32Array(FILE_BYTES / 4)
  let state = number + 1
  for (let at = 0; at < words.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    words[at] = Math.imul(state ^ (state >>> 15), 0x735a2d97)
  }
  return new Uint8Array(words.buffer)
}

/** A pond whose rows hold more bytes than fsck keeps in memory, in transactions that are merged. */
const largeRows = Effect.fnUntraced(function* (store: Store) {
  const pond = yield* openAt(store, true, undefined)
  for (let round = 0; round < ROUNDS; round++) {
    yield* pond.transaction(
      Effect.gen(function* () {
        const tx = yield* Transaction
        for (let at = 0; at < FILES; at++) yield* tx.write(`/${round}-${at}`, bytesOf(round * FILES + at))
      })
    )
  }
  return pond
})

const objects = (store: Store) =>
  Effect.map(Stream.runCollect(store.list("")), (all) => all.filter(({ key }) => /^\d+-.*\.parquet$/.test(key)))

describe("merging", () => {
  it.effect("keeps every byte of rows that are larger than memory should hold (R4, R7, R9)", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      const pond = yield* largeRows(store)
      const before = yield* pond.head
      yield* maintain(store, 0)
      const merged = yield* objects(store)
      expect(Math.max(...merged.map(({ sizeBytes }) => sizeBytes))).toBeGreaterThan(ROUNDS * FILES * FILE_BYTES * 0.9)
      const after = yield* (yield* openAt(store, false, undefined)).head
      expect([after.view.root, after.view.chain]).toEqual([before.view.root, before.view.chain])
      for (const [round, at] of [
        [0, 0],
        [11, 7],
        [ROUNDS - 1, FILES - 1]
      ] as const) {
        const expected = bytesOf(round * FILES + at)
        expect(Buffer.compare(yield* after.readBytes(`/${round}-${at}`), expected)).toBe(0)
      }
      const report = yield* fsck(store)
      expect(report.findings.filter(({ kind }) => kind !== "foreign")).toEqual([])
      expect([report.contents, report.contentBytes]).toEqual([ROUNDS * FILES, ROUNDS * FILES * FILE_BYTES])
    })
  )

  it.effect("loses only what is damaged of a large file: fsck names it, and reads what comes before", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      yield* largeRows(store)
      yield* maintain(store, 0)
      const [largest] = (yield* objects(store)).toSorted((left, right) => right.sizeBytes - left.sizeBytes)
      const bytes = (yield* store.get(largest!.key)).slice()
      bytes[Math.floor(bytes.length * 0.7)]! ^= 1
      yield* store.put(largest!.key, bytes)
      const report = yield* fsck(store)
      expect(report.findings).toContainEqual(expect.objectContaining({ kind: "data", where: largest!.key }))
      expect(report.transactions).toBeGreaterThan(0)
      expect(report.transactions).toBeLessThan(ROUNDS)
      expect(report.findings.filter(({ kind }) => kind === "content")).toEqual([])
    })
  )
})
