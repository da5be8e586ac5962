import { expect, it } from "@effect/vitest"
import { Effect, HashMap, Stream } from "effect"
import { commitLog } from "../../../src/delta/commit.ts"
import { openLog } from "../../../src/delta/open.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"
import { OWN_FEATURE, pondLog } from "../../../src/tlogfs/table.ts"
import { CONDEMNED_DOMAIN } from "../../../src/tlogfs/vacuum.ts"
import { noise } from "../../support/interop/history.ts"

const write = (path: string, bytes: Uint8Array) => Effect.flatMap(Transaction, (tx) => tx.write(path, bytes))

it.effect("a condemned blob stays condemned for those who open the pond by a later publication (F20)", () =>
  Effect.gen(function* () {
    const store = memoryStore()
    const bytes = noise("condemned", 300_000)
    const first = yield* openAt(store, true, undefined)
    yield* first.transaction(write("/a", bytes))
    const [blob] = yield* Stream.runCollect(store.list("_blobs/"))
    const name = blob!.key.slice("_blobs/ab/".length)
    const table = yield* openLog(pondLog(store))
    const configuration = JSON.stringify({ blobs: [name] })
    yield* commitLog(pondLog(store), table, {
      operation: "VACUUM",
      ownFeatures: [OWN_FEATURE],
      actions: [{ domainMetadata: { domain: CONDEMNED_DOMAIN, configuration, removed: false } }]
    })
    // So many transactions that the index is published, and the pond opened by that.
    for (let at = 0; at < 70; at++) yield* first.transaction(write(`/small/${at}`, noise(`${at}`, 10)).pipe(withParent))
    expect(HashMap.has((yield* openLog(pondLog(store))).domains, CONDEMNED_DOMAIN)).toBe(true)
    const second = yield* openAt(store, false, undefined)
    yield* second.transaction(write("/b", bytes))
    yield* store.delete(blob!.key)
    expect(Buffer.compare(yield* (yield* second.head).readBytes("/b"), bytes)).toBe(0)
  })
)

const withParent = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Effect.andThen(
    Effect.flatMap(Transaction, (tx) => tx.mkdir("/small", { parents: true })),
    program
  )
