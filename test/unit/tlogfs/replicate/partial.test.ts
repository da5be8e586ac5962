import { describe, expect, it } from "@effect/vitest"
import { Effect, Logger, Result } from "effect"
import { GROUP_BYTES } from "../../../../src/bao/index.ts"
import { intercept } from "../../../../src/store/intercept.ts"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import type { Store } from "../../../../src/store/ObjectStore.ts"
import { Transaction } from "../../../../src/tinyfs/index.ts"
import { createPond } from "../../../../src/tlogfs/create.ts"
import { fsck, maintain } from "../../../../src/tlogfs/index.ts"
import { openAt } from "../../../../src/tlogfs/pond.ts"
import { partialStore } from "../../../../src/tlogfs/replicate/left-out.ts"
import { replicate } from "../../../../src/tlogfs/replicate/replicate.ts"
import { readSelection } from "../../../../src/tlogfs/replicate/selection.ts"
import { noise } from "../../../support/interop/history.ts"

const BIG_BYTES = 300_000

const headOf = (store: Store) => Effect.flatMap(openAt(store, false, undefined), (pond) => pond.head)

const selected = (given: Parameters<typeof readSelection>[0]) => Result.getOrThrow(readSelection(given))

/** A pond with large files in two directories, a small one, and a log that is appended to: each in a transaction, and a blob, of its own. */
const aPond = Effect.gen(function* () {
  const store = memoryStore()
  const pond = yield* openAt(store, true, undefined)
  const transact = (program: (open: Transaction["Service"]) => Effect.Effect<unknown, unknown>) =>
    pond.transaction(Effect.flatMap(Transaction, program))
  yield* transact((open) => Effect.andThen(open.mkdir("/logs"), open.mkdir("/data")))
  yield* transact((open) => open.write("/logs/a", noise("a", BIG_BYTES)))
  yield* transact((open) => open.write("/data/b", noise("b", BIG_BYTES)))
  yield* transact((open) => open.write("/data/small", noise("small", 100)))
  yield* transact((open) => open.append("/logs/log", noise("begin", BIG_BYTES)))
  yield* transact((open) => open.write("/data/c", noise("c", BIG_BYTES)))
  yield* transact((open) => open.append("/logs/log", noise("end", BIG_BYTES)))
  return { id: pond.id, source: store, target: partialStore(memoryStore()) }
})

/** Which of the files can be read whole, and why not the others. */
const readable = (store: Store) =>
  Effect.gen(function* () {
    const head = yield* headOf(store)
    const files = yield* head.glob("/*/*")
    const outcomes = yield* Effect.forEach(files, ({ path }) => Effect.result(head.readBytes(path)))
    const said = outcomes.flatMap((one) => (Result.isFailure(one) ? [one.failure.message] : []))
    for (const message of said) expect(message).toContain("was left out of this copy")
    return files.flatMap(({ path }, at) => (Result.isSuccess(outcomes[at]!) ? [path] : []))
  })

const damageIn = (store: Store) => Effect.map(fsck(store), ({ findings, leftOut }) => ({ findings, leftOut }))

describe("a partial copy", () => {
  it.live("has all names and history, and the contents at some paths; a full run brings the rest", () =>
    Effect.gen(function* () {
      const { id, source, target } = yield* aPond
      yield* createPond(target, id)
      const first = yield* replicate(source, target, { selection: selected({ paths: ["/logs/**"] }) })
      const [ours, theirs] = [yield* headOf(target), yield* headOf(source)]
      expect([ours.view.chain, ours.view.root]).toEqual([theirs.view.chain, theirs.view.root])
      expect(yield* readable(target)).toEqual(["/data/small", "/logs/a", "/logs/log"])
      expect(yield* damageIn(target)).toEqual({ findings: [], leftOut: 2 })
      expect((yield* fsck(target, true)).findings).toEqual([])
      const second = yield* replicate(source, target, { isCompleting: true })
      expect([second.relation.state, first.carried.blobs + second.carried.blobs]).toEqual(["equal", 5])
      expect((yield* readable(target)).length).toBe(5)
      expect(yield* damageIn(target)).toEqual({ findings: [], leftOut: 0 })
    })
  )

  it.live("has what was written since a transaction; of an older log the newer bytes, verified", () =>
    Effect.gen(function* () {
      const { id, source, target } = yield* aPond
      yield* createPond(target, id)
      yield* replicate(source, target, { selection: selected({ since: "5" }) })
      expect(yield* readable(target)).toEqual(["/data/c", "/data/small"])
      const head = yield* headOf(target)
      // What is checked together with bytes that were left out cannot be read without them.
      const start = Math.ceil(BIG_BYTES / GROUP_BYTES) * GROUP_BYTES
      const end = yield* head.readBytes("/logs/log", { range: { start, end: 2 * BIG_BYTES } })
      expect(Buffer.compare(end, noise("end", BIG_BYTES).subarray(start - BIG_BYTES))).toBe(0)
      expect((yield* damageIn(target)).leftOut).toBe(4)
    })
  )

  it.live(
    "goes on with other contents, takes both filters together, and knows a lost blob from one that was left out",
    () =>
      Effect.gen(function* () {
        const { id, source, target } = yield* aPond
        yield* createPond(target, id)
        yield* replicate(source, target, { selection: selected({ paths: ["/data/*"], since: "5" }) })
        expect(yield* readable(target)).toEqual(["/data/c", "/data/small"])
        const head = yield* headOf(target)
        const { hash } = (yield* head.stat("/data/c")).content as { readonly hash: string }
        yield* target.delete(`_blobs/${hash.slice(0, 2)}/${hash}`)
        const again = yield* headOf(target)
        expect((yield* Effect.flip(again.readBytes("/data/c")))._tag).toBe("Damaged")
        expect((yield* fsck(target)).findings.length).toBeGreaterThan(0)
      })
  )

  it.live("refuses to be a source of what it lacks, and is kept in order like any other", () =>
    Effect.gen(function* () {
      const { id, source, target } = yield* aPond
      yield* createPond(target, id)
      yield* replicate(source, target, { selection: selected({ paths: ["/logs/*"] }) })
      const third = memoryStore()
      yield* createPond(third, id)
      expect((yield* Effect.flip(replicate(target, third))).message).toContain("was left out of this copy")
      yield* maintain(target)
      expect(yield* damageIn(target)).toEqual({ findings: [], leftOut: 2 })
    }).pipe(Effect.provide(Logger.layer([])))
  )

  it.live("costs nothing to have been", () =>
    Effect.gen(function* () {
      const { id, source } = yield* aPond
      const lists: Array<string> = []
      const store = intercept(memoryStore(), {
        one: (_, run) => run,
        many: ({ key, operation }, run) => {
          if (operation === "list") lists.push(key)
          return run
        }
      })
      const target = partialStore(store)
      yield* createPond(target, id)
      yield* replicate(source, target)
      yield* readable(target)
      expect(lists).not.toContain("_left_out/")
    })
  )
})

describe("readSelection", () => {
  it("says what is wrong", () => {
    expect(selected({})).toBeUndefined()
    expect(selected({ paths: [] })).toBeUndefined()
    expect(selected({ since: "2026-11-21T08:00" })).toMatchObject({ sinceTxn: 0, sinceMicros: 1_795_248_000_000_000 })
    expect(Result.isFailure(readSelection({ since: "yesterday" }))).toBe(true)
    expect(Result.isFailure(readSelection({ paths: ["/a/../../b\0"] }))).toBe(true)
  })
})
