import { describe, expect, it } from "@effect/vitest"
import { Effect, Result, Stream } from "effect"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import type { Store } from "../../../../src/store/ObjectStore.ts"
import { Transaction } from "../../../../src/tinyfs/index.ts"
import { createPond } from "../../../../src/tlogfs/create.ts"
import { fsck } from "../../../../src/tlogfs/index.ts"
import { openAt } from "../../../../src/tlogfs/pond.ts"
import { partialStore } from "../../../../src/tlogfs/replicate/left-out.ts"
import { replicate } from "../../../../src/tlogfs/replicate/replicate.ts"
import { readSelection } from "../../../../src/tlogfs/replicate/selection.ts"
import { noise } from "../../../support/interop/history.ts"
import { storeInDouble } from "../../../support/s3/subject.ts"

const BIG_BYTES = 200_000
const FILES = ["/a", "/b", "/c", "/d"]

const headOf = (store: Store) => Effect.flatMap(openAt(store, false, undefined), (pond) => pond.head)

/** A pond with large files and a copy that is to be made of it. */
const aPond = Effect.gen(function* () {
  const source = memoryStore()
  const pond = yield* openAt(source, true, undefined)
  for (const path of FILES) {
    yield* pond.transaction(Effect.flatMap(Transaction, (open) => open.write(path, noise(path, BIG_BYTES))))
  }
  const target = partialStore(memoryStore())
  yield* createPond(target, pond.id)
  const head = yield* pond.head
  const blobOf = (path: string) =>
    Effect.map(head.stat(path), ({ content }) => {
      const { hash } = content as { readonly hash: string }
      return { blob: hash, key: `_blobs/${hash.slice(0, 2)}/${hash}` }
    })
  return { id: pond.id, pond, source, target, blobOf }
})

const flipped = (bytes: Uint8Array): Uint8Array => {
  const wrong = bytes.slice()
  wrong[BIG_BYTES / 2]! ^= 1
  return wrong
}

/** Which files can be read, and are as they were. */
const sound = (store: Store) =>
  Effect.gen(function* () {
    const head = yield* headOf(store)
    const read = yield* Effect.forEach(FILES, (path) => Effect.result(head.readBytes(path)))
    return FILES.filter((path, at) => {
      const one = read[at]!
      if (Result.isFailure(one)) return false
      expect(Buffer.compare(one.success, noise(path, BIG_BYTES))).toBe(0)
      return true
    })
  })

/** What pulls and clones ask for. */
const SPARING = { isSparing: true, isCompleting: true }

describe("a copy of a damaged pond (F30)", () => {
  it.live("has everything but what is damaged, names it, and has all of it once it is whole there", () =>
    Effect.gen(function* () {
      const { blobOf, pond, source, target } = yield* aPond
      const [wrong, lost] = [yield* blobOf("/b"), yield* blobOf("/d")]
      const [right, kept] = [yield* source.get(wrong.key), yield* source.get(lost.key)]
      yield* source.put(wrong.key, flipped(right))
      yield* source.delete(lost.key)
      const first = yield* replicate(source, target, SPARING)
      expect(first.after).toEqual(first.source)
      expect(first.carried.blobs).toBe(2)
      const named = [
        { path: "/b", blob: wrong.blob, why: expect.stringContaining("hash to") },
        { path: "/d", blob: lost.blob, why: "it is missing" }
      ]
      expect(first.damaged).toEqual(named)
      expect(yield* sound(target)).toEqual(["/a", "/c"])
      const error = yield* Effect.flip(Effect.flatMap(headOf(target), (head) => head.readBytes("/b")))
      expect(error.message).toContain("it was damaged or missing in")
      // What nobody left out on purpose is damage here as well: two files, two blobs.
      const report = yield* fsck(target)
      expect([report.leftOut, new Set(report.findings.map(({ where }) => where)).size]).toEqual([0, 4])

      // The next runs go on naming it, and carry what is new.
      expect(yield* replicate(source, target, SPARING)).toMatchObject({ relation: { state: "equal" }, damaged: named })
      yield* pond.transaction(Effect.flatMap(Transaction, (open) => open.move("/b", "/moved")))
      const third = yield* replicate(source, target, SPARING)
      expect(third).toMatchObject({
        relation: { state: "ahead", by: 1 },
        damaged: [{ path: "/moved" }, { path: "/d" }]
      })
      yield* pond.transaction(Effect.flatMap(Transaction, (open) => open.move("/moved", "/b")))

      yield* source.put(wrong.key, right)
      expect((yield* replicate(source, target, SPARING)).damaged).toEqual([named[1]])
      expect(yield* sound(target)).toEqual(["/a", "/b", "/c"])
      yield* source.put(lost.key, kept)
      expect(yield* replicate(source, target, SPARING)).toMatchObject({ carried: { blobs: 1 }, damaged: [] })
      expect(yield* sound(target)).toEqual(FILES)
      expect((yield* fsck(target)).findings).toEqual([])
      expect((yield* headOf(target)).view.chain).toBe((yield* headOf(source)).view.chain)
    })
  )

  it.live("is told from one that leaves out on purpose, also where it is both", () =>
    Effect.gen(function* () {
      const { blobOf, source, target } = yield* aPond
      const { blob, key } = yield* blobOf("/b")
      const right = yield* source.get(key)
      yield* source.delete(key)
      const selection = Result.getOrThrow(readSelection({ paths: ["/b", "/c"] }))
      const some = { isSparing: true, selection }
      expect((yield* replicate(source, target, some)).damaged).toEqual([{ path: "/b", blob, why: "it is missing" }])
      expect((yield* fsck(target)).leftOut).toBe(2)
      yield* source.put(key, right)
      expect((yield* replicate(source, target, some)).carried.blobs).toBe(1)
      expect(yield* sound(target)).toEqual(["/b", "/c"])
      expect(yield* fsck(target)).toMatchObject({ findings: [], leftOut: 2 })
    })
  )

  it.live("is not made of a moment of the network: what is wrong once is read again", () =>
    Effect.gen(function* () {
      const { id, source, target } = yield* aPond
      const { double, store: remote } = yield* storeInDouble
      yield* createPond(remote, id)
      yield* replicate(source, remote)
      const seen = new Set<string>()
      double.script(({ key, method }) => {
        if (method !== "GET" || !key.includes("_blobs/") || seen.has(key)) return undefined
        seen.add(key)
        return "flip"
      })
      expect((yield* replicate(remote, target, SPARING)).damaged).toEqual([])
      expect([seen.size, yield* sound(target)]).toEqual([4, FILES])
      double.script(() => undefined)
    })
  )

  it.live("is not made where the history itself is wrong: nothing of it is taken", () =>
    Effect.gen(function* () {
      const { source, target } = yield* aPond
      const [file] = (yield* Stream.runCollect(source.list(""))).filter(({ key }) => /^[^_].*\.parquet$/.test(key))
      const bytes = (yield* source.get(file!.key)).slice()
      bytes[bytes.length >> 1]! ^= 1
      yield* source.put(file!.key, bytes)
      expect((yield* Effect.flip(replicate(source, target, SPARING)))._tag).toBe("ObjectDamaged")
      expect((yield* headOf(target)).view.txn).toBe(0)
    })
  )
})
