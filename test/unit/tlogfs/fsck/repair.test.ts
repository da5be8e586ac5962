import { describe, expect, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import { crashAfter, crashAt, faultyStore } from "../../../../src/store/faults.ts"
import { countingStore } from "../../../../src/store/counting.ts"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import type { Store } from "../../../../src/store/ObjectStore.ts"
import { overlayStore } from "../../../../src/store/overlay/store.ts"
import { fsck, maintain, openAt, type Repair, repair } from "../../../../src/tlogfs/index.ts"
import { bytes, within } from "../../../support/tlogfs/open.ts"
import { bytesOfStore } from "../../../support/tlogfs/store.ts"
import { noise } from "../../../support/tlogfs/writers.ts"

const entryKey = (version: number): string => `_delta_log/${String(version).padStart(20, "0")}.json`

/** A pond of six transactions, the newest with a content in its rows and one in a blob; and every object it has. */
const grown = Effect.gen(function* () {
  const store = memoryStore()
  const pond = yield* openAt(store, true, undefined)
  for (const name of ["a", "b", "c", "d", "e"]) yield* within(pond, (tx) => tx.write(`/${name}`, bytes(name)))
  yield* within(pond, (tx) => Effect.andThen(tx.write("/small", noise(3_000, 1)), tx.write("/large", noise(90_000, 2))))
  return store
})
const NEWEST = 6

const copyOf = Effect.fnUntraced(function* (store: Store) {
  const copy = memoryStore()
  for (const { key } of yield* Stream.runCollect(store.list(""))) yield* copy.put(key, yield* store.get(key))
  return copy
})

const replaced = Effect.fnUntraced(function* (store: Store, key: string, change: (bytes: Uint8Array) => Uint8Array) {
  yield* store.put(key, change((yield* store.get(key)).slice()))
})

const headTxn = (store: Store) =>
  Effect.flatMap(openAt(store, false, undefined), (pond) => Effect.map(pond.head, ({ view }) => view.txn))

const damages = (store: Store) =>
  Effect.map(Effect.scoped(fsck(store)), ({ findings }) => findings.filter(({ kind }) => kind !== "foreign"))

/** What a disk leaves of an entry whose first line reached it. */
const TORN: ReadonlyArray<readonly [string, (bytes: Uint8Array) => Uint8Array]> = [
  ["cut in its second line", (all) => all.subarray(0, all.indexOf(10) + 40)],
  ["cut behind its first line", (all) => all.subarray(0, all.indexOf(10) + 1)],
  ["without its last byte", (all) => all.subarray(0, -1)],
  ["zero-filled to its end", (all) => all.fill(0, all.indexOf(10) + 7)],
  ["with a flipped bit", (all) => all.fill(all[all.length - 50]! ^ 4, all.length - 50, all.length - 49)],
  ["with rubbish behind it", (all) => new Uint8Array([...all, 1, 2, 3])]
]

/** What it leaves of one whose first line did not. */
const LOST: ReadonlyArray<readonly [string, (bytes: Uint8Array) => Uint8Array]> = [
  ["empty", () => new Uint8Array(0)],
  ["zeros", (all) => all.fill(0)],
  ["cut in its first line", (all) => all.subarray(0, 150)],
  ["with a flipped bit in its first line", (all) => all.fill(all[60]! ^ 1, 60, 61)]
]

describe("a torn newest entry", () => {
  it.live.each(TORN)("%s is made again from its data file, byte for byte: nothing is lost (F14)", ([, tear]) =>
    Effect.gen(function* () {
      const store = yield* grown
      const whole = yield* store.get(entryKey(NEWEST))
      yield* replaced(store, entryKey(NEWEST), tear)
      const torn = yield* store.get(entryKey(NEWEST))
      expect((yield* Effect.flip(headTxn(store)))._tag).toBe("LogDamaged")
      const done = Option.getOrThrow(yield* repair(store))
      expect(done).toMatchObject({ entry: entryKey(NEWEST), outcome: "restored", lostTxns: null })
      expect(yield* store.get(entryKey(NEWEST))).toEqual(whole)
      expect(yield* store.get(done.keptAs)).toEqual(torn)
      expect([yield* headTxn(store), yield* Effect.scoped(fsck(store))]).toMatchObject([NEWEST, { findings: [] }])
      expect(Option.isNone(yield* repair(store))).toBe(true)
    })
  )

  it.live.each(LOST)("%s is put aside, and the pond is as it was before: sound, and writable (F14)", ([, tear]) =>
    Effect.gen(function* () {
      const store = yield* grown
      const [leftover] = (yield* bytesOfStore(store)).map(([key]) => key).filter((key) => /^0+6-/.test(key))
      yield* replaced(store, entryKey(NEWEST), tear)
      const torn = yield* store.get(entryKey(NEWEST))
      const done = Option.getOrThrow(yield* repair(store))
      expect(done).toMatchObject({ outcome: "putAside", leftovers: [leftover] })
      expect(yield* store.get(done.keptAs)).toEqual(torn)
      expect([yield* headTxn(store), yield* damages(store)]).toEqual([NEWEST - 1, []])
      const pond = yield* openAt(store, false, undefined)
      yield* within(pond, (tx) => tx.write("/again", bytes("again")))
      yield* maintain(store, -60_000)
      expect([yield* headTxn(store), yield* damages(store)]).toEqual([NEWEST, []])
      expect(yield* store.get(done.keptAs)).toEqual(torn)
    })
  )

  it.live("that was maintenance is put aside, and no transaction with it", () =>
    Effect.gen(function* () {
      const store = yield* grown
      yield* maintain(store)
      const versions = (yield* bytesOfStore(store)).flatMap(([key]) => /_delta_log\/(\d+)\.json/.exec(key)?.[1] ?? [])
      const last = Number(versions.at(-1))
      yield* store.delete(`_delta_log/${String(last).padStart(20, "0")}.checkpoint.parquet`)
      yield* replaced(store, entryKey(last), (all) => all.subarray(0, -9))
      expect(Option.getOrThrow(yield* repair(store))).toMatchObject({ outcome: "putAside", lostTxns: null })
      expect([yield* headTxn(store), yield* damages(store)]).toEqual([NEWEST, []])
    })
  )

  it.live("may be repaired by a run that stops at any request, and by the next one", () =>
    Effect.gen(function* () {
      for (const [, tear] of [TORN[0]!, LOST[0]!]) {
        const store = yield* grown
        yield* replaced(store, entryKey(NEWEST), tear)
        const whole = countingStore(yield* copyOf(store))
        const expected = Option.getOrThrow(yield* repair(whole.store))
        // Everything before these only reads.
        for (let at = whole.requests() - 7; at < whole.requests(); at++) {
          for (const crash of [crashAt, crashAfter]) {
            const stopped = yield* copyOf(store)
            yield* Effect.exit(repair(faultyStore(stopped, crash(at)).store))
            const again: Repair | null = Option.getOrNull(yield* repair(stopped))
            const txn = yield* headTxn(stopped)
            expect(txn).toBe(expected.outcome === "restored" ? NEWEST : NEWEST - 1)
            if (again !== null) expect(again).toEqual(expected)
            expect(yield* damages(stopped)).toEqual([])
            expect(yield* stopped.get(expected.keptAs)).toEqual(yield* store.get(entryKey(NEWEST)))
          }
        }
      }
    })
  )

  it.live("is told of by a dry run as the real one then does it, which leaves everything as it was (R8)", () =>
    Effect.gen(function* () {
      for (const [, tear] of [TORN[0]!, LOST[0]!]) {
        const store = yield* grown
        yield* replaced(store, entryKey(NEWEST), tear)
        const before = yield* bytesOfStore(store)
        const told = yield* repair(overlayStore(store))
        expect(yield* bytesOfStore(store)).toEqual(before)
        expect(yield* repair(store)).toEqual(told)
      }
    })
  )
})

describe("a repair", () => {
  const isTorn = (store: Store) => replaced(store, entryKey(NEWEST), () => new Uint8Array(0))
  const REFUSED: ReadonlyArray<readonly [string, (store: Store) => Effect.Effect<unknown, unknown>, RegExp]> = [
    [
      "where an older entry is damaged, too",
      (store) => replaced(store, entryKey(3), (all) => all.subarray(9)),
      /damaged before/
    ],
    ["where an older entry is missing", (store) => store.delete(entryKey(3)), /damaged before/],
    [
      "where a data file is gone",
      (store) => Effect.flatMap(bytesOfStore(store), (all) => store.delete(all.find(([key]) => /^0+2-/.test(key))![0])),
      /needs 0+2-.* which is gone/
    ],
    [
      "where a data file is cut short",
      (store) =>
        Effect.flatMap(bytesOfStore(store), (all) =>
          replaced(store, all.find(([key]) => /^0+2-/.test(key))![0], (bytes) => bytes.subarray(1))
        ),
      /cut short/
    ]
  ]
  it.live.each(REFUSED)("is refused %s, and changes nothing", ([, damage, why]) =>
    Effect.gen(function* () {
      const store = yield* grown
      yield* isTorn(store)
      yield* damage(store)
      const before = yield* bytesOfStore(store)
      const error = yield* Effect.flip(repair(store))
      expect(error).toMatchObject({ _tag: "RepairRefused", message: expect.stringMatching(why) })
      expect(yield* bytesOfStore(store)).toEqual(before)
    })
  )

  it.live("does nothing where an entry in the middle is torn: that is no leftover of a power cut", () =>
    Effect.gen(function* () {
      const store = yield* grown
      yield* replaced(store, entryKey(3), (all) => all.subarray(0, 100))
      const before = yield* bytesOfStore(store)
      expect(Option.isNone(yield* repair(store))).toBe(true)
      expect(yield* bytesOfStore(store)).toEqual(before)
    })
  )

  it.live("is refused where the only entry is torn", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      yield* openAt(store, true, undefined)
      yield* replaced(store, entryKey(0), () => new Uint8Array(0))
      expect((yield* Effect.flip(repair(store))).message).toMatch(/no state before it/)
    })
  )
})
