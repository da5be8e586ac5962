/**
 * Many writers at once, in one process and in several: no update is lost, numbers have no gaps, and whoever touched nothing of others is never
 * refused (R2).
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Logger, Random } from "effect"
import { join } from "node:path"
import { intercept } from "../../../src/store/intercept.ts"
import { localStore } from "../../../src/store/local/store.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { type OpenTransaction, Transaction, TransactionConflict } from "../../../src/tinyfs/index.ts"
import { openAt, type PondInterface } from "../../../src/tlogfs/pond.ts"
import { Folder } from "../../support/pond.ts"
import { WriterProcess } from "../../support/tlogfs/process.ts"
import { count, countedIn, problemsAfterCounting } from "../../support/tlogfs/writers.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const silent = Effect.provide(Logger.layer([]))

/** A store on which every request lets others go first, as often as a seed says. */
const interleaving = (store: Store): Store => {
  const pause = Effect.flatMap(Random.nextIntBetween(0, 4), (times) =>
    Effect.forEach(Array.from({ length: times }), () => Effect.yieldNow, { discard: true })
  )
  const one = <A, E, R>(_: unknown, run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.andThen(
      pause,
      Effect.tap(run, () => pause)
    )
  return intercept(store, { one, many: (_, run) => run })
}

const numbers = (length: number): ReadonlyArray<number> => Array.from({ length }, (_, at) => at)

/** Engines of their own on one store, all counting. */
const race = (
  openOne: Effect.Effect<PondInterface, { readonly _tag: string }>,
  store: Store,
  writers: number,
  rounds: number
) =>
  Effect.gen(function* () {
    const ponds = yield* Effect.forEach(numbers(writers), () => openOne)
    const work = (pond: PondInterface, writer: number) =>
      Effect.forEach(numbers(rounds), (round) => count(pond, String(writer), round % 5 === 4 ? 70_000 : 0))
    const counts = yield* Effect.forEach(ponds, work, { concurrency: "unbounded" })
    expect(counts.flat().toSorted((left, right) => left - right)).toEqual(numbers(writers * rounds).map((at) => at + 1))
    // Each of them, and one that was not there, tells the same.
    for (const pond of [...ponds, yield* openOne]) expect((yield* countedIn(pond)).counter).toBe(writers * rounds)
    expect(yield* problemsAfterCounting(yield* openOne, store)).toEqual([])
  })

describe("engines on one store in one process", () => {
  it.live.each([2, 5, 8])(
    "%i on a store that interleaves everything lose no update (R2)",
    (writers) =>
      Effect.gen(function* () {
        const store = interleaving(memoryStore())
        yield* openAt(store, true, undefined)
        yield* race(openAt(store, false, undefined), store, writers, Math.ceil(40 / writers))
      }).pipe(Random.withSeed(`writers ${writers}`), silent),
    60_000
  )

  it.live.each([
    ["with the lock", 2],
    ["with the lock", 6],
    ["without the lock", 4]
  ] as const)(
    "%s, %i in one directory lose no update (R2)",
    ([how, writers]) =>
      Effect.gen(function* () {
        using folder = new Folder()
        const control = how === "with the lock" ? join(folder.path, "control") : undefined
        const open = Effect.suspend(() => openAt(localStore(join(folder.path, "data")), true, control))
        yield* open
        yield* race(open, localStore(join(folder.path, "data")), writers, Math.ceil(20 / writers))
      }).pipe(silent),
    60_000
  )

  it.live(
    "whoever touched nothing of others is never refused (R2)",
    () =>
      Effect.gen(function* () {
        const store = interleaving(memoryStore())
        yield* openAt(store, true, undefined)
        const ponds = yield* Effect.forEach(numbers(8), () => openAt(store, false, undefined))
        const own = (pond: PondInterface, writer: number) =>
          Effect.forEach(numbers(10), (round) =>
            pond.transaction(
              Effect.flatMap(Transaction, (tx) =>
                Effect.all([
                  tx.mkdir(`/${writer}/deep`, { parents: true }),
                  tx.append(`/${writer}/deep/series`, bytes(`${round}\n`)),
                  tx.write(`/${writer}-${round}`, bytes(`${round}`))
                ])
              )
            )
          )
        yield* Effect.forEach(ponds, own, { concurrency: "unbounded" })
        const head = yield* (yield* openAt(store, false, undefined)).head
        expect(head.view.txn).toBe(80)
        for (const writer of numbers(8)) {
          expect(yield* head.readText(`/${writer}/deep/series`)).toBe(
            numbers(10)
              .map((round) => `${round}\n`)
              .join("")
          )
        }
      }).pipe(Random.withSeed("apart"), silent),
    60_000
  )
})

/** What one transaction does, and what another one did before it could be committed. */
const MEETINGS: ReadonlyArray<
  readonly [
    name: string,
    mine: (tx: OpenTransaction) => Effect.Effect<unknown, { readonly _tag: string }>,
    theirs: (tx: OpenTransaction) => Effect.Effect<unknown, { readonly _tag: string }>,
    isConflict: boolean
  ]
> = [
  ["reads what they wrote", (tx) => tx.readText("/a"), (tx) => tx.write("/a", bytes("theirs")), true],
  ["reads what they left alone", (tx) => tx.readText("/a"), (tx) => tx.write("/b", bytes("theirs")), false],
  ["lists where they created", (tx) => tx.list("/dir"), (tx) => tx.write("/dir/new", bytes("theirs")), true],
  ["lists elsewhere", (tx) => tx.list("/dir"), (tx) => tx.write("/other", bytes("theirs")), false],
  ["looks for a name that they gave", (tx) => tx.exists("/new"), (tx) => tx.write("/new", bytes("theirs")), true],
  ["looks for another name", (tx) => tx.exists("/new"), (tx) => tx.write("/newer", bytes("theirs")), false],
  ["appends to what they appended to", (tx) => tx.append("/s", bytes("m")), (tx) => tx.append("/s", bytes("t")), true],
  ["creates what they created", (tx) => tx.write("/new", bytes("m")), (tx) => tx.write("/new", bytes("t")), true],
  ["writes into a directory they removed", (tx) => tx.write("/dir/x", bytes("m")), (tx) => tx.remove("/dir"), true],
  ["writes into a directory they moved", (tx) => tx.write("/dir/x", bytes("m")), (tx) => tx.move("/dir", "/to"), true],
  ["writes what they removed", (tx) => tx.write("/a", bytes("m")), (tx) => tx.remove("/a"), true],
  ["moves to a name that they gave", (tx) => tx.move("/a", "/new"), (tx) => tx.mkdir("/new"), true],
  [
    "reads through a link they replaced",
    (tx) => tx.readText("/link"),
    (tx) => Effect.andThen(tx.remove("/link"), tx.symlink("b", "/link")),
    true
  ]
]

describe("a transaction that another one came before", () => {
  it.live.each(MEETINGS)("%s", ([, mine, theirs, isConflict]) =>
    Effect.gen(function* () {
      const store = memoryStore()
      const pond = yield* openAt(store, true, undefined)
      const other = yield* openAt(store, false, undefined)
      yield* pond.transaction(
        Effect.flatMap(Transaction, (tx) =>
          Effect.all([
            tx.write("/a", bytes("a")),
            tx.write("/b", bytes("b")),
            tx.append("/s", bytes("s")),
            tx.mkdir("/dir"),
            tx.symlink("a", "/link")
          ])
        )
      )
      const program = Effect.gen(function* () {
        const tx = yield* Transaction
        yield* mine(tx)
        yield* other.transaction(Effect.flatMap(Transaction, theirs))
        yield* tx.write("/mine", bytes("mine"))
      })
      const outcome = yield* Effect.result(pond.transaction(program))
      const head = yield* (yield* openAt(store, false, undefined)).head
      if (!isConflict) {
        expect(outcome._tag).toBe("Success")
        expect(head.view.txn).toBe(3)
        expect(yield* head.readText("/mine")).toBe("mine")
        return
      }
      const failure = outcome._tag === "Failure" ? outcome.failure : undefined
      expect(failure).toBeInstanceOf(TransactionConflict)
      expect((failure as TransactionConflict).winner).toBe(2)
      expect((failure as TransactionConflict).message).toContain("read again and repeat")
      expect(head.view.txn).toBe(2)
      expect(yield* head.exists("/mine")).toBe(false)
    })
  )
})

describe("processes on one pond", () => {
  it.live(
    "lose no update, and leave no lock (R2)",
    () =>
      Effect.gen(function* () {
        using folder = new Folder()
        const processes = numbers(3).map((at) => new WriterProcess(folder.path, String(at), 10, 3_600_000))
        const ended = yield* Effect.promise(() => Promise.all(processes.map((one) => one.ended)))
        expect(ended).toEqual(processes.map(() => ({ code: 0, signal: null, stderr: "" })))
        const acknowledged = processes.flatMap((one) => one.acknowledged)
        expect(acknowledged.toSorted((left, right) => left - right)).toEqual(numbers(30).map((at) => at + 1))
        const store = localStore(join(folder.path, "data"))
        const pond = yield* openAt(store, false, join(folder.path, "control"))
        expect(yield* problemsAfterCounting(pond, store)).toEqual([])
        expect(yield* count(pond, "after")).toBe(31)
      }).pipe(silent),
    120_000
  )
})
