/**
 * Damage of every kind to every file of a log: the answer is right, or an error names version and file. Never a wrong state, never a silently
 * shorter history (F11, F12, F13, F14).
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, HashMap, Option } from "effect"
import { readCheckpoint } from "../../../src/delta/checkpoint.ts"
import { checkpointName, entryName, HINT, logKey } from "../../../src/delta/log.ts"
import type { Log } from "../../../src/delta/log.ts"
import { openLog } from "../../../src/delta/open.ts"
import type { Snapshot } from "../../../src/delta/snapshot.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { testSeal } from "../../support/delta/seal.ts"
import { append, tableWith } from "../../support/delta/table.ts"

const LAST = 9
const CHECKPOINT = 6
const ENTRIES = Array.from({ length: LAST + 1 }, (_, version) => version)

/** A sealed table with versions 0 to 9, a checkpoint at 6. */
const sealedTable = Effect.gen(function* () {
  const log: Log = { store: memoryStore(), seal: testSeal }
  const table = yield* tableWith(log, ...Array.from({ length: CHECKPOINT }, (_, at) => [at]))
  yield* table.checkpoint
  for (let at = CHECKPOINT; at < LAST; at++) yield* append(table, yield* table.head, `${at}.parquet`, at)
  return log
})

/** The files of a store, and a new store with some of them changed. */
const filesOf = (store: Store, names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) => Effect.map(store.get(logKey(name)), (bytes) => [name, bytes] as const))

const withFiles = (files: ReadonlyArray<readonly [string, Uint8Array | undefined]>) =>
  Effect.gen(function* () {
    const log: Log = { store: memoryStore(), seal: testSeal }
    for (const [name, bytes] of files) if (bytes !== undefined) yield* log.store.put(logKey(name), bytes)
    return log
  })

const FILES = { version: CHECKPOINT, names: [checkpointName(CHECKPOINT)] }
const NAMES = [...ENTRIES.map(entryName), checkpointName(CHECKPOINT), HINT]

const stateOf = (snapshot: Snapshot) => ({
  version: snapshot.version,
  seal: snapshot.seal,
  timestampMs: snapshot.timestampMs,
  files: HashMap.toEntries(snapshot.files).toSorted(([left], [right]) => (left < right ? -1 : 1))
})

/** Every file with one change; what opening says is right, or an error that names that file. */
const sweep = (
  changes: (bytes: Uint8Array, name: string) => ReadonlyArray<readonly [string, Uint8Array | undefined]>
) =>
  Effect.gen(function* () {
    const log = yield* sealedTable
    const files = yield* filesOf(log.store, NAMES)
    const right = stateOf(yield* openLog(log))
    const counts = { right: 0, refused: 0 }
    for (const [name, bytes] of files) {
      for (const [what, changed] of changes(bytes, name)) {
        const damaged = yield* withFiles(files.map(([one, old]) => [one, one === name ? changed : old] as const))
        const opened = yield* Effect.result(openLog(damaged))
        if (opened._tag === "Success") {
          expect(stateOf(opened.success), `${name}: ${what}`).toEqual(right)
          counts.right++
        } else {
          expect(opened.failure, `${name}: ${what}`).toMatchObject({ _tag: "LogDamaged", file: name })
          counts.refused++
        }
      }
    }
    return counts
  })

describe("one file", () => {
  it.effect("with one bit flipped", () =>
    Effect.gen(function* () {
      const counts = yield* sweep((bytes) =>
        Array.from({ length: 60 }, (_, at) => {
          const place = Math.floor((at * bytes.length) / 60)
          const flipped = bytes.slice()
          flipped[place] = (flipped[place] ?? 0) ^ (1 << (at % 8))
          return [`bit in byte ${place}`, flipped] as const
        })
      )
      // Entries 6 to 9 are read, and hint and checkpoint are only hints.
      expect(counts.refused).toBe(4 * 60)
    })
  )

  it.effect("cut, emptied, extended or filled with zeros", () =>
    Effect.gen(function* () {
      const counts = yield* sweep((bytes) => [
        ["empty", new Uint8Array()],
        ["one byte shorter", bytes.slice(0, -1)],
        ["half", bytes.slice(0, bytes.length >> 1)],
        ["longer", Uint8Array.of(...bytes, 10)],
        ["zeros", new Uint8Array(bytes.length)],
        ["zeros in the middle", bytes.map((byte, at) => (at > 50 && at < 90 ? 0 : byte))]
      ])
      expect(counts.refused).toBe(4 * 6)
    })
  )

  it.effect("missing", () =>
    Effect.gen(function* () {
      const log = yield* sealedTable
      const files = yield* filesOf(log.store, NAMES)
      for (const version of ENTRIES) {
        const damaged = yield* withFiles(files.filter(([name]) => name !== entryName(version)))
        const opened = yield* Effect.result(openLog(damaged))
        const version6 = version === CHECKPOINT
        if (version < CHECKPOINT) expect(opened._tag).toBe("Success")
        // The newest entry leaves no trace when it goes: what is acknowledged is kept by whoever keeps the chain.
        else if (version === LAST) expect(Option.getOrUndefined(successOf(opened))?.version).toBe(LAST - 1)
        else expect(failureOf(opened)).toMatchObject({ _tag: "LogDamaged", version, file: entryName(version) })
        expect(version6 && opened._tag === "Success").toBe(false)
      }
    })
  )

  it.effect("replaced by another version's, or by an old one of its own", () =>
    Effect.gen(function* () {
      const log = yield* sealedTable
      const files = new Map(yield* filesOf(log.store, NAMES))
      for (const at of [7, 8, 9]) {
        for (const from of [0, 5, 6, 7, 8, 9]) {
          if (at === from) continue
          const swapped = [...files].map(
            ([name, bytes]) => [name, name === entryName(at) ? files.get(entryName(from)) : bytes] as const
          )
          const error = yield* Effect.flip(openLog(yield* withFiles(swapped)))
          expect(error).toMatchObject({ _tag: "LogDamaged", version: at })
        }
      }
    })
  )

  it.effect("rolled back to what another history had there", () =>
    Effect.gen(function* () {
      const log = yield* sealedTable
      const files = yield* filesOf(log.store, NAMES)
      const other = yield* sealedTable
      for (const version of [7, 8]) {
        const bytes = yield* other.store.get(logKey(entryName(version)))
        const mixed = yield* withFiles(
          files.map(([name, old]) => [name, name === entryName(version) ? bytes : old] as const)
        )
        const error = yield* Effect.flip(openLog(mixed))
        expect(error).toMatchObject({ _tag: "LogDamaged", version })
        expect(error.message).toMatch(/does not follow the entry before it/)
      }
    })
  )
})

