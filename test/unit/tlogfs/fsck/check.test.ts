import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { logKey } from "../../../../src/delta/log.ts"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import { Transaction } from "../../../../src/tinyfs/index.ts"
import { fsck, openAt } from "../../../../src/tlogfs/index.ts"

const FIRST_ENTRY = logKey("00000000000000000000.json")

describe("fsck", () => {
  it("tells of a missing first entry, though nothing else can be said then (R4)", async () => {
    const store = memoryStore()
    const { findings, transactions } = await Effect.runPromise(
      Effect.gen(function* () {
        const pond = yield* openAt(store, true, undefined)
        yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.write("/a", new Uint8Array(3))))
        yield* store.delete(FIRST_ENTRY)
        return yield* fsck(store)
      })
    )
    expect(transactions).toBe(0)
    expect(findings.map(({ kind }) => kind)).toContain("log")
  })

  it("says of a store without a log that it is no pond", async () => {
    const error = await Effect.runPromise(Effect.flip(fsck(memoryStore())))
    expect([error._tag, error.message]).toEqual(["NotAPond", expect.stringContaining("pond init")])
  })
})
