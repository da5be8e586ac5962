import { describe, expect, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { MemoryDisk } from "../../../src/store/memory/disk.ts"
import { countingStore } from "../../../src/store/counting.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"

const commits = (disk: MemoryDisk, first: number, last: number) =>
  Effect.gen(function* () {
    const pond = yield* openAt(memoryStore(disk), true, undefined)
    for (let at = first; at <= last; at++) {
      yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.symlink("target", `/n${at}`)))
    }
  })

describe("an open pond", () => {
  it.effect("lets whoever asks hear that the index is damaged, not who opened it", () =>
    Effect.gen(function* () {
      const whole = new MemoryDisk()
      yield* commits(whole, 1, 70)
      const disk = new MemoryDisk()
      for (const key of whole.keys()) {
        if (!/^_index\/.*parquet$/u.test(key)) disk.create(key, whole.read(key)!)
      }
      const heard: Array<unknown> = []
      const hearing = Effect.provide(Logger.layer([Logger.make(({ message }) => heard.push(message))]))
      const pond = yield* openAt(memoryStore(disk), false, undefined)
      const nodes = yield* Effect.flatMap(pond.head, (head) => head.list("/")).pipe(hearing)
      expect(nodes).toHaveLength(70)
      expect(String(heard)).toContain("the index of memory: is damaged or missing: it is made anew")
    })
  )

  it.effect("makes a transaction with four requests: one look at the log, one data file, one entry (R9)", () =>
    Effect.gen(function* () {
      const disk = new MemoryDisk()
      yield* commits(disk, 1, 3)
      const counted = countingStore(memoryStore(disk))
      const pond = yield* openAt(counted.store, false, undefined)
      const once = pond.transaction(Effect.flatMap(Transaction, (tx) => tx.symlink("target", "/more")))
      const before = counted.requests()
      yield* once
      // The next entry and the one after it, which are not there; the data file, the entry.
      expect(counted.requests() - before).toBe(4)
    })
  )
})
