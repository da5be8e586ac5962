/**
 * Contract: what a commit makes: header, chain, root, events.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import {
  emptyRoot,
  eventsDigest,
  genesis,
  headerHash,
  type OpenTransaction,
  Persistence,
  ROOT_ID
} from "../../../../src/tinyfs/index.ts"
import type { Subject } from "../persistence.ts"
import { bytes, committing, newest, within } from "../program.ts"
import { fullRoot } from "../root.ts"

const changingMuch = (open: OpenTransaction) =>
  Effect.gen(function* () {
    yield* open.mkdir("/logs/app", { parents: true })
    yield* open.append("/logs/app/a.log", bytes("one\n"))
    yield* open.append("/logs/app/a.log", bytes("two\n"))
    yield* open.write("/f", bytes("f"))
    yield* open.symlink("f", "/link")
    yield* open.configure("/factory", "logfile", bytes("{}"))
    yield* open.setAttributes(
      "/",
      Object.fromEntries([
        ["__proto__", "root"],
        ["constructor", 1]
      ])
    )
  })

const TESTS: ReadonlyArray<readonly [string, Effect.Effect<void, unknown, Persistence>]> = [
  [
    "begin with an empty pond",
    Effect.gen(function* () {
      const { head, pondId, transactions } = yield* Persistence
      const view = yield* head
      expect([view.txn, view.chain, view.root]).toStrictEqual([0, genesis(pondId), emptyRoot()])
      expect(yield* view.children(ROOT_ID)).toStrictEqual([])
      expect(Option.getOrThrow(yield* view.node(ROOT_ID))).toMatchObject({ id: ROOT_ID, type: "dir", name: "" })
      expect(yield* Stream.runCollect(transactions(1))).toStrictEqual([])
    })
  ],
  [
    "chain each transaction to the one before, with the root and the digest of its events (R2, R7)",
    Effect.gen(function* () {
      const { head, pondId } = yield* Persistence
      const first = yield* committing(changingMuch, { author: "ada", request: '{"command":"test"}' })
      const second = yield* committing((open) => open.move("/logs", "/old"))
      expect(first.header).toMatchObject({ txn: 1, parent: genesis(pondId), author: "ada" })
      expect(first.header.request).toBe('{"command":"test"}')
      expect(second.header).toMatchObject({ txn: 2, parent: first.hash, count: 1 })
      for (const { events, hash, header } of [first, second]) {
        expect(hash).toBe(headerHash(header, pondId))
        expect(header.nonce).toMatch(/^[0-9a-f]{32}$/)
        expect([header.count, header.events]).toStrictEqual([events.length, eventsDigest(events)])
        expect(events.map(({ node }) => [node.txn, node.op, node.timeMicros])).toStrictEqual(
          events.map((_, at) => [header.txn, at + 1, header.timeMicros])
        )
      }
      const view = yield* head
      expect([view.txn, view.chain, view.root]).toStrictEqual([2, second.hash, second.header.root])
    })
  ],
  [
    "carry the root that everything in the pond has (R7)",
    Effect.gen(function* () {
      const { head } = yield* Persistence
      const steps: ReadonlyArray<(open: OpenTransaction) => Effect.Effect<unknown, unknown>> = [
        changingMuch,
        (open) => Effect.forEach(Array.from({ length: 300 }), (_, at) => open.write(`/logs/f${at}`, bytes(`${at}`))),
        (open) => open.move("/logs", "/moved"),
        (open) => Effect.forEach(Array.from({ length: 60 }), (_, at) => open.remove(`/moved/f${at}`)),
        (open) => open.setAttributes("/moved/app", { a: true }),
        (open) => open.remove("/moved", { recursive: true })
      ]
      for (const step of steps) {
        const { header } = yield* committing(step)
        expect(header.root).toBe(yield* fullRoot(yield* head))
      }
    })
  ],
  [
    "are none where nothing changed, and leave nothing of a program that failed or was interrupted (R2)",
    Effect.gen(function* () {
      const { head } = yield* Persistence
      yield* within(changingMuch)
      const before = yield* head
      const again = yield* within((open) => open.write("/f", bytes("f")))
      expect(Option.isNone(again.committed)).toBe(true)
      const changing = (open: OpenTransaction) => open.write("/new", bytes("new"))
      yield* Effect.exit(within((open) => Effect.andThen(changing(open), Effect.fail("no"))))
      yield* Effect.exit(within((open) => Effect.andThen(changing(open), Effect.die("bug"))))
      yield* Effect.exit(within((open) => Effect.andThen(changing(open), Effect.interrupt)))
      const after = yield* head
      expect([after.txn, after.chain]).toStrictEqual([before.txn, before.chain])
      expect(yield* (yield* newest).exists("/new")).toBe(false)
    })
  ],
  [
    "have times that never go back, whatever the clock does",
    Effect.gen(function* () {
      const { at, atTime } = yield* Persistence
      const times: Array<number> = []
      for (const [index, timeMs] of [1_000, 5_000, 2_000, 7_000].entries()) {
        yield* TestClock.setTime(timeMs)
        times.push((yield* committing((open) => open.write(`/f${index}`, bytes("x")))).header.timeMicros)
      }
      expect(times).toStrictEqual([1_000_000, 5_000_000, 5_000_000, 7_000_000])
      const txnAt = (timeMicros: number) => Effect.map(atTime(timeMicros), ({ txn }) => txn)
      expect(yield* txnAt(1_000_000)).toBe(1)
      expect(yield* txnAt(4_999_999)).toBe(1)
      expect(yield* txnAt(5_000_000)).toBe(3)
      expect(yield* txnAt(9_000_000)).toBe(4)
      expect(yield* Effect.flip(atTime(999_999))).toMatchObject({ _tag: "TxnMissing", newest: 4 })
      expect(yield* Effect.flip(at(5))).toMatchObject({ _tag: "TxnMissing", newest: 4 })
      expect((yield* at(0)).root).toBe(emptyRoot())
    })
  ],
  [
    "can be read again, from either end",
    Effect.gen(function* () {
      const { transactions, transactionsBackwards } = yield* Persistence
      const made = yield* Effect.forEach(["a", "b", "c"], (name) =>
        committing((open) =>
          open.append(`/${name}`, bytes(name), { times: { minMicros: 1, maxMicros: name.charCodeAt(0) } })
        )
      )
      const forwards = yield* Stream.runCollect(transactions(1))
      expect(forwards.map(({ hash }) => hash)).toStrictEqual(made.map(({ hash }) => hash))
      expect(forwards.map(({ events }) => eventsDigest(events))).toStrictEqual(made.map(({ header }) => header.events))
      expect(forwards[2]!.events[0]!.times).toStrictEqual({ minMicros: 1, maxMicros: 99 })
      const txns = (all: ReadonlyArray<{ readonly header: { readonly txn: number } }>) =>
        all.map(({ header }) => header.txn)
      expect(txns(yield* Stream.runCollect(transactions(3)))).toStrictEqual([3])
      expect(txns(yield* Stream.runCollect(transactions(4)))).toStrictEqual([])
      expect(txns(yield* Stream.runCollect(transactionsBackwards()))).toStrictEqual([3, 2, 1])
      expect(txns(yield* Stream.runCollect(transactionsBackwards(2)))).toStrictEqual([2, 1])
    })
  ],
  [
    "put a swap of names and a replaced file into steps that come to what was meant",
    Effect.gen(function* () {
      yield* within((open) =>
        Effect.gen(function* () {
          yield* open.write("/a", bytes("A"))
          yield* open.write("/b", bytes("B"))
          yield* open.write("/c", bytes("C"))
        })
      )
      yield* within((open) =>
        Effect.gen(function* () {
          yield* open.move("/a", "/t")
          yield* open.move("/b", "/a")
          yield* open.move("/t", "/b")
          yield* open.write("/new", bytes("new"))
          yield* open.remove("/c")
          yield* open.move("/new", "/c")
        })
      )
      const reader = yield* newest
      expect(yield* Effect.forEach(["/a", "/b", "/c"], (path) => reader.readText(path))).toStrictEqual([
        "B",
        "A",
        "new"
      ])
      expect((yield* reader.list("/")).map(({ path }) => path)).toStrictEqual(["/a", "/b", "/c"])
    })
  ]
]

/** Runs the chapter: what a commit makes. */
export const commits = ({ layer }: Subject): void => {
  describe("commits", () => {
    it.effect.each(TESTS)("%s", ([, test]) => Effect.provide(test, layer))
  })
}
