import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { countingStore } from "../../../../src/store/counting.ts"
import { crashAfter, crashAt, faultyStore } from "../../../../src/store/faults.ts"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import type { Store } from "../../../../src/store/ObjectStore.ts"
import { Transaction } from "../../../../src/tinyfs/index.ts"
import { createPond } from "../../../../src/tlogfs/create.ts"
import { fsck, maintain } from "../../../../src/tlogfs/index.ts"
import { openAt } from "../../../../src/tlogfs/pond.ts"
import { replicate } from "../../../../src/tlogfs/replicate/replicate.ts"
import { makeHistory, noise } from "../../../support/interop/history.ts"

const open = (store: Store) => openAt(store, false, undefined)
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

const change = (store: Store, name: string) =>
  Effect.flatMap(open(store), (pond) =>
    pond.transaction(Effect.flatMap(Transaction, (tx) => tx.write(`/${name}`, text(name))))
  )

/** A pond with a history of every kind, and an empty copy of it. */
const twoPlaces = (txns: number) =>
  Effect.gen(function* () {
    const source = memoryStore()
    const pond = yield* openAt(source, true, undefined)
    yield* makeHistory(pond, txns)
    const target = memoryStore()
    yield* createPond(target, pond.id)
    return { source, target, pond }
  })

/** Everything that two copies must agree on. */
const requireEqual = (source: Store, target: Store) =>
  Effect.gen(function* () {
    const ours = yield* Effect.flatMap(open(source), (pond) => Effect.map(pond.head, (head) => ({ pond, head })))
    const theirs = yield* Effect.flatMap(open(target), (pond) => Effect.map(pond.head, (head) => ({ pond, head })))
    expect(theirs.head.view.chain).toBe(ours.head.view.chain)
    expect(theirs.head.view.root).toBe(ours.head.view.root)
    for (const { node, path } of yield* ours.head.glob("/**")) {
      if (node.content === undefined || node.type === "table-series") continue
      const bytes = yield* Effect.result(ours.head.readBytes(path))
      const copied = yield* Effect.result(theirs.head.readBytes(path))
      expect([path, copied._tag]).toEqual([path, bytes._tag])
      if (bytes._tag === "Success" && copied._tag === "Success") {
        expect([path, Buffer.compare(bytes.success, copied.success)]).toEqual([path, 0])
      }
    }
    const log = (pond: typeof ours.pond) => Stream.runCollect(pond.log())
    expect(yield* log(theirs.pond)).toEqual(yield* log(ours.pond))
    const report = yield* fsck(target)
    expect(report.findings).toEqual([])
  })

describe("replication", () => {
  it.live("makes an equal copy, whatever either side does with its layout (R7)", () =>
    Effect.gen(function* () {
      const { source, target } = yield* twoPlaces(130)
      const first = yield* replicate(source, target)
      expect(first.relation).toMatchObject({ state: "ahead" })
      yield* requireEqual(source, target)
      yield* maintain(source, 0)
      for (let at = 0; at < 5; at++) yield* change(source, `after-${at}`)
      yield* maintain(target, 0)
      expect((yield* replicate(source, target)).relation).toEqual({ state: "ahead", by: 5 })
      yield* requireEqual(source, target)
    })
  )

  it.live("carries only what is missing, and nothing twice (RM02)", () =>
    Effect.gen(function* () {
      const { pond, source, target } = yield* twoPlaces(3)
      yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.append("/big", noise("big", 3_000_000))))
      yield* replicate(source, target)
      yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.append("/big", noise("tail", 100_000))))
      const again = yield* replicate(source, target)
      expect(again.carried.bytes).toBeLessThan(150_000)
      const counted = countingStore(target)
      const idle = yield* replicate(source, counted.store)
      expect(idle).toMatchObject({ relation: { state: "equal" }, carried: { blobs: 0, bytes: 0 } })
      const reads = new Set(["get", "getRange", "head"])
      expect(Object.keys(counted.counts()).filter((operation) => !reads.has(operation))).toEqual([])
    })
  )

  it.live("goes forward only: a copy that is ahead stays, one that parted or is another pond is refused", () =>
    Effect.gen(function* () {
      const { source, target } = yield* twoPlaces(5)
      yield* replicate(source, target)
      yield* change(target, "only there")
      expect((yield* replicate(source, target)).relation).toEqual({ state: "behind", by: 1 })
      yield* change(source, "only here")
      const error = yield* Effect.flip(replicate(source, target))
      expect(error._tag).toBe("Diverged")
      expect(error.message).toContain("different histories")
      const other = memoryStore()
      yield* openAt(other, true, undefined)
      expect((yield* Effect.flip(replicate(source, other)))._tag).toBe("ForeignPond")
    })
  )

  it.live(
    "stops at a damaged blob before anything of its batch is visible, and goes on when it is whole again (R4)",
    () =>
      Effect.gen(function* () {
        const { source, target } = yield* twoPlaces(3)
        const [blob] = yield* Stream.runCollect(source.list("_blobs/"))
        const bytes = yield* source.get(blob!.key)
        const flipped = bytes.slice()
        flipped[100]! ^= 1
        yield* source.put(blob!.key, flipped)
        const error = yield* Effect.flip(replicate(source, target))
        expect(error._tag).toBe("BlobDamaged")
        expect(
          yield* Effect.map(
            Effect.flatMap(open(target), (pond) => pond.head),
            ({ view }) => view.txn
          )
        ).toBe(0)
        yield* source.put(blob!.key, bytes)
        yield* replicate(source, target)
        yield* requireEqual(source, target)
      })
  )

  it.live("converges after it was stopped at any request, in front of it or behind it (G7, F29)", () =>
    Effect.gen(function* () {
      const { source, target } = yield* twoPlaces(8)
      const whole = countingStore(memoryStore())
      yield* createPond(whole.store, (yield* open(source)).id)
      yield* replicate(source, whole.store)
      const before = yield* Stream.runCollect(target.list(""))
      for (let at = 0; at < whole.requests(); at++) {
        for (const crash of [crashAt, crashAfter]) {
          const stopped = memoryStore()
          for (const { key } of before) yield* stopped.putIfAbsent(key, yield* target.get(key))
          yield* Effect.exit(replicate(source, faultyStore(stopped, crash(at)).store))
          const partial = yield* Effect.flatMap(open(stopped), (pond) => pond.head)
          const same = yield* Effect.flatMap(open(source), (pond) => pond.at(partial.view.txn))
          expect([at, partial.view.chain]).toEqual([at, same.view.chain])
          yield* replicate(source, stopped)
          // What the stopped run put there and did not name is left for vacuum.
          const damage = (yield* fsck(stopped, true)).findings.filter(({ kind }) => kind !== "foreign")
          expect([at, damage]).toEqual([at, []])
        }
      }
    })
  )
})