describe("the checkpoint", () => {
  it.effect("is not believed with any bit flipped: Parquet itself would not notice", () =>
    Effect.gen(function* () {
      const log = yield* sealedTable
      const files = yield* filesOf(log.store, NAMES)
      const right = stateOf(yield* openLog(log))
      const checkpoint = yield* log.store.get(logKey(checkpointName(CHECKPOINT)))
      for (let at = 0; at < checkpoint.length; at += 5) {
        const flipped = checkpoint.slice()
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
        const damaged = yield* withFiles(
          files.map(([name, bytes]) => [name, name === checkpointName(CHECKPOINT) ? flipped : bytes] as const)
        )
        expect(stateOf(yield* openLog(damaged)), `byte ${at}`).toEqual(right)
      }
    })
  )

  it.effect("is not believed when it is another history's", () =>
    Effect.gen(function* () {
      const log = yield* sealedTable
      const files = yield* filesOf(log.store, NAMES)
      const right = stateOf(yield* openLog(log))
      const other = yield* sealedTable
      const theirs = yield* other.store.get(logKey(checkpointName(CHECKPOINT)))
      const mixed = yield* withFiles(
        files.map(([name, bytes]) => [name, name === checkpointName(CHECKPOINT) ? theirs : bytes] as const)
      )
      expect(stateOf(yield* openLog(mixed))).toEqual(right)
      expect((yield* Effect.flip(readCheckpoint(mixed, FILES))).message).toMatch(/another history/)
    })
  )

  it.effect("is needed, and refused when damaged, once the entries before it are gone", () =>
    Effect.gen(function* () {
      const log = yield* sealedTable
      const rest = NAMES.filter((name) => !ENTRIES.slice(0, CHECKPOINT).map(entryName).includes(name))
      const files = yield* filesOf(log.store, rest)
      expect(stateOf(yield* openLog(yield* withFiles(files)))).toEqual(stateOf(yield* openLog(log)))
      const damaged = files.map(
        ([name, bytes]) =>
          [
            name,
            name === checkpointName(CHECKPOINT) ? bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) : bytes
          ] as const
      )
      const error = yield* Effect.flip(openLog(yield* withFiles(damaged)))
      expect(error).toMatchObject({ _tag: "LogDamaged", version: CHECKPOINT, file: checkpointName(CHECKPOINT) })
    })
  )
})

describe("the whole log without hint and checkpoint", () => {
  it.effect("is checked entry by entry", () =>
    Effect.gen(function* () {
      const log = yield* sealedTable
      const files = yield* filesOf(log.store, ENTRIES.map(entryName))
      const right = stateOf(yield* openLog(log))
      expect(stateOf(yield* openLog(yield* withFiles(files)))).toEqual(right)
      for (const version of ENTRIES) {
        const damaged = files.map(
          ([name, bytes]) => [name, name === entryName(version) ? bytes.slice(0, -1) : bytes] as const
        )
        const error = yield* Effect.flip(openLog(yield* withFiles(damaged)))
        expect(error).toMatchObject({ _tag: "LogDamaged", version, file: entryName(version) })
      }
    })
  )

  it.effect("ignores foreign files", () =>
    Effect.gen(function* () {
      const log = yield* sealedTable
      const right = stateOf(yield* openLog(log))
      for (const name of [
        ".tmp-x",
        "00000000000000000010.crc",
        "0000.json",
        "00000000000000000010.json.bak",
        "a/b.json"
      ]) {
        yield* log.store.put(logKey(name), new TextEncoder().encode("foreign"))
      }
      yield* log.store.delete(logKey(HINT))
      expect(stateOf(yield* openLog(log))).toEqual(right)
    })
  )
})

const successOf = <A, E>(
  result: { readonly _tag: "Success"; readonly success: A } | { readonly _tag: "Failure"; readonly failure: E }
) => (result._tag === "Success" ? Option.some(result.success) : Option.none<A>())
const failureOf = <A, E>(
  result: { readonly _tag: "Success"; readonly success: A } | { readonly _tag: "Failure"; readonly failure: E }
) => (result._tag === "Failure" ? result.failure : undefined)
