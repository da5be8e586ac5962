import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Option, Scope } from "effect"
import { type Node, Overlay, ROOT_ID, slotKey } from "../../../src/tinyfs/index.ts"
import { bytes, emptyPond, within } from "../../support/tlogfs/open.ts"
import { aNode, nodeId } from "../../support/tlogfs/rows.ts"

/** An overlay over a pond with a directory `/d`, a file `/d/f` and a file `/g`. */
const overlaid = Effect.gen(function* () {
  const pond = yield* emptyPond
  yield* within(pond, (open) =>
    Effect.gen(function* () {
      yield* open.mkdir("/d")
      yield* open.write("/d/f", bytes("f"))
      yield* open.write("/g", bytes("g"))
    })
  )
  const head = yield* pond.head
  const directory = yield* head.stat("/d")
  return {
    overlay: new Overlay(head.view),
    directory,
    file: yield* head.stat("/d/f"),
    other: yield* head.stat("/g")
  }
})

const namesIn = (overlay: Overlay, id: string) =>
  Effect.map(overlay.children(id), (nodes) => nodes.map(({ name }) => name))
const kinds = (overlay: Overlay) => overlay.changes.map(({ event }) => `${event.kind} ${event.node.name}`)
const made = (fields: Partial<Node> = {}) => aNode({ id: nodeId(50), name: "new", txn: 0, op: 0, ...fields })

describe("what a transaction looked at", () => {
  it.effect("is every name, found or not, every listing and every node", () =>
    Effect.gen(function* () {
      const { directory, file, other, overlay } = yield* overlaid
      yield* overlay.child(ROOT_ID, "nothing")
      yield* overlay.child(directory.id, "f")
      expect([...overlay.reads.slots]).toStrictEqual([slotKey(ROOT_ID, "nothing"), slotKey(directory.id, "f")])
      expect([...overlay.reads.nodes]).toStrictEqual([file.id])
      yield* overlay.children(ROOT_ID)
      expect([...overlay.reads.listings]).toStrictEqual([ROOT_ID])
      expect([...overlay.reads.nodes].toSorted()).toStrictEqual([directory.id, file.id, other.id].toSorted())
    })
  )

  it.effect("is the history and the content of a node", () =>
    Effect.gen(function* () {
      const { file, other, overlay } = yield* overlaid
      yield* overlay.history(file.id)
      overlay.read(other.id, 1)
      expect([...overlay.reads.nodes]).toStrictEqual([file.id, other.id])
    })
  )

  it.effect("is not what it made itself", () =>
    Effect.gen(function* () {
      const { overlay } = yield* overlaid
      overlay.create(made())
      yield* overlay.child(ROOT_ID, "new")
      yield* overlay.node(nodeId(50))
      expect([overlay.reads.nodes.size, overlay.reads.slots.size]).toStrictEqual([0, 0])
    })
  )

  it.effect("stays recorded when what was done about it is undone", () =>
    Effect.gen(function* () {
      const { directory, overlay } = yield* overlaid
      const { savepoint } = overlay
      yield* overlay.child(ROOT_ID, "d")
      overlay.update(directory, { ...directory, attributes: { a: 1 } })
      overlay.restore(savepoint)
      expect(overlay.changes).toStrictEqual([])
      expect([...overlay.reads.nodes]).toStrictEqual([directory.id])
    })
  )
})

describe("the changes of a transaction", () => {
  it.effect("are seen on top of what was there", () =>
    Effect.gen(function* () {
      const { directory, file, other, overlay } = yield* overlaid
      overlay.create(made())
      overlay.move(file, { ...file, parentId: ROOT_ID, name: "moved" })
      overlay.remove(other)
      expect(yield* namesIn(overlay, ROOT_ID)).toStrictEqual(["d", "moved", "new"])
      expect(yield* namesIn(overlay, directory.id)).toStrictEqual([])
      expect(yield* overlay.child(directory.id, "f")).toStrictEqual(Option.none())
      expect(yield* overlay.node(other.id)).toStrictEqual(Option.none())
      expect(Option.map(yield* overlay.node(file.id), ({ name }) => name)).toStrictEqual(Option.some("moved"))
      expect(kinds(overlay)).toStrictEqual(["created new", "moved moved", "removed g"])
    })
  )

  it.effect("do not put the root into its own listing", () =>
    Effect.gen(function* () {
      const { overlay } = yield* overlaid
      const root = Option.getOrThrow(yield* overlay.node(ROOT_ID))
      overlay.update(root, { ...root, attributes: { a: 1 } })
      expect(yield* namesIn(overlay, ROOT_ID)).toStrictEqual(["d", "g"])
      expect(kinds(overlay)).toStrictEqual(["attributed "])
    })
  )

  it.effect("leave the view below as it was", () =>
    Effect.gen(function* () {
      const { file, overlay } = yield* overlaid
      overlay.remove(file)
      expect(Option.isSome(yield* overlay.base.node(file.id))).toBe(true)
      expect(overlay.origin(file)).toStrictEqual(file)
      expect(overlay.current(file)).toBeUndefined()
    })
  )

  it.effect("end with the transaction, which waits for no writer", () =>
    Effect.gen(function* () {
      const { file, overlay } = yield* overlaid
      const scope = yield* Scope.make()
      yield* overlay.writing(file.id, "/d/f").pipe(Scope.provide(scope))
      const second = yield* Effect.flip(Effect.scoped(overlay.writing(file.id, "/d/f")))
      expect(second._tag).toBe("WriterConflict")
      expect((yield* Effect.flip(overlay.end)).message).toContain('"/d/f"')
      yield* Scope.close(scope, Exit.void)
      yield* overlay.end
      expect(() => overlay.remove(file)).toThrow("a transaction was changed after its end")
    })
  )
})
