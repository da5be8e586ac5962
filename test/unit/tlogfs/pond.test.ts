import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { commitLog } from "../../../src/delta/commit.ts"
import { openLog } from "../../../src/delta/open.ts"
import { localStore } from "../../../src/store/local/store.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { oneByOne } from "../../../src/store/order.ts"
import { overlayStore } from "../../../src/store/overlay/store.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { createPond } from "../../../src/tlogfs/create.ts"
import { fsck } from "../../../src/tlogfs/fsck/check.ts"
import { openAt, Pond } from "../../../src/tlogfs/pond.ts"
import { OWN_FEATURE, POND_DOMAIN, pondLog } from "../../../src/tlogfs/table.ts"
import { Folder } from "../../support/pond.ts"
import { bytes, emptyPond, within } from "../../support/tlogfs/open.ts"
import { bytesOfStore } from "../../support/tlogfs/store.ts"

const inFolder = <A, E>(program: (folder: string) => Effect.Effect<A, E>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => new Folder()),
    ({ path }) => program(path),
    (folder) => Effect.sync(() => folder[Symbol.dispose]())
  )

/** Writes the number of the transaction to `/n`, so many times. */
const counted = (pond: Effect.Success<typeof emptyPond>, from: number, to: number) =>
  Effect.forEach(
    Array.from({ length: to - from + 1 }, (_, at) => from + at),
    (count) => within(pond, (open) => open.write("/n", bytes(String(count))))
  )

/** A store in which something happens, once, just before a log entry is created. */
const interrupted = (store: Store, happening: Effect.Effect<unknown, unknown>) => {
  let isArmed = false
  const putIfAbsent: Store["putIfAbsent"] = (key, content) =>
    Effect.suspend(() => {
      if (!isArmed || !key.startsWith("_delta_log/")) return store.putIfAbsent(key, content)
      isArmed = false
      return Effect.andThen(Effect.orDie(happening), store.putIfAbsent(key, content))
    })
  const stepped: Store = { ...store, putIfAbsent, putInOrder: oneByOne(putIfAbsent) }
  return { store: stepped, arm: Effect.sync(() => (isArmed = true)) }
}

describe("opening", () => {
  it.effect("makes a pond where there is none, and opens it where there is one", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      const first = yield* openAt(store, true, undefined)
      yield* within(first, (open) => open.mkdir("/d"))
      const second = yield* openAt(store, true, undefined)
      expect([second.id, (yield* second.head).view.txn]).toStrictEqual([first.id, 1])
      expect((yield* Effect.flip(createPond(store)))._tag).toBe("PondExists")
      expect((yield* Effect.flip(createPond(store))).message).toContain("memory: is a pond already")
    })
  )

  it.effect("says that a place is no pond", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(openAt(memoryStore(), false, undefined))
      expect(error._tag).toBe("NotAPond")
      expect(error.message).toContain("memory: is not a pond")
      expect(error.message).toContain("`pond init`")
    })
  )

  it.effect("neither reads nor writes a pond of a newer format", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      const pondId = yield* createPond(store)
      const log = pondLog(store)
      const configuration = JSON.stringify({ format: 2, id: pondId })
      yield* commitLog(log, yield* openLog(log), {
        operation: "UPGRADE",
        ownFeatures: [OWN_FEATURE],
        actions: [{ domainMetadata: { domain: POND_DOMAIN, configuration, removed: false } }]
      })
      const before = yield* bytesOfStore(store)
      for (const isCreating of [false, true]) {
        const error = yield* Effect.flip(openAt(store, isCreating, undefined))
        expect(error._tag).toBe("NewerFormat")
        expect(error.message).toContain("format 2")
        expect(error.message).toContain("up to 1")
      }
      expect(yield* bytesOfStore(store)).toStrictEqual(before)
    })
  )

  it.live("serves layers: a directory, and memory", () =>
    inFolder((url) =>
      Effect.gen(function* () {
        const program = Effect.gen(function* () {
          const pond = yield* Pond
          yield* pond.transaction(Effect.flatMap(Transaction, (open) => open.append("/log", bytes("line\n"))))
          return [(yield* pond.head).view.txn, yield* (yield* pond.head).readText("/log")]
        })
        const directory = Pond.layer({ url, create: true })
        expect(yield* Effect.provide(program, directory)).toStrictEqual([1, "line\n"])
        expect(yield* Effect.provide(program, Layer.fresh(directory))).toStrictEqual([2, "line\nline\n"])
        expect(yield* Effect.provide(program, Pond.layerMemory)).toStrictEqual([1, "line\n"])
        const missing = yield* Effect.flip(Effect.provide(program, Pond.layer({ url: join(url, "nothing") })))
        expect(missing._tag).toBe("NotAPond")
        expect(existsSync(join(url, "nothing"))).toBe(false)
      })
    )
  )

  it.live("answers the same without its control directory (R1)", () =>
    inFolder((url) =>
      Effect.gen(function* () {
        const open = openAt(localStore(join(url, "data")), true, join(url, "control"))
        const pond = yield* open
        yield* counted(pond, 1, 3)
        const { chain } = (yield* pond.head).view
        rmSync(join(url, "control"), { recursive: true, force: true })
        expect((yield* (yield* open).head).view.chain).toBe(chain)
        yield* counted(pond, 4, 4)
        expect(yield* (yield* (yield* open).head).readText("/n")).toBe("4")
      })
    )
  )
})

