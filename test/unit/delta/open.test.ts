import { describe, expect, it } from "@effect/vitest"
import { Effect, HashMap, Option } from "effect"
import { writeCheckpoint } from "../../../src/delta/checkpoint.ts"
import { checkpointName, entryName, HINT, logKey } from "../../../src/delta/log.ts"
import type { Log } from "../../../src/delta/log.ts"
import { openLog, refresh } from "../../../src/delta/open.ts"
import type { Snapshot } from "../../../src/delta/snapshot.ts"
import { countingStore } from "../../../src/store/counting.ts"
import { append, plainLog, tableWith } from "../../support/delta/table.ts"

const filesOf = (snapshot: Snapshot): number => HashMap.size(snapshot.files)

/** Version 0 creates, 1 to 12 add a file each; a checkpoint at 8. */
const history = (log: Log) =>
  Effect.gen(function* () {
    const table = yield* tableWith(log, ...Array.from({ length: 8 }, (_, at) => [at]))
    yield* table.checkpoint
    for (let at = 8; at < 12; at++) yield* append(table, yield* table.head, `${at}.parquet`, at)
    return table
  })

describe("openLog", () => {
  it.effect("gives the newest version, or exactly the one asked for", () =>
    Effect.gen(function* () {
      const log = plainLog()
      yield* history(log)
      for (const [version, expected] of [
        [undefined, 12],
        [12, 12],
        [10, 10],
        [8, 8],
        [7, 7],
        [0, 0]
      ] as const) {
        const snapshot = yield* openLog(log, version)
        expect([snapshot.version, filesOf(snapshot)]).toEqual([expected, expected])
        expect(snapshot.timestampMs).toBeDefined()
      }
    })
  )

  it.effect("names the versions that exist when another one is asked for", () =>
    Effect.gen(function* () {
      const log = plainLog()
      yield* history(log)
      const error = yield* Effect.flip(openLog(log, 13))
      expect(error).toMatchObject({ _tag: "MissingVersion", requested: "version 13", earliest: 0, latest: 12 })
    })
  )

  it.effect("never lists when a hint exists, and reads only what follows the checkpoint (R9)", () =>
    Effect.gen(function* () {
      const counted = countingStore(plainLog().store)
      const log = plainLog(counted.store)
      yield* history(log)
      counted.reset()
      yield* openLog(log)
      expect(counted.counts().list).toBeUndefined()
      // Hint, checkpoint and its entry; entries 9 and 10, 11 to 14, each time after a look whether there are some.
      expect(counted.requests()).toBe(11)
    })
  )

  it.effect("gives the same answer whatever is wrong with hint and checkpoint (R6)", () =>
    Effect.gen(function* () {
      const log = plainLog()
      yield* history(log)
      const { store } = log
      const expected = yield* openLog(log)
      const garbage = new TextEncoder().encode("garbage")
      const damages = [
        store.delete(logKey(HINT)),
        store.put(logKey(HINT), garbage),
        store.put(logKey(HINT), new TextEncoder().encode('{"version":99}')),
        store.put(logKey(checkpointName(8)), garbage),
        store.put(logKey(checkpointName(8)), new Uint8Array()),
        store.delete(logKey(checkpointName(8)))
      ]
      for (const damage of damages) {
        yield* damage
        const snapshot = yield* openLog(log)
        expect(snapshot.version).toBe(12)
        expect(HashMap.toEntries(snapshot.files).toSorted()).toEqual(HashMap.toEntries(expected.files).toSorted())
      }
    })
  )

  it.effect("finds a gap, with and without hint, and names its version (F13)", () =>
    Effect.gen(function* () {
      for (const removeHint of [false, true]) {
        const log = plainLog()
        yield* history(log)
        if (removeHint) yield* log.store.delete(logKey(HINT))
        yield* log.store.delete(logKey(entryName(10)))
        const error = yield* Effect.flip(openLog(log))
        expect(error).toMatchObject({ _tag: "LogDamaged", version: 10, file: entryName(10) })
        expect((yield* openLog(log, 9)).version).toBe(9)
      }
    })
  )

  it.effect("needs the entry of the checkpoint's version for the time of the next commit (D19)", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const table = yield* tableWith(log, [1])
      yield* table.checkpoint
      yield* log.store.delete(logKey(entryName(0)))
      yield* log.store.delete(logKey(entryName(1)))
      const error = yield* Effect.flip(openLog(log))
      expect(error).toMatchObject({ _tag: "LogDamaged", version: 1, file: entryName(1) })
    })
  )

  it.effect("says which versions remain when an old one is gone", () =>
    Effect.gen(function* () {
      const log = plainLog()
      yield* history(log)
      for (let version = 0; version < 8; version++) yield* log.store.delete(logKey(entryName(version)))
      expect((yield* openLog(log)).version).toBe(12)
      const error = yield* Effect.flip(openLog(log, 3))
      expect(error).toMatchObject({ _tag: "MissingVersion", earliest: 8, latest: 12 })
    })
  )

  it.effect("is no table without entries", () =>
    Effect.gen(function* () {
      const log = plainLog()
      expect((yield* Effect.flip(openLog(log)))._tag).toBe("NotATable")
      yield* log.store.put("data.parquet", new Uint8Array(3))
      yield* log.store.put(logKey("notes.txt"), new Uint8Array(3))
      expect((yield* Effect.flip(openLog(log)))._tag).toBe("NotATable")
    })
  )

  it.effect("uses a checkpoint although older entries are gone, and says so when it is damaged too", () =>
    Effect.gen(function* () {
      const log = plainLog()
      const table = yield* history(log)
      for (let version = 0; version < 8; version++) yield* log.store.delete(logKey(entryName(version)))
      yield* log.store.put(logKey(checkpointName(8)), new Uint8Array(50))
      expect(yield* Effect.flip(openLog(log))).toMatchObject({ _tag: "LogDamaged", file: checkpointName(8) })
      yield* writeCheckpoint(log, yield* table.head)
      expect((yield* openLog(log)).version).toBe(12)
    })
  )
})

describe("refresh", () => {
  it.effect("reads what was committed since, two requests when nothing was", () =>
    Effect.gen(function* () {
      const counted = countingStore(plainLog().store)
      const log = plainLog(counted.store)
      const table = yield* tableWith(log, [1])
      const old = yield* table.head
      counted.reset()
      expect(Option.getOrUndefined(yield* refresh(log, old))).toBe(old)
      expect(counted.requests()).toBe(2)
      for (let at = 1; at < 6; at++) yield* append(table, yield* table.head, `${at}.parquet`, at)
      const seen: Array<number> = []
      const next = yield* refresh(log, old, { onEntry: ({ version }) => seen.push(version) })
      expect(Option.getOrUndefined(next)?.version).toBe(6)
      expect(seen).toEqual([2, 3, 4, 5, 6])
      expect(Option.getOrUndefined(yield* refresh(log, old, { until: 3 }))?.version).toBe(3)
    })
  )
})
