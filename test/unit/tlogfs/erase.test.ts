import { Effect, Stream } from "effect"
import { describe, expect, it } from "vitest"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { type OpenTransaction, Transaction } from "../../../src/tinyfs/index.ts"
import { fsck, maintain, openAt, type PondInterface } from "../../../src/tlogfs/index.ts"

/** Maintenance without a grace period: what is not needed goes at once. */
const NO_GRACE_MS = -60_000

const contentOf = (fill: number, sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes).fill(fill)

describe("pruned versions", () => {
  it("lose their bytes by maintenance, and nothing else changes: root, chain, hashes, other versions (R7)", async () => {
    const store = memoryStore()
    const outcome = await Effect.runPromise(
      Effect.gen(function* () {
        const pond = yield* openAt(store, true, undefined)
        const change = <A, E>(program: (tx: OpenTransaction) => Effect.Effect<A, E>) =>
          pond.transaction(Effect.flatMap(Transaction, program))
        yield* change((tx) => tx.write("/a", contentOf(1, 200_000)))
        yield* change((tx) => tx.write("/a", contentOf(2, 100)))
        yield* change((tx) => tx.write("/a", contentOf(3, 200)))
        yield* change((tx) => tx.prune("/a", [{ first: 1, last: 2 }]))
        const before = (yield* pond.head).view
        const hashes = (yield* before.history((yield* (yield* pond.head).stat("/a")).id)).map(
          ({ node }) => node.content?.hash
        )
        const report = yield* maintain(store, NO_GRACE_MS)
        const head = yield* (yield* openAt(store, false, undefined)).head
        const refusals = yield* Effect.forEach([1, 2], (version) => Effect.flip(head.readBytes("/a", { version })))
        return {
          report,
          before,
          after: head.view,
          hashes,
          hashesAfter: (yield* head.view.history((yield* head.stat("/a")).id)).map(({ node }) => node.content?.hash),
          newest: yield* head.readBytes("/a"),
          refusals: refusals.map(({ _tag }) => _tag),
          findings: (yield* fsck(store)).findings.filter(({ kind }) => kind !== "foreign"),
          again: (yield* maintain(store, NO_GRACE_MS)).erasedRows
        }
      })
    )
    expect(outcome.report.erasedRows).toBe(2)
    // The blob, and nothing that held the bytes of its rows: data files that were merged, and pieces of the index.
    expect(outcome.report.removedObjects).toBeGreaterThan(4)
    expect([outcome.after.root, outcome.after.chain]).toEqual([outcome.before.root, outcome.before.chain])
    expect(outcome.hashesAfter).toEqual(outcome.hashes)
    expect(outcome.newest).toEqual(contentOf(3, 200))
    expect(outcome.refusals).toEqual(["Pruned", "Pruned"])
    expect(outcome.findings).toEqual([])
    expect(outcome.again).toBe(0)
  })

  it("are gone for views older than the pruning, too, before maintenance as after it (R7)", async () => {
    const store = memoryStore()
    const asked = (pond: PondInterface) =>
      Effect.gen(function* () {
        const first = yield* pond.at(1)
        const third = yield* pond.at(3)
        const reads = [
          first.readText("/a"),
          third.readText("/a", { version: 1 }),
          third.readText("/a"),
          third.readText("/log", { range: { start: 0, end: 3 } }),
          third.readText("/log", { range: { start: 16_384, end: 16_386 } }),
          third.readText("/gone")
        ]
        return yield* Effect.forEach(reads, (read) =>
          Effect.match(read, { onFailure: ({ _tag }) => _tag, onSuccess: (text) => text })
        )
      })
    const [before, after] = await Effect.runPromise(
      Effect.gen(function* () {
        const pond = yield* openAt(store, true, undefined)
        const change = <A, E>(program: (tx: OpenTransaction) => Effect.Effect<A, E>) =>
          pond.transaction(Effect.flatMap(Transaction, program))
        const text = (written: string) => new TextEncoder().encode(written)
        yield* change((tx) => Effect.andThen(tx.write("/a", text("one")), tx.append("/log", text("abc"))))
        yield* change((tx) => Effect.andThen(tx.write("/a", text("two")), tx.append("/log", contentOf(4, 40_000))))
        yield* change((tx) => tx.write("/gone", text("gone")))
        yield* change((tx) =>
          Effect.all([
            tx.prune("/a", [{ first: 1, last: 1 }]),
            tx.prune("/log", [{ first: 1, last: 1 }]),
            tx.remove("/gone")
          ])
        )
        const told = yield* asked(pond)
        yield* maintain(store, NO_GRACE_MS)
        return [told, yield* asked(yield* openAt(store, false, undefined))] as const
      })
    )
    expect(before).toEqual(["Pruned", "Pruned", "two", "Pruned", "\u0004\u0004", "gone"])
    expect(after).toEqual(before)
  })

  it.each([
    ["in rows", 30_000, 100],
    ["in blobs", 2_500_000, 70_000]
  ])("leave what lies beside them readable, to the byte, and checked; %s (R4)", async (_, large, small) => {
    const store = memoryStore()
    const whole = new Uint8Array(2 * large + small).map((_, at) => (at * 2654435761) >>> 24)
    const outcome = await Effect.runPromise(
      Effect.gen(function* () {
        const pond = yield* openAt(store, true, undefined)
        for (const [start, end] of [
          [0, large],
          [large, large + small],
          [large + small, whole.length]
        ] as const) {
          yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.append("/log", whole.subarray(start, end))))
        }
        yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.prune("/log", [{ first: 2, last: 2 }])))
        yield* maintain(store, NO_GRACE_MS)
        const read = (start: number, end: number) =>
          Effect.gen(function* () {
            const parts: Array<Uint8Array> = []
            const stream = (yield* (yield* openAt(store, false, undefined)).head).read("/log", {
              range: { start, end }
            })
            const exit = yield* Effect.result(
              Stream.runForEach(stream, (part) => Effect.sync(() => void parts.push(part.slice())))
            )
            return { bytes: Buffer.concat(parts), failure: exit._tag === "Failure" ? exit.failure._tag : undefined }
          })
        const after = large + small
        const answers = {
          before: yield* read(0, large),
          after: yield* read(after, whole.length),
          last: yield* read(large - 1, large),
          next: yield* read(after, after + 1),
          over: yield* read(1, whole.length),
          pruned: yield* read(large, large + 1),
          findings: (yield* fsck(store)).findings.filter(({ kind }) => kind !== "foreign")
        }
        for (const { key } of yield* Stream.runCollect(store.list("_blobs/"))) {
          const bytes = yield* store.get(key)
          if (key.endsWith(".obao")) continue
          bytes[bytes.length - 1000]! ^= 1
          yield* store.put(key, bytes)
        }
        return { ...answers, damaged: yield* read(after, after + 1) }
      })
    )
    const after = large + small
    const expected = {
      before: [0, large, undefined],
      after: [after, whole.length, undefined],
      last: [large - 1, large, undefined],
      next: [after, after + 1, undefined],
      over: [1, 1, "Pruned"],
      pruned: [large, large, "Pruned"]
    } as const
    for (const [name, [start, end, failure]] of Object.entries(expected)) {
      const answer = outcome[name as keyof typeof expected]
      expect([name, answer.failure]).toEqual([name, failure])
      expect([name, Buffer.compare(answer.bytes, whole.subarray(start, end))]).toEqual([name, 0])
    }
    expect(outcome.findings).toEqual([])
    expect(outcome.damaged.failure).toBe(large > 65_536 ? "Damaged" : undefined)
  })
})