describe("history", () => {
  it.effect("is told from any end, with who asked for what", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      const write = Effect.flatMap(Transaction, (open) => open.write("/f", bytes("x")))
      yield* pond.transaction(write, { author: "ann", request: '{"command":"write"}' })
      yield* counted(pond, 2, 4)
      const all = yield* Stream.runCollect(pond.log())
      expect(all.map(({ header }) => header.txn)).toStrictEqual([4, 3, 2, 1])
      expect([all[3]?.header.author, all[3]?.header.request]).toStrictEqual(["ann", '{"command":"write"}'])
      expect(all.map(({ header }) => header.parent).slice(0, 3)).toStrictEqual(all.slice(1).map(({ hash }) => hash))
      expect((yield* Stream.runCollect(pond.log(2))).map(({ header }) => header.txn)).toStrictEqual([2, 1])
      const next = yield* Stream.runCollect(Stream.take(pond.changes(3), 2))
      expect(next.map(({ header }) => header.txn)).toStrictEqual([3, 4])
      expect(next[0]?.events.map(({ kind, node }) => [kind, node.name])).toStrictEqual([["written", "n"]])
    })
  )

  it.effect("is read at any transaction and at any time, also when the clock goes back", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      for (const time of [1000, 3000, 2000, 2500, 4000]) {
        yield* TestClock.setTime(time)
        yield* within(pond, (open) => open.write("/n", bytes(String(time))))
      }
      const at = (timeMs: number) => Effect.map(pond.atTime(timeMs * 1000), ({ view }) => view.txn)
      expect(yield* Effect.forEach([1000, 2999, 3000, 3999, 4000, 9e9], at)).toStrictEqual([1, 1, 4, 4, 5, 5])
      expect((yield* pond.at(4)).view.timeMicros).toBe(3_000_000)
      expect(yield* (yield* pond.at(2)).readText("/n")).toBe("3000")
      expect(yield* (yield* pond.at(0)).list("/")).toStrictEqual([])
      for (const question of [pond.at(6), pond.at(-1), pond.at(0.5), pond.atTime(999_999)]) {
        const error = yield* Effect.flip(question)
        expect(error._tag).toBe("TxnMissing")
        expect(error.message).toContain("0 to 5")
      }
    })
  )

  it.effect("of hundreds of transactions with all maintenance reads as it did, and is sound (R6, R7)", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      const pond = yield* openAt(store, true, undefined)
      const other = yield* openAt(store, false, undefined)
      yield* counted(pond, 1, 150)
      yield* counted(other, 151, 300)
      const keys = (yield* bytesOfStore(store)).map(([key]) => key)
      expect(keys.some((key) => key.startsWith("_index/"))).toBe(true)
      expect(keys.some((key) => key.endsWith(".checkpoint.parquet"))).toBe(true)
      const fresh = yield* openAt(store, false, undefined)
      for (const reader of [pond, other, fresh]) {
        for (const txn of [1, 63, 64, 65, 128, 200, 299, 300]) {
          expect(yield* (yield* reader.at(txn)).readText("/n")).toBe(String(txn))
        }
      }
      expect((yield* (yield* fresh.head).versions("/n")).length).toBe(300)
      const { findings } = yield* fsck(store)
      expect(findings.filter(({ kind }) => kind !== "foreign")).toStrictEqual([])
    })
  )
})

