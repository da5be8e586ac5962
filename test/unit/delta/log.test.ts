import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import { TestClock } from "effect/testing"
import { entryName, listLog, logKey, openEntry, readEntry, readEntryBytes, readHint } from "../../../src/delta/log.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { plainLog } from "../../support/delta/table.ts"

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const digits = (version: number): string => String(version).padStart(20, "0")
const logWith = (files: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const log = plainLog()
    for (const [name, content] of Object.entries(files)) yield* log.store.put(logKey(name), text(content))
    return log
  })

describe("listLog", () => {
  it.effect("finds entries and complete checkpoints, and ignores everything else", () =>
    Effect.gen(function* () {
      const uuid = "6374b053-df23-479b-b2cf-c9c550132b49"
      const log = yield* logWith({
        [`${digits(0)}.json`]: "",
        [`${digits(1)}.json`]: "",
        [`${digits(1)}.crc`]: "",
        [`${digits(1)}.checkpoint.parquet`]: "",
        [`${digits(2)}.checkpoint.0000000001.0000000002.parquet`]: "",
        [`${digits(2)}.checkpoint.0000000002.0000000002.parquet`]: "",
        [`${digits(3)}.checkpoint.0000000001.0000000002.parquet`]: "",
        [`${digits(4)}.checkpoint.${uuid}.json`]: "",
        [`${digits(5)}.checkpoint.${uuid}.parquet`]: "",
        "99999999999999999999.json": "",
        ".tmp-1": "",
        "_sidecars/x.parquet": "",
        _last_checkpoint: "",
        "0.json": ""
      })
      const { checkpoints, entries } = yield* listLog(log)
      expect(entries.map(({ version }) => version)).toEqual([0, 1])
      expect(checkpoints.map(({ names, version }) => [version, names.length])).toEqual([
        [1, 1],
        [2, 2],
        [4, 1],
        [5, 1]
      ])
      expect((yield* listLog(log, 1)).entries.map(({ version }) => version)).toEqual([1])
    })
  )
})

describe("readEntry", () => {
  it.effect("is none for an absent entry, and names version and file for a damaged one (F14)", () =>
    Effect.gen(function* () {
      const log = yield* logWith({ [entryName(3)]: '{"commitInfo"', [entryName(4)]: "" })
      expect(Option.isNone(yield* readEntry(log, 2, undefined))).toBe(true)
      const torn = yield* Effect.flip(readEntry(log, 3, undefined))
      expect(torn).toMatchObject({ _tag: "LogDamaged", version: 3, file: entryName(3) })
      const empty = yield* Effect.flip(readEntry(log, 4, undefined))
      expect(empty.message).toMatch(/version 4 .*0004\.json.*it is empty/)
    })
  )

  it.effect("waits for an entry that is being created where creation is not atomic", () =>
    Effect.gen(function* () {
      const memory = memoryStore()
      const store: Store = { ...memory, capabilities: { ...memory.capabilities, atomicCreate: false } }
      yield* store.put(logKey(entryName(0)), new Uint8Array())
      const fiber = yield* Effect.forkChild(readEntryBytes({ store, seal: undefined }, 0))
      yield* TestClock.adjust("20 millis")
      yield* store.put(logKey(entryName(0)), text("{}"))
      yield* TestClock.adjust("10 seconds")
      expect(yield* Fiber.join(fiber)).toEqual(Option.some(text("{}")))
    })
  )

  it.effect("gives an entry that stays empty as it is", () =>
    Effect.gen(function* () {
      const memory = memoryStore()
      const store: Store = { ...memory, capabilities: { ...memory.capabilities, atomicCreate: false } }
      yield* store.put(logKey(entryName(0)), new Uint8Array())
      const fiber = yield* Effect.forkChild(readEntryBytes({ store, seal: undefined }, 0))
      yield* TestClock.adjust("10 seconds")
      expect(yield* Fiber.join(fiber)).toEqual(Option.some(new Uint8Array()))
    })
  )
})

describe("openEntry", () => {
  it.effect("demands a seal where entries are sealed", () =>
    Effect.gen(function* () {
      const log = { ...plainLog(), seal: { digest: () => "0".repeat(64) } }
      const error = yield* Effect.flip(openEntry(log, 0, text('{"commitInfo":{}}'), undefined))
      expect(error.why).toBe("it has no seal")
    })
  )
})

describe("readHint (R6)", () => {
  it.effect.each([
    ['{"version":7}', { version: 7, names: [`${digits(7)}.checkpoint.parquet`] }],
    [
      '{"version":7,"parts":2}',
      {
        version: 7,
        names: [
          `${digits(7)}.checkpoint.0000000001.0000000002.parquet`,
          `${digits(7)}.checkpoint.0000000002.0000000002.parquet`
        ]
      }
    ],
    [
      `{"version":7,"v2Checkpoint":{"path":"${digits(7)}.checkpoint.6374b053-df23-479b-b2cf-c9c550132b49.json"}}`,
      { version: 7, names: [`${digits(7)}.checkpoint.6374b053-df23-479b-b2cf-c9c550132b49.json`] }
    ]
  ] as const)("reads %s", ([hint, expected]) =>
    Effect.gen(function* () {
      expect(Option.getOrUndefined(yield* readHint(yield* logWith({ _last_checkpoint: hint })))).toEqual(expected)
    })
  )

  it.effect.each([
    "",
    "{",
    "null",
    '{"version":-1}',
    '{"version":"7"}',
    '{"version":7,"parts":0}',
    '{"version":7,"parts":1e9}',
    '{"version":7,"v2Checkpoint":{"path":"../../etc/passwd"}}',
    `{"version":7,"v2Checkpoint":{"path":"${digits(8)}.checkpoint.parquet"}}`
  ])("is as if absent: %s", (hint) =>
    Effect.gen(function* () {
      expect(Option.isNone(yield* readHint(yield* logWith({ _last_checkpoint: hint })))).toBe(true)
    })
  )
})
