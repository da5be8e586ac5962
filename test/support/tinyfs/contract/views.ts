/**
 * Contract: views are the pond after one transaction, for good.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Persistence, Reader, ROOT_ID, type View } from "../../../../src/tinyfs/index.ts"
import type { Subject } from "../persistence.ts"
import { bytes, committing, newest, within } from "../program.ts"
import { fullRoot } from "../root.ts"

/** In the order of their UTF-8 bytes, which is not that of JavaScript's strings. */
const NAMES = [
  " ",
  "#",
  "-",
  "A",
  "__proto__",
  "a b",
  "constructor",
  "e\u0301",
  "hasOwnProperty",
  "\u00e9",
  "\ufffd",
  "\u{1f600}"
]

/** All paths of a view with what is at them. */
const told = (view: View): Effect.Effect<ReadonlyArray<string>, unknown> =>
  Effect.gen(function* () {
    const reader = new Reader(view)
    return yield* Effect.forEach(yield* reader.glob("/**"), ({ node, path }) =>
      node.content === undefined
        ? Effect.succeed(`${path} ${node.type}`)
        : Effect.map(reader.readText(path), (text) => `${path} ${node.id} v${node.content!.version} ${text}`)
    )
  })

const TESTS: ReadonlyArray<readonly [string, Effect.Effect<void, unknown, Persistence>]> = [
  [
    "stay as they were, whatever is committed later",
    Effect.gen(function* () {
      const { at, head } = yield* Persistence
      const kept: Array<{ readonly view: View; readonly told: ReadonlyArray<string> }> = []
      const keep = Effect.gen(function* () {
        const view = yield* head
        kept.push({ view, told: yield* told(view) })
      })
      yield* keep
      yield* within((open) =>
        Effect.gen(function* () {
          yield* open.mkdir("/d/e", { parents: true })
          yield* open.write("/d/f", bytes("1"))
          yield* open.append("/d/e/s", bytes("one "))
        })
      )
      yield* keep
      yield* within((open) => Effect.andThen(open.write("/d/f", bytes("2")), open.append("/d/e/s", bytes("two "))))
      yield* keep
      yield* within((open) => Effect.andThen(open.move("/d", "/moved"), open.write("/moved/f", bytes("3"))))
      yield* keep
      yield* within((open) => open.remove("/moved", { recursive: true }))
      yield* keep
      yield* within((open) => Effect.andThen(open.mkdir("/d"), open.write("/d/f", bytes("other"))))
      yield* keep
      for (const [txn, { told: before, view }] of kept.entries()) {
        expect(yield* told(view)).toStrictEqual(before)
        const again = yield* at(txn)
        expect([again.txn, again.chain, again.root, again.timeMicros]).toStrictEqual([
          view.txn,
          view.chain,
          view.root,
          view.timeMicros
        ])
        expect(yield* told(again)).toStrictEqual(before)
        expect(view.root).toBe(yield* fullRoot(again))
      }
    })
  ],
  [
    "list names by their UTF-8 bytes, each as it was given",
    Effect.gen(function* () {
      const { head } = yield* Persistence
      yield* within((open) => Effect.forEach(NAMES.toReversed(), (name) => open.write(`/${name}`, bytes(name))))
      const view = yield* head
      expect((yield* view.children(ROOT_ID)).map(({ name }) => name)).toStrictEqual(NAMES)
      const reader = new Reader(view)
      for (const name of NAMES) expect(yield* reader.readText(`/${name}`)).toBe(name)
      expect(yield* reader.exists("/toString")).toBe(false)
      expect(Option.isNone(yield* view.child(ROOT_ID, "a"))).toBe(true)
    })
  ],
  [
    "tell the history of a node through renames, and of one that is gone",
    Effect.gen(function* () {
      const { at, head } = yield* Persistence
      const { events } = yield* committing((open) => open.append("/a", bytes("1")))
      const { id } = events[0]!.node
      yield* within((open) => Effect.andThen(open.mkdir("/d"), open.move("/a", "/d/b")))
      yield* within((open) => open.append("/d/b", bytes("2")))
      yield* within((open) => open.setAttributes("/d/b", { note: "x" }))
      yield* within((open) => open.remove("/d", { recursive: true }))
      const kinds = (view: View) =>
        Effect.map(view.history(id), (history) => history.map(({ kind, node }) => `${node.txn} ${kind} ${node.name}`))
      const whole = ["1 created a", "2 moved b", "3 appended b", "4 attributed b", "5 removed b"]
      expect(yield* kinds(yield* head)).toStrictEqual(whole)
      expect(yield* kinds(yield* at(3))).toStrictEqual(whole.slice(0, 3))
      expect(Option.isNone(yield* (yield* head).node(id))).toBe(true)
      expect(Option.isSome(yield* (yield* at(4)).node(id))).toBe(true)
      expect(yield* (yield* head).history("01a1fc33-8f28-73d3-8377-d6f0c60662aa")).toStrictEqual([])
    })
  ],
  [
    "know the root, which lies in no directory",
    Effect.gen(function* () {
      const { head } = yield* Persistence
      yield* within((open) => open.setAttributes("/", { owner: "ada" }))
      yield* within((open) => open.mkdir("/d"))
      const view = yield* head
      expect({ ...Option.getOrThrow(yield* view.node(ROOT_ID)).attributes }).toStrictEqual({ owner: "ada" })
      expect((yield* (yield* newest).list("/")).map(({ path }) => path)).toStrictEqual(["/d"])
      expect((yield* view.history(ROOT_ID)).map(({ kind }) => kind)).toStrictEqual(["attributed"])
    })
  ]
]

/** Runs the chapter: views stay. */
export const views = ({ layer }: Subject): void => {
  describe("views", () => {
    it.effect.each(TESTS)("%s", ([, test]) => Effect.provide(test, layer))
  })
}
