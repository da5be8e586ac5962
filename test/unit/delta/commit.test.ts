import { createHash } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, HashMap, Option } from "effect"
import { TestClock } from "effect/testing"
import { commitLog, conflict } from "../../../src/delta/commit.ts"
import type { CommitDraft } from "../../../src/delta/commit.ts"
import { entryName, logKey } from "../../../src/delta/log.ts"
import { openLog } from "../../../src/delta/open.ts"
import { BLANK } from "../../../src/delta/seal.ts"
import type { Seal } from "../../../src/delta/seal.ts"
import { domain } from "../../../src/delta/snapshot.ts"
import { failOnce, faultyStore, injected } from "../../../src/store/faults.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { append, idsOf, newTable, plainLog, removeOf, rowsOf, writeFile } from "../../support/delta/table.ts"

const seal: Seal = { digest: (bytes) => createHash("sha256").update(bytes).digest("hex") }
const setDomain = (name: string, configuration: string): CommitDraft => ({
  operation: "SET",
  actions: [{ domainMetadata: { domain: name, configuration, removed: false } }]
})

describe("commitLog", () => {
  it.effect("publishes the next version and gives the state after it", () =>
    Effect.gen(function* () {
      const table = yield* newTable()
      const base = yield* table.head
      const { attempts, entry, snapshot } = yield* commitLog(table.log, base, {
        ...setDomain("d", "1"),
        info: { engineInfo: "test", extra: { count: 2n ** 60n } }
      })
      expect(attempts).toBe(1)
      expect(snapshot.version).toBe(1)
      expect(entry.commitInfo).toMatchObject({
        operation: "SET",
        engineInfo: "test",
        extra: { count: 2n ** 60n },
        readVersion: 0
      })
      expect(yield* openLog(table.log)).toMatchObject({ version: 1, commitInfo: entry.commitInfo })
    })
  )

  it.effect("is repeated on top of winners that do not contradict it", () =>
    Effect.gen(function* () {
      const table = yield* newTable()
      const base = yield* table.head
      yield* append(table, base, "a.parquet", 1)
      yield* append(table, base, "b.parquet", 2)
      const last = yield* append(table, base, "c.parquet", 3)
      expect(last).toMatchObject({ attempts: 2, snapshot: { version: 3 } })
      expect(yield* idsOf(table.log, last.snapshot)).toEqual([1, 2, 3])
    })
  )

  it.effect("fails, naming the winner, when a winner contradicts it", () =>
    Effect.gen(function* () {
      const table = yield* newTable()
      const base = yield* table.head
      yield* commitLog(table.log, base, setDomain("d", "1"))
      const error = yield* Effect.flip(commitLog(table.log, base, setDomain("d", "2")))
      expect(error).toMatchObject({ _tag: "CommitConflict", version: 1, reason: "domainConcurrent" })
      expect(error.message).toMatch(/lost to version 1.*domain d.*Nothing was changed/)
      expect((yield* table.head).version).toBe(1)
    })
  )

  it.effect("asks the caller to make it anew, with the winners and the state after them", () =>
    Effect.gen(function* () {
      const table = yield* newTable()
      const base = yield* table.head
      yield* append(table, base, "a.parquet", 1)
      yield* append(table, base, "b.parquet", 2)
      const draft: CommitDraft = {
        ...setDomain("count", "0"),
        rebase: (winners, head) =>
          Effect.succeed({
            ...setDomain("count", `${HashMap.size(head.files)} after ${winners.map(({ version }) => version).join()}`),
            info: { rebased: true }
          })
      }
      const { entry, snapshot } = yield* commitLog(table.log, base, draft)
      expect(domain(snapshot, "count")).toBe("2 after 1,2")
      expect(entry.commitInfo).toMatchObject({ rebased: true })
    })
  )

  it.effect("is given up when the caller says so", () =>
    Effect.gen(function* () {
      const table = yield* newTable()
      const base = yield* table.head
      yield* append(table, base, "a.parquet", 1)
      const draft: CommitDraft = {
        ...setDomain("d", "1"),
        rebase: ([winner]) => Effect.fail(conflict(table.log, winner?.version ?? -1, "it read the same cell"))
      }
      const error = yield* Effect.flip(commitLog(table.log, base, draft))
      expect(error).toMatchObject({ _tag: "CommitConflict", version: 1, reason: "rebase" })
    })
  )

  it.effect("gives up after a bounded number of lost races", () =>
    Effect.gen(function* () {
      const memory = memoryStore()
      let version = 1
      const always: Store = {
        ...memory,
        putIfAbsent: (key, bytes) =>
          key === logKey(entryName(version)) && version > 1
            ? Effect.andThen(
                memory.putIfAbsent(
                  key,
                  new TextEncoder().encode(`{"commitInfo":{"inCommitTimestamp":${1000 + version++}}}\n`)
                ),
                Effect.succeed(false)
              )
            : memory.putIfAbsent(key, bytes)
      }
      const table = yield* newTable(plainLog(always))
      const base = yield* append(table, yield* table.head, "a.parquet", 1)
      version = 2
      const error = yield* Effect.flip(commitLog(table.log, base.snapshot, setDomain("d", "1")))
      expect(error).toMatchObject({ _tag: "CommitConflict", reason: "contention" })
    })
  )

  it.effect("never lets time go backwards (D11, F21)", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000_000)
      const table = yield* newTable()
      const times: Array<number | undefined> = [(yield* table.head).timestampMs]
      for (const jump of [500, -86_400_000, 0, 315_000_000_000, -1]) {
        yield* TestClock.setTime(Math.max(0, (yield* Clock.currentTimeMillis) + jump))
        times.push((yield* append(table, yield* table.head, `${jump}.parquet`, 1)).snapshot.timestampMs)
      }
      expect(times).toEqual(times.toSorted((left, right) => (left ?? 0) - (right ?? 0)))
      expect(new Set(times).size).toBe(times.length)
    })
  )

  it.effect("chains sealed entries", () =>
    Effect.gen(function* () {
      const log = { ...plainLog(), seal }
      const table = yield* newTable(log)
      const first = yield* table.head
      const { entry, snapshot } = yield* append(table, first, "a.parquet", 1)
      expect(entry.seal).toEqual({ previous: first.seal, digest: snapshot.seal })
      expect((yield* openLog(log)).seal).toBe(snapshot.seal)
      const text = new TextDecoder().decode(yield* log.store.get(logKey(entryName(0))))
      expect(text.slice(0, 40)).toBe('{"commitInfo":{"seal":{"previous":"00000')
      expect(text).toContain(BLANK)
    })
  )

  it.effect.each([
    [
      "two actions that reconcile",
      [{ txn: { appId: "a", version: 1n } }, { txn: { appId: "a", version: 2n } }],
      "CommitRefused"
    ],
    ["a removal of what is not there", [{ remove: { path: "x", dataChange: true } }], "CommitRefused"],
    [
      "a path out of the table",
      [{ add: { path: "../x", partitionValues: new Map(), size: 1n, modificationTime: 1n, dataChange: true } }],
      "CommitRefused"
    ],
    [
      "a protocol that nobody knows",
      [{ protocol: { minReaderVersion: 9, minWriterVersion: 9 } }],
      "UnsupportedFeature"
    ],
    [
      "a feature that nobody takes care of",
      [{ protocol: { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ["x"] } }],
      "UnsupportedFeature"
    ]
  ] as const)("refuses %s, and publishes nothing", ([, actions, tag]) =>
    Effect.gen(function* () {
      const table = yield* newTable()
      const error = yield* Effect.flip(commitLog(table.log, yield* table.head, { operation: "X", actions }))
      expect(error._tag).toBe(tag)
      expect((yield* table.head).version).toBe(0)
    })
  )

  it.effect("writes to a table with an own feature only for those who know it", () =>
    Effect.gen(function* () {
      const table = yield* newTable(plainLog(), { ownFeatures: ["pondfs"] })
      const base = yield* table.head
      const error = yield* Effect.flip(commitLog(table.log, base, setDomain("d", "1")))
      expect(error).toMatchObject({
        _tag: "UnsupportedFeature",
        access: "writing",
        feature: 'the table feature "pondfs"'
      })
      yield* commitLog(table.log, base, { ...setDomain("d", "1"), ownFeatures: ["pondfs"] })
      expect((yield* openLog(table.log)).version).toBe(1)
    })
  )

  it.effect("keeps append-only tables append-only (D22)", () =>
    Effect.gen(function* () {
      const table = yield* newTable(plainLog(), { configuration: new Map([["delta.appendOnly", "true"]]) })
      const add = yield* writeFile(table.log.store, "a.parquet", rowsOf(1))
      const { snapshot } = yield* table.commit(yield* table.head, { operation: "WRITE", actions: [{ add }] })
      const error = yield* Effect.flip(table.commit(snapshot, { operation: "DELETE", actions: [removeOf(add)] }))
      expect(error._tag).toBe("CommitRefused")
      const merged = yield* writeFile(table.log.store, "b.parquet", rowsOf(1))
      const actions = [removeOf(add, false), { add: { ...merged, dataChange: false } }]
      yield* table.commit(snapshot, { operation: "OPTIMIZE", actions })
    })
  )

  it.effect("does not publish into a past that was cleaned up", () =>
    Effect.gen(function* () {
      const table = yield* newTable()
      const old = yield* table.head
      yield* append(table, old, "a.parquet", 1)
      yield* TestClock.adjust("60 days")
      yield* append(table, yield* table.head, "b.parquet", 2)
      yield* table.log.store.delete(logKey(entryName(0)))
      yield* table.log.store.delete(logKey(entryName(1)))
      const error = yield* Effect.flip(commitLog(table.log, old, setDomain("d", "1")))
      expect(error).toMatchObject({ _tag: "StaleSnapshot", version: 0 })
    })
  )
})

