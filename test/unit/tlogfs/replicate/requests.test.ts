/**
 * What replication asks of both sides, counted.
 */
import { expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { countingStore } from "../../../../src/store/counting.ts"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import type { Store } from "../../../../src/store/ObjectStore.ts"
import { Transaction } from "../../../../src/tinyfs/index.ts"
import { createPond } from "../../../../src/tlogfs/create.ts"
import { openAt } from "../../../../src/tlogfs/pond.ts"
import { replicate } from "../../../../src/tlogfs/replicate/replicate.ts"
import { lines, noise } from "../../../support/interop/history.ts"

const write = (store: Store, path: string, bytes: Uint8Array | string) =>
  Effect.flatMap(openAt(store, true, undefined), (pond) =>
    pond.transaction(Effect.flatMap(Transaction, (tx) => tx.append(path, Buffer.from(bytes))))
  )

/** Requests of each side while a pond is brought up to another. */
const counted = (source: Store, target: Store) =>
  Effect.gen(function* () {
    const [from, to] = [countingStore(source), countingStore(target)]
    yield* replicate(from.store, to.store)
    return { from: from.counts(), to: to.counts() }
  })

const blobsOf = (store: Store) => Stream.runCollect(Stream.map(store.list("_blobs/"), ({ key }) => key))

it.live(
  "R9: a blob is looked for once and written once there, and is one request here; what was published is not read again",
  () =>
    Effect.gen(function* () {
      const source = memoryStore()
      const target = memoryStore()
      yield* write(source, "/log", lines(40_000))
      yield* createPond(target, (yield* openAt(source, false, undefined)).id)
      yield* replicate(source, target)
      yield* write(source, "/log", lines(30_000))
      yield* write(source, "/noise", noise("another", 1_500_000))
      const { from, to } = yield* counted(source, target)
      expect([from.getRange?.requests, from.stream?.requests]).toEqual([1, 1])
      // Opening: the hint, the log from there on, what comes after it; the piece of the index; then one for each blob.
      expect([to.get?.requests, to.head?.requests]).toEqual([3, 4])
      // The rows, their commit, the index, its commit, and the hint.
      expect([to.publish?.requests, to.putIfAbsent?.requests, to.put?.requests]).toEqual([2, 4, 1])
      expect(yield* blobsOf(target)).toEqual(yield* blobsOf(source))
    })
)

it.live("R4: a blob whose end does not hold all of it is fetched in parts that meet", () =>
  Effect.gen(function* () {
    const source = memoryStore()
    const target = memoryStore()
    yield* write(source, "/hex", Buffer.from(noise("digits", 6_000_000)).toString("hex"))
    yield* createPond(target, (yield* openAt(source, false, undefined)).id)
    const { from } = yield* counted(source, target)
    const [key] = yield* blobsOf(source)
    expect([key?.endsWith(".zst"), from.getRange?.requests]).toEqual([true, 2])
    expect(Buffer.compare(yield* target.get(key!), yield* source.get(key!))).toBe(0)
  })
)
