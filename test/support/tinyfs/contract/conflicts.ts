/**
 * Contract: transactions side by side: those that have nothing to do with each other all take effect, others are a
 * conflict (R2).
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Option, Schedule } from "effect"
import { type OpenTransaction, Persistence } from "../../../../src/tinyfs/index.ts"
import type { Subject } from "../persistence.ts"
import { bytes, committing, newest, within } from "../program.ts"
import { fullRoot } from "../root.ts"

type Act = (open: OpenTransaction) => Effect.Effect<unknown, { readonly _tag: string; readonly message: string }>

const acts = {
  "write /a": (open) => open.write("/a", bytes("mine")),
  "append /s": (open) => open.append("/s", bytes("more")),
  "create /new": (open) => open.write("/new", bytes("new")),
  "create /d/new": (open) => open.write("/d/new", bytes("new")),
  "create /e/new": (open) => open.write("/e/new", bytes("new")),
  "move /a /b": (open) => open.move("/a", "/b"),
  "move /d /e": (open) => open.move("/d", "/e"),
  "move /e /d": (open) => open.move("/e", "/d"),
  "move /d/x /e": (open) => open.move("/d/x", "/e"),
  "remove /d": (open) => open.remove("/d", { recursive: true }),
  "remove /e": (open) => open.remove("/e"),
  "remove /a": (open) => open.remove("/a"),
  "note on /a": (open) => open.setAttributes("/a", { note: 1 }),
  "note on /d": (open) => open.setAttributes("/d", { note: 1 }),
  "list /d, create /seen": (open) => Effect.andThen(open.list("/d"), open.write("/seen", bytes(""))),
  "list /, create /e/seen": (open) => Effect.andThen(open.list("/"), open.write("/e/seen", bytes(""))),
  "read /a, create /e/seen": (open) => Effect.andThen(open.readText("/a"), open.write("/e/seen", bytes(""))),
  "find /new, create /e/seen": (open) => Effect.andThen(open.exists("/new"), open.write("/e/seen", bytes(""))),
  "read /l, create /e/seen": (open) => Effect.andThen(open.readText("/l"), open.write("/e/seen", bytes(""))),
  "glob /d/*, create /e/seen": (open) => Effect.andThen(open.glob("/d/*"), open.write("/e/seen", bytes(""))),
  "history of /a, create /e/seen": (open) => Effect.andThen(open.history("/a"), open.write("/e/seen", bytes("")))
} satisfies Record<string, Act>

type Name = keyof typeof acts

const CONFLICTS: ReadonlyArray<readonly [mine: Name, others: Name]> = [
  ["write /a", "write /a"],
  ["write /a", "move /a /b"],
  ["write /a", "remove /a"],
  ["write /a", "note on /a"],
  ["append /s", "append /s"],
  ["create /new", "create /new"],
  ["move /a /b", "write /a"],
  ["create /d/new", "remove /d"],
  ["create /d/new", "move /d /e"],
  ["create /d/new", "note on /d"],
  ["create /e/new", "remove /e"],
  ["remove /d", "create /d/new"],
  ["remove /d", "move /d/x /e"],
  ["remove /e", "move /d/x /e"],
  ["move /d /e", "move /e /d"],
  ["move /d /e", "remove /e"],
  ["list /d, create /seen", "create /d/new"],
  ["list /d, create /seen", "move /d/x /e"],
  ["list /, create /e/seen", "remove /a"],
  ["list /, create /e/seen", "move /a /b"],
  ["read /a, create /e/seen", "write /a"],
  ["find /new, create /e/seen", "create /new"],
  ["read /l, create /e/seen", "write /a"],
  ["glob /d/*, create /e/seen", "create /d/new"],
  ["history of /a, create /e/seen", "write /a"]
]

const PEACEFUL: ReadonlyArray<readonly [mine: Name, others: Name]> = [
  ["write /a", "append /s"],
  ["write /a", "create /new"],
  ["append /s", "write /a"],
  ["create /d/new", "create /e/new"],
  ["create /d/new", "move /d/x /e"],
  ["create /new", "create /d/new"],
  ["move /a /b", "create /d/new"],
  ["remove /d", "create /e/new"],
  ["list /d, create /seen", "create /e/new"],
  ["read /a, create /e/seen", "create /new"],
  ["find /new, create /e/seen", "write /a"],
  ["glob /d/*, create /e/seen", "write /a"]
]

const prepared = committing((open) =>
  Effect.gen(function* () {
    yield* open.write("/a", bytes("a"))
    yield* open.mkdir("/d")
    yield* open.write("/d/x", bytes("x"))
    yield* open.mkdir("/e")
    yield* open.append("/s", bytes("s"))
    yield* open.symlink("a", "/l")
  })
)

const act = (name: Name): Act => acts[name]

/** Runs the chapter: transactions side by side. */
export const conflicts = ({ layer }: Subject): void => {
  describe("transactions side by side", () => {
    it.effect.each(CONFLICTS)("conflict: %s, after %s", ([mine, others]) =>
      Effect.gen(function* () {
        yield* prepared
        const { head } = yield* Persistence
        const error = yield* Effect.flip(within((open) => Effect.andThen(act(mine)(open), committing(act(others)))))
        expect(error).toMatchObject({ _tag: "TransactionConflict", base: 1, winner: 2 })
        const view = yield* head
        expect([view.txn, view.root]).toStrictEqual([2, yield* fullRoot(view)])
      }).pipe(Effect.provide(layer))
    )

    it.effect.each(PEACEFUL)("both take effect: %s, after %s", ([mine, others]) =>
      Effect.gen(function* () {
        yield* prepared
        const { at, head } = yield* Persistence
        const { committed } = yield* within((open) => Effect.andThen(act(mine)(open), committing(act(others))))
        const { events, hash, header } = Option.getOrThrow(committed)
        const view = yield* head
        expect([view.txn, view.chain, view.root]).toStrictEqual([3, hash, yield* fullRoot(view)])
        expect([header.txn, header.parent]).toStrictEqual([3, (yield* at(2)).chain])
        expect(events.every(({ node }) => node.txn === 3)).toBe(true)
      }).pipe(Effect.provide(layer))
    )

    it.effect("name what collided and who was first", () =>
      Effect.gen(function* () {
        const { url } = yield* Persistence
        yield* prepared
        const error = yield* Effect.flip(
          within((open) => Effect.andThen(open.write("/new", bytes("1")), committing(act("create /new"))))
        )
        expect(error.message).toBe(
          `the transaction on top of txn 1 of ${url} cannot be committed: txn 2 came first and changed the name "new" in ` +
            "directory 00000000-0000-7000-8000-000000000000. Nothing was changed; read again and repeat"
        )
      }).pipe(Effect.provide(layer))
    )

    it.effect("all take effect in the end when each is repeated, without a gap in their numbers", () =>
      Effect.gen(function* () {
        const { head } = yield* Persistence
        yield* prepared
        const append = (text: string) =>
          committing((open) => Effect.andThen(Effect.yieldNow, open.append("/s", bytes(text)))).pipe(
            Effect.retry({ schedule: Schedule.recurs(50), while: ({ _tag }) => _tag === "TransactionConflict" })
          )
        const texts = Array.from({ length: 12 }, (_, at) => String.fromCharCode(97 + at))
        const made = yield* Effect.forEach(texts, append, { concurrency: "unbounded" })
        expect(made.map(({ header }) => header.txn).toSorted((left, right) => left - right)).toStrictEqual(
          texts.map((_, at) => at + 2)
        )
        const text = yield* (yield* newest).readText("/s")
        expect([...text].toSorted().join("")).toBe([...texts, "s"].toSorted().join(""))
        const view = yield* head
        expect(view.root).toBe(yield* fullRoot(view))
      }).pipe(Effect.provide(layer))
    )
  })
}
