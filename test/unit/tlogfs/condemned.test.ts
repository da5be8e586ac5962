import { expect, it } from "@effect/vitest"
import { Effect, HashMap, Option, Result, Stream } from "effect"
import { commitLog } from "../../../src/delta/commit.ts"
import { openLog } from "../../../src/delta/open.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { fsck, maintain } from "../../../src/tlogfs/index.ts"
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

/** Contents that are stored when they commit, and such that are stored before. */
const STAGED = [
  ["stored with others, to one who did not look since", 300_000, false],
  ["stored with others, to one who looked for newer transactions", 300_000, true],
  ["stored by itself, to one who did not look since", 5_000_000, false],
  ["stored by itself, to one who looked for newer transactions", 5_000_000, true]
] as const

it.effect.each(STAGED)(
  "what maintenance takes while a transaction relies on it is not lost: %s (F20)",
  ([, sizeBytes, looks]) =>
    Effect.gen(function* () {
      const bytes = noise("staged", sizeBytes)
      const other = memoryStore()
      yield* (yield* openAt(other, true, undefined)).transaction(write("/a", bytes))
      const [blob] = yield* Stream.runCollect(other.list("_blobs/"))
      const store = memoryStore()
      const pond = yield* openAt(store, true, undefined)
      yield* pond.transaction(write("/first", noise("first", 10)))
      // What a transaction that never committed left behind: nothing refers to it, and the next one finds it there.
      yield* store.putIfAbsent(blob!.key, yield* other.get(blob!.key))
      const program = Effect.gen(function* () {
        const tx = yield* Transaction
        yield* tx.write("/b", bytes)
        yield* maintain(store, -60_000)
        expect(Option.isNone(yield* store.head(blob!.key))).toBe(true)
        if (looks) yield* pond.head
      })
      const outcome = yield* Effect.result(pond.transaction(program))
      // With the blob gone only the transaction can bring the bytes again: it is told so, and does.
      expect(Result.isFailure(outcome)).toBe(sizeBytes > 4 * 1024 * 1024)
      if (Result.isFailure(outcome)) {
        expect(outcome.failure).toMatchObject({ _tag: "TransactionConflict" })
        yield* pond.transaction(write("/b", bytes))
      }
      yield* maintain(store, -60_000)
      const reopened = yield* (yield* openAt(store, false, undefined)).head
      expect(Buffer.compare(yield* reopened.readBytes("/b"), bytes)).toBe(0)
      expect((yield* fsck(store)).findings).toEqual([])
    })
)

const withParent = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Effect.andThen(
    Effect.flatMap(Transaction, (tx) => tx.mkdir("/small", { parents: true })),
    program
  )