describe("a commit whose answer is lost (F25)", () => {
  const put = ({ key, operation }: { readonly key: string; readonly operation: string }): boolean =>
    operation === "putIfAbsent" && key === logKey(entryName(1))

  const withFault = (when: "before" | "after", times: number, remote = false) =>
    Effect.gen(function* () {
      const memory = memoryStore()
      yield* newTable(plainLog(memory))
      let left = times
      const faulty = faultyStore(memory, (request) =>
        put(request) && left-- > 0 ? { when, error: injected(request) } : undefined
      )
      const store = { ...faulty.store, capabilities: { ...memory.capabilities, remote } }
      return { memory, log: plainLog(store) }
    })

  it.effect.each([
    ["before", 1],
    ["after", 1]
  ] as const)("is settled by asking again: failed %s its effect", ([when, times]) =>
    Effect.gen(function* () {
      const { log } = yield* withFault(when, times)
      const { snapshot } = yield* commitLog(log, yield* openLog(log), setDomain("d", "1"))
      expect(snapshot.version).toBe(1)
      expect((yield* openLog(log)).version).toBe(1)
      expect(domain(yield* openLog(log), "d")).toBe("1")
    })
  )

  it.effect("passes the failure on when nothing was published", () =>
    Effect.gen(function* () {
      const { log } = yield* withFault("before", 2)
      const error = yield* Effect.flip(commitLog(log, yield* openLog(log), setDomain("d", "1")))
      expect(error._tag).toBe("StoreFailed")
      expect((yield* openLog(log)).version).toBe(0)
    })
  )

  it.effect.each([
    ["it is visible but not known to be durable", "after", 2, false],
    ["the request may still be under way on a remote", "before", 2, true]
  ] as const)("says that it does not know, and how to find out: %s", ([, when, times, remote]) =>
    Effect.gen(function* () {
      const { log } = yield* withFault(when, times, remote)
      const error = yield* Effect.flip(commitLog(log, yield* openLog(log), setDomain("d", "1")))
      expect(error).toMatchObject({ _tag: "CommitUncertain", version: 1 })
      expect(error.message).toMatch(/txnId is [0-9a-f-]{36}/)
    })
  )

  it.effect(
    "writes its small files before itself: that one of them fails is definite, that its own answer is lost is not",
    () =>
      Effect.gen(function* () {
        const memory = memoryStore()
        yield* newTable(plainLog(memory))
        const base = yield* openLog(plainLog(memory))
        const { actions } = setDomain("d", "1")
        const draft = { operation: "WRITE", actions, files: [{ key: "own.parquet", bytes: new Uint8Array([1]) }] }
        const failing = (when: "before" | "after", isFile: boolean) =>
          plainLog(
            faultyStore(memory, (request) =>
              request.operation === "putIfAbsent" && request.key.endsWith(".parquet") === isFile && times++ === 0
                ? { when, error: injected(request) }
                : undefined
            ).store
          )
        let times = 0
        const error = yield* Effect.flip(commitLog(failing("before", true), base, draft))
        expect(error).toMatchObject({ _tag: "StoreFailed", key: "own.parquet" })
        expect(yield* memory.head(logKey(entryName(base.version + 1)))).toEqual(Option.none())
        times = 0
        const { attempts, snapshot } = yield* commitLog(failing("after", false), base, draft)
        expect([attempts, snapshot.version]).toEqual([1, base.version + 1])
        expect(yield* memory.get("own.parquet")).toEqual(new Uint8Array([1]))
      })
  )

  it.effect("is recognised by its own txnId when a retrying store reports that the key exists", () =>
    Effect.gen(function* () {
      const memory = memoryStore()
      yield* newTable(plainLog(memory))
      const retrying: Store = {
        ...memory,
        putIfAbsent: (key, bytes) => Effect.andThen(memory.putIfAbsent(key, bytes), memory.putIfAbsent(key, bytes))
      }
      const log = plainLog(retrying)
      const { attempts, snapshot } = yield* commitLog(log, yield* openLog(log), setDomain("d", "1"))
      expect([attempts, snapshot.version]).toEqual([1, 1])
    })
  )

  it.effect("fails cleanly when the store fails while winners are read", () =>
    Effect.gen(function* () {
      const memory = memoryStore()
      const table = yield* newTable(plainLog(memory))
      const base = yield* table.head
      yield* append(table, base, "a.parquet", 1)
      const faulty = faultyStore(memory, failOnce(2))
      const error = yield* Effect.flip(commitLog(plainLog(faulty.store), base, setDomain("d", "1")))
      expect(error._tag).toBe("StoreFailed")
      expect((yield* table.head).version).toBe(1)
    })
  )
})
