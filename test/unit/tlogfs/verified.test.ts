import { describe, expect, it } from "@effect/vitest"
import { Context, Effect } from "effect"
import { hash, hashTree, toHex } from "../../../src/bao/index.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import {
  bufferOf,
  getVerified,
  type ObjectDamaged,
  promiseOf,
  verifiedFile,
  WHOLE_BYTES_MAX
} from "../../../src/tlogfs/verified.ts"
import { noise } from "../../support/bao/content.ts"
import { bytes } from "../../support/tlogfs/open.ts"

const small = bytes("a small object")
const large = noise(WHOLE_BYTES_MAX * 2 + 12_345, 1)

/** A store with an object, and its outboard where it has one; `damage` changes a copy of the bytes before they are stored. */
const stored = Effect.fnUntraced(function* (
  content: Uint8Array,
  damage: (copy: Uint8Array) => Uint8Array = (copy) => copy
) {
  const store = memoryStore()
  yield* store.putIfAbsent("x", damage(content.slice()))
  const { outboard, root } = hashTree(content)
  yield* store.putIfAbsent("x.obao", outboard)
  const reference = { key: "x", sizeBytes: content.length, hash: toHex(root) }
  return { store, reference, treed: { ...reference, outboardKey: "x.obao" } }
})

const flipped = (position: number) => (copy: Uint8Array) => {
  copy[position]! ^= 1
  return copy
}

describe("an object that is known by its hash", () => {
  it.effect("is read whole when it is what it should be (R4)", () =>
    Effect.gen(function* () {
      const { reference, store } = yield* stored(small)
      expect(yield* getVerified(store, reference)).toStrictEqual(small)
      const file = yield* verifiedFile(store, reference)
      expect(file.byteLength).toBe(small.length)
      expect(new Uint8Array(yield* Effect.promise(async () => file.slice(2, 7)))).toStrictEqual(small.subarray(2, 7))
    })
  )

  it.effect("is refused when a bit, its end or its length differs (R4)", () =>
    Effect.gen(function* () {
      const damages = [
        flipped(0),
        flipped(small.length - 1),
        (copy: Uint8Array) => copy.subarray(1),
        (copy: Uint8Array) => Buffer.concat([copy, copy]),
        () => new Uint8Array()
      ]
      for (const damage of damages) {
        const { reference, store } = yield* stored(small, damage)
        const error = yield* Effect.flip(getVerified(store, reference))
        expect(error._tag).toBe("ObjectDamaged")
        expect(error.message).toContain(`x is damaged: its ${damage(small.slice()).length} bytes hash to`)
        expect(error.message).toContain("Restore it")
      }
    })
  )

  it.effect("is read by ranges when it has an outboard, each checked (R4)", () =>
    Effect.gen(function* () {
      const { store, treed } = yield* stored(large)
      const file = yield* verifiedFile(store, treed)
      for (const [start, end] of [
        [0, 4],
        [large.length - 8, large.length],
        [16_383, 40_000],
        [5, 5]
      ] as const) {
        const slice = new Uint8Array(yield* Effect.promise(async () => file.slice(start, end)))
        expect(Buffer.compare(slice, large.subarray(start, end))).toBe(0)
      }
      const all = new Uint8Array(yield* Effect.promise(async () => file.slice(0)))
      expect(toHex(hash(all))).toBe(treed.hash)
    })
  )

  it.effect("is refused in the damaged range, and readable elsewhere (R4)", () =>
    Effect.gen(function* () {
      const { store, treed } = yield* stored(large, flipped(1_500_000))
      const file = yield* verifiedFile(store, treed)
      const read = (start: number, end: number) =>
        Effect.tryPromise({ try: async () => file.slice(start, end), catch: (cause) => cause as ObjectDamaged })
      expect((yield* Effect.flip(read(1_499_999, 1_500_001))).message).toContain("x is damaged")
      expect((yield* read(0, 1000)).byteLength).toBe(1000)
    })
  )

  it.effect("is missing when it is missing", () =>
    Effect.gen(function* () {
      const { store, treed } = yield* stored(large)
      yield* store.delete("x.obao")
      expect((yield* Effect.flip(verifiedFile(store, treed)))._tag).toBe("ObjectMissing")
      yield* store.delete("x")
      expect((yield* Effect.flip(getVerified(store, treed)))._tag).toBe("ObjectMissing")
    })
  )

  it("is handed to the Parquet reader without the bytes around it", () => {
    const around = new Uint8Array([9, 1, 2, 3, 9])
    const file = bufferOf(around.subarray(1, 4))
    expect(file.byteLength).toBe(3)
    expect(new Uint8Array(file.slice(0, 3) as ArrayBuffer)).toStrictEqual(new Uint8Array([1, 2, 3]))
  })

  it("rejects promises with the typed error itself", async () => {
    const store = memoryStore()
    await expect(promiseOf(Context.empty(), store.get("nothing"))).rejects.toMatchObject({
      _tag: "ObjectMissing",
      key: "nothing"
    })
    await expect(promiseOf(Context.empty(), Effect.succeed(1))).resolves.toBe(1)
  })
})