describe("two writers", () => {
  it.effect("that do not concern each other both commit, whoever is first (R2)", () =>
    Effect.gen(function* () {
      const shared = memoryStore()
      const winner = yield* openAt(shared, true, undefined)
      const { arm, store } = interrupted(
        shared,
        within(winner, (open) => open.write("/winner", bytes("w")))
      )
      const loser = yield* openAt(store, false, undefined)
      yield* arm
      const { committed } = yield* within(loser, (open) => open.write("/loser", bytes("l")))
      expect(Option.getOrThrow(committed).header.txn).toBe(2)
      for (const pond of [winner, loser]) {
        const head = yield* pond.head
        expect((yield* head.list("/")).map(({ path }) => path)).toStrictEqual(["/loser", "/winner"])
      }
      // The data file of the lost attempt is a leftover and nothing else.
      expect((yield* fsck(shared)).findings.map(({ kind }) => kind)).toStrictEqual(["foreign"])
    })
  )

  it.effect("that meet get a conflict that names the winner, and go on from there (R2)", () =>
    Effect.gen(function* () {
      const shared = memoryStore()
      const winner = yield* openAt(shared, true, undefined)
      yield* within(winner, (open) => open.write("/n", bytes("0")))
      const { arm, store } = interrupted(shared, counted(winner, 1, 2))
      const loser = yield* openAt(store, false, undefined)
      yield* arm
      const error = yield* Effect.flip(within(loser, (open) => open.write("/n", bytes("mine"))))
      expect(error._tag).toBe("TransactionConflict")
      expect(error.message).toContain("on top of txn 1 of memory:")
      expect(error.message).toContain('txn 2 came first and changed the node "n"')
      // The loser is as good as new: it sees the winner, and commits.
      expect(yield* (yield* loser.head).readText("/n")).toBe("2")
      const { committed } = yield* within(loser, (open) => open.append("/log", bytes("x")))
      expect(Option.getOrThrow(committed).header.txn).toBe(4)
      expect(yield* (yield* winner.head).readText("/log")).toBe("x")
      expect((yield* fsck(shared)).findings.filter(({ kind }) => kind !== "foreign")).toStrictEqual([])
    })
  )

  it.effect("count to the same sum, repeating what was in conflict (F16)", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      yield* createPond(store)
      const writers = yield* Effect.forEach([1, 2, 3, 4], () => openAt(store, false, undefined))
      const increment = (pond: (typeof writers)[number]) =>
        within(pond, (open) =>
          Effect.gen(function* () {
            const now = (yield* open.exists("/sum")) ? Number(yield* open.readText("/sum")) : 0
            yield* Effect.yieldNow
            yield* open.write("/sum", bytes(String(now + 1)))
          })
        ).pipe(Effect.retry({ while: ({ _tag }) => _tag === "TransactionConflict" }))
      yield* Effect.forEach(writers, (pond) => Effect.repeat(increment(pond), { times: 9 }), {
        concurrency: "unbounded",
        discard: true
      })
      const head = yield* writers[0]!.head
      expect([head.view.txn, yield* head.readText("/sum")]).toStrictEqual([40, "40"])
      expect((yield* head.versions("/sum")).length).toBe(40)
    })
  )

  it.effect("of which one looked for what is not there, meet when the other makes it", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      const pond = yield* openAt(store, true, undefined)
      const other = yield* openAt(store, false, undefined)
      const looks: ReadonlyArray<(open: Effect.Success<typeof Transaction>) => Effect.Effect<unknown, unknown>> = [
        (open) => open.exists("/made"),
        (open) => open.list("/"),
        (open) => open.glob("/m*")
      ]
      for (const [count, look] of looks.entries()) {
        const program = within(pond, (open) =>
          Effect.gen(function* () {
            yield* Effect.orDie(look(open))
            yield* open.write(`/seen${count}`, bytes("x"))
            yield* within(other, (winner) => winner.write("/made", bytes("m")))
          })
        )
        expect((yield* Effect.flip(program))._tag).toBe("TransactionConflict")
        yield* within(other, (winner) => winner.remove("/made"))
      }
    })
  )
})

describe("a dry run", () => {
  it.live("leaves every file as it is, and tells what the real run will (R8)", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const store = localStore(folder)
        const pond = yield* openAt(store, true, undefined)
        yield* within(pond, (open) => open.append("/log", new Uint8Array(200_000).fill(1)))
        const before = yield* bytesOfStore(store)
        const run = (over: Store) =>
          Effect.gen(function* () {
            const one = yield* openAt(over, false, undefined)
            const answers = []
            for (let round = 0; round < 70; round++) {
              const { value } = yield* within(one, (open) =>
                Effect.gen(function* () {
                  yield* open.append("/log", bytes(`${round}`))
                  yield* open.mkdir(`/d/${round % 7}`, { parents: true })
                  if (round % 7 === 6) return yield* open.remove("/d", { recursive: true })
                  return (yield* open.stat("/log")).content?.sizeBytes
                })
              )
              answers.push(value)
            }
            const head = yield* one.head
            return [answers, head.view.root, (yield* head.glob("/**")).map(({ path }) => path)]
          })
        const planned = yield* run(overlayStore(store))
        expect(yield* bytesOfStore(store)).toStrictEqual(before)
        expect(yield* run(store)).toStrictEqual(planned)
      })
    )
  )
})
