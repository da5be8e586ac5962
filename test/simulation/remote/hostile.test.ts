/**
 * Histories that somebody made by hand: every hash in them is right, and they are not those of a filesystem. None of it is taken (R11).
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { type Event, ROOT } from "../../../src/tinyfs/index.ts"
import { createPond } from "../../../src/tlogfs/create.ts"
import { fsck } from "../../../src/tlogfs/index.ts"
import { openPersistence } from "../../../src/tlogfs/persistence.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"
import { Pieces } from "../../../src/tlogfs/index/pieces.ts"
import { Namespace } from "../../../src/tlogfs/namespace.ts"
import { openState } from "../../../src/tlogfs/open.ts"
import { requireFit } from "../../../src/tlogfs/replicate/following.ts"
import { replicate } from "../../../src/tlogfs/replicate/replicate.ts"
import { eventOf, idOf, nodeOf } from "../../support/tinyfs/events.ts"

const dir = nodeOf(1, "dir")
const inner = nodeOf(2, "dir", { parentId: dir.id })
const link = nodeOf(3, "symlink")
const good = [dir, inner, link].map((node) => eventOf("created", node))

const named = (name: string): ReadonlyArray<Event> => [eventOf("created", nodeOf(9, "file", { name }))]

/** What comes after the good events, and a word of why it is refused. */
const HOSTILE: Readonly<Record<string, readonly [ReadonlyArray<Event>, string]>> = {
  "the name of the directory above": [named(".."), "is not a name"],
  "the name of the directory itself": [named("."), "is not a name"],
  "an empty name": [named(""), "empty"],
  "a path for a name": [named("../../etc/passwd"), "holds a slash"],
  "a NUL in a name": [named("a\0b"), "NUL"],
  "a name that is too long": [named("x".repeat(256)), "256 bytes"],
  "two nodes of one name": [named("n3"), "is taken"],
  "a node in a link": [[eventOf("created", nodeOf(9, "file", { parentId: link.id }))], "is a symlink"],
  "a node in nowhere": [[eventOf("created", nodeOf(9, "file", { parentId: idOf(77) }))], "does not exist"],
  "a removed directory that is not empty": [[eventOf("removed", dir)], "is not empty"],
  "a node that is made twice": [[eventOf("created", { ...inner, name: "again" })], "exists already"],
  "a link that becomes a directory": [[eventOf("attributed", { ...nodeOf(3, "dir") })], "cannot become"],
  "another target for a link": [[eventOf("attributed", { ...link, target: "/etc/passwd" })], "cannot change"],
  "a factory in a file": [
    [eventOf("created", nodeOf(9, "file", { factory: "logfile", config: new Uint8Array() }))],
    "dynamic node"
  ],
  "an unknown type": [[eventOf("created", nodeOf(9, "device" as "file"))], "no node of the type"],
  "a removed root": [[eventOf("removed", ROOT)], "the root cannot be removed"],
  "a root that moves": [[eventOf("moved", { ...ROOT, parentId: dir.id, name: "root" })], "the root cannot be moved"]
}

/** Commits events as they are, past every rule of the filesystem. */
const commitRaw = (store: Store, events: ReadonlyArray<Event>) =>
  Effect.gen(function* () {
    const persistence = yield* openPersistence(store)
    const none: ReadonlySet<string> = new Set()
    yield* persistence.commit({
      base: yield* persistence.head,
      changes: events.map((event) => ({ event })),
      reads: { nodes: none, slots: none, listings: none },
      author: "mallory",
      request: "{}"
    })
  })

describe("a history made by hand", () => {
  it.live.each(Object.entries(HOSTILE))("with %s is refused, and named by fsck", ([, [events, why]]) =>
    Effect.gen(function* () {
      const source = memoryStore()
      const id = yield* createPond(source)
      yield* commitRaw(source, good)
      const target = memoryStore()
      yield* createPond(target, id)
      yield* replicate(source, target)
      yield* commitRaw(source, events)
      const error = yield* Effect.flip(replicate(source, target))
      expect([error._tag, error.message]).toEqual(["HistoryTampered", expect.stringContaining(why)])
      const head = yield* Effect.flatMap(openAt(target, false, undefined), (pond) => pond.head)
      expect(head.view.txn).toBe(1)
      expect((yield* fsck(target)).findings).toEqual([])
      const found = (yield* fsck(source)).findings.filter(({ kind }) => kind !== "foreign")
      expect(found.map(({ what }) => what).join("\n")).toContain(why)
    }).pipe(Effect.provide(Logger.layer([])))
  )

  it.live("with a directory in itself is refused, and no search for the root goes on for ever", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      yield* createPond(store)
      yield* commitRaw(store, good)
      const circle = [eventOf("moved", { ...dir, parentId: inner.id })]
      expect((yield* Effect.flip(commitRaw(store, circle))).message).toContain(
        `directory ${inner.id} lies within itself`
      )
      const state = yield* openState(store, new Pieces(store))
      const refused = yield* Effect.promise(() => requireFit(new Namespace(state, 1), circle).catch(String))
      expect(refused).toContain("it would lie within itself")
    }).pipe(Effect.provide(Logger.layer([])))
  )
})
