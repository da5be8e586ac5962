import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { MemoryDisk, keepAll, loseAll } from "../../../../src/store/memory/disk.ts"
import type { Choose } from "../../../../src/store/memory/disk.ts"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import { utf8 } from "../../../support/store/bytes.ts"

const text = (disk: MemoryDisk, key: string): string | undefined => {
  const stored = disk.read(key)
  return stored === undefined ? undefined : new TextDecoder().decode(stored.bytes)
}

/** All states of `key` that a crash may leave after `write`. */
const survivors = (key: string, write: (disk: MemoryDisk) => Effect.Effect<unknown, unknown>) =>
  Effect.gen(function* () {
    const outcomes = new Set<string | undefined>()
    let alternatives = 1
    for (let choice = 0; choice < alternatives; choice++) {
      const disk = new MemoryDisk()
      yield* write(disk)
      const choose: Choose = (count) => {
        alternatives = count
        return choice
      }
      disk.crash(choose)
      outcomes.add(text(disk, key))
    }
    return outcomes
  })

describe("a memory disk", () => {
  it.effect("keeps acknowledged objects through any crash", () =>
    Effect.gen(function* () {
      const created = yield* survivors("a", (disk) => memoryStore(disk).putIfAbsent("a", utf8("bytes")))
      expect(created).toEqual(new Set(["bytes"]))
      const staged = yield* survivors("a", (disk) =>
        Effect.scoped(
          Effect.gen(function* () {
            const object = yield* memoryStore(disk).stage
            yield* object.write(utf8("bytes"))
            return yield* object.publish("a")
          })
        )
      )
      expect(staged).toEqual(new Set(["bytes"]))
    })
  )

  it.effect("keeps what an answered `false` found", () =>
    Effect.gen(function* () {
      const found = yield* survivors("a", (disk) => {
        disk.create("a", { bytes: utf8("unsynced"), modifiedMs: 0 })
        return memoryStore(disk).putIfAbsent("a", utf8("mine"))
      })
      expect(found).toEqual(new Set(["unsynced"]))
    })
  )

  it.effect("may lose, cut or keep hints, in any of their versions", () =>
    Effect.gen(function* () {
      const left = yield* survivors("hint", (disk) => {
        const store = memoryStore(disk)
        return Effect.andThen(store.put("hint", utf8("one.")), store.put("hint", utf8("two.")))
      })
      expect(left).toEqual(new Set([undefined, "", "on", "one.", "tw", "two."]))
    })
  )

  it.effect("may bring removed objects back", () =>
    Effect.gen(function* () {
      const left = yield* survivors("a", (disk) => {
        const store = memoryStore(disk)
        return Effect.andThen(store.putIfAbsent("a", utf8("bytes")), store.delete("a"))
      })
      expect(left).toEqual(new Set(["bytes", undefined]))
    })
  )

  it.effect("is what it was when nothing is lost, and less when everything is", () =>
    Effect.gen(function* () {
      const disk = new MemoryDisk()
      const store = memoryStore(disk)
      yield* store.putIfAbsent("a", utf8("bytes"))
      yield* store.put("hint", utf8("hint"))
      disk.crash(keepAll)
      expect(text(disk, "hint")).toBe("hint")
      yield* memoryStore(disk).put("hint", utf8("newer"))
      disk.crash(loseAll)
      expect(text(disk, "hint")).toBe("hint")
      expect(text(disk, "a")).toBe("bytes")
    })
  )

  it.effect("kills the stores that were open on it", () =>
    Effect.gen(function* () {
      const disk = new MemoryDisk()
      const before = memoryStore(disk)
      const staged = yield* before.stage
      disk.crash()
      const attempts: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
        before.get("a"),
        before.putIfAbsent("a", utf8("x")),
        staged.publish("a")
      ]
      for (const attempt of attempts) {
        expect(yield* Effect.flip(attempt)).toMatchObject({ _tag: "StoreFailed", transient: false })
      }
      expect(yield* memoryStore(disk).putIfAbsent("a", utf8("x"))).toBe(true)
    })
  )
})
