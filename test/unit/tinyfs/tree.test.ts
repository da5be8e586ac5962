import { HashMap, Result } from "effect"
import { describe, expect, it } from "vitest"
import type { Event } from "../../../src/tinyfs/event.ts"
import { type Node, ROOT, ROOT_ID } from "../../../src/tinyfs/node.ts"
import {
  apply,
  applyAll,
  childIn,
  childrenIn,
  EMPTY_TREE,
  type EventRefused,
  nodeIn,
  type Tree
} from "../../../src/tinyfs/tree.ts"
import { contentOf, eventOf, idOf, nodeOf } from "../../support/tinyfs/events.ts"

const treeOf = (...events: ReadonlyArray<Event>): Tree => Result.getOrThrow(applyAll(EMPTY_TREE, events))
const refusal = (tree: Tree, event: Event): EventRefused | undefined =>
  Result.getOrUndefined(Result.flip(apply(tree, event)))

const dir = nodeOf(1, "dir")
const inner = nodeOf(2, "dir", { parentId: dir.id })
const file = nodeOf(3, "file", { parentId: inner.id, content: contentOf(1, "one") })
const series = nodeOf(4, "series", { content: contentOf(1, "abc") })
const link = nodeOf(5, "symlink")
const dynamic = nodeOf(6, "dynamic")
const tables = nodeOf(7, "table-series", { content: contentOf(1, "t", "0".repeat(64)) })
const base = treeOf(...[dir, inner, file, series, link, dynamic, tables].map((node) => eventOf("created", node)))
const names = (tree: Tree, id: string): ReadonlyArray<string> =>
  childrenIn(tree, id)
    .map(({ name }) => name)
    .toSorted()

describe("the fold of events", () => {
  it("begins with the root alone", () => {
    expect(nodeIn(EMPTY_TREE, ROOT_ID)).toBe(ROOT)
    expect(childrenIn(EMPTY_TREE, ROOT_ID)).toStrictEqual([])
    expect(childrenIn(EMPTY_TREE, idOf(9))).toStrictEqual([])
  })

  it("creates, writes, moves and removes", () => {
    expect(names(base, ROOT_ID)).toStrictEqual(["n1", "n4", "n5", "n6", "n7"])
    expect(childIn(base, inner.id, "n3")).toBe(file)
    const moved = { ...file, parentId: ROOT_ID, name: "__proto__" }
    const written = { ...moved, content: contentOf(2, "two") }
    const after = Result.getOrThrow(
      applyAll(base, [
        eventOf("moved", moved),
        eventOf("written", written),
        eventOf("removed", inner),
        eventOf("attributed", { ...ROOT, attributes: { a: 1 } })
      ])
    )
    expect(childIn(after, ROOT_ID, "__proto__")).toBe(written)
    expect(childIn(after, ROOT_ID, "constructor")).toBeUndefined()
    expect(nodeIn(after, inner.id)).toBeUndefined()
    expect(names(after, dir.id)).toStrictEqual([])
    expect(HashMap.size(after.directories)).toBe(2)
    expect(nodeIn(after, ROOT_ID)!.attributes).toStrictEqual({ a: 1 })
    expect(names(after, ROOT_ID)).toStrictEqual(["__proto__", "n1", "n4", "n5", "n6", "n7"])
  })

  it("leaves earlier trees as they were", () => {
    const before = [HashMap.size(base.nodes), names(base, ROOT_ID), names(base, inner.id)]
    Result.getOrThrow(apply(base, eventOf("removed", file)))
    expect([HashMap.size(base.nodes), names(base, ROOT_ID), names(base, inner.id)]).toStrictEqual(before)
  })

  it.each<[string, Event]>([
    ["the node exists already", eventOf("created", { ...dir, name: "other" })],
    ["its first version is 2", eventOf("created", nodeOf(9, "file", { content: contentOf(2, "") }))],
    [
      "its directory 00000000-0000-7000-8000-000000000008 does not exist",
      eventOf("created", nodeOf(9, "dir", { parentId: idOf(8) }))
    ],
    [
      "its directory 00000000-0000-7000-8000-000000000003 is a file",
      eventOf("created", nodeOf(9, "dir", { parentId: file.id }))
    ],
    ['the name "n1" is taken', eventOf("created", nodeOf(9, "file", { name: "n1" }))],
    ["a name is empty", eventOf("created", nodeOf(9, "file", { name: "" }))],
    ['".." is not a name', eventOf("moved", { ...file, name: ".." })],
    ["a dir has no content", eventOf("created", nodeOf(9, "dir", { content: contentOf(1, "") }))],
    [
      "a target belongs to a symlink, and to nothing else",
      eventOf("created", nodeOf(9, "file", { target: "elsewhere" }))
    ],
    [
      "a list hash belongs to a table series, and to nothing else",
      eventOf("created", nodeOf(9, "table-series", { content: contentOf(1, "") }))
    ],
    [
      "factory and configuration belong to a dynamic node, and to nothing else",
      eventOf("created", nodeOf(9, "series", { factory: "f" }))
    ],
    ['"x" is not a whole number within 2^53', eventOf("attributed", { ...file, attributes: { x: 0.5 } })],
    ["the node does not exist", eventOf("written", nodeOf(9, "file"))],
    ["its type was file and cannot become series", eventOf("attributed", { ...file, type: "series" })],
    ["the target of a symlink cannot change", eventOf("moved", { ...link, name: "l", target: "y" })],
    ["its name changed", eventOf("attributed", { ...file, name: "other" })],
    ["its content changed", eventOf("moved", { ...file, name: "other", content: contentOf(1, "x") })],
    ["its attributes changed", eventOf("moved", { ...file, name: "other", attributes: { a: 1 } })],
    ["a table-series cannot be written", eventOf("written", { ...tables, content: contentOf(2, "t", "1".repeat(64)) })],
    ["a file cannot be appended", eventOf("appended", { ...file, content: contentOf(2, "abcd") })],
    ["its version is 3, not 2", eventOf("written", { ...file, content: contentOf(3, "x") })],
    ["a series became shorter", eventOf("appended", { ...series, content: contentOf(2, "ab") })],
    ["a file has no configuration", eventOf("configured", file)],
    ["the root cannot be moved", eventOf("moved", ROOT)],
    ["the root cannot be removed", eventOf("removed", ROOT)],
    ["it is not empty", eventOf("removed", dir)],
    ["it would lie within itself", eventOf("moved", { ...dir, parentId: inner.id })],
    ["it would lie within itself", eventOf("moved", { ...dir, parentId: dir.id })]
  ])("refuses what does not fit: %s", (reason, event) => {
    const error = refusal(base, event)
    const { id, op, txn } = event.node
    expect(error).toMatchObject({ _tag: "EventRefused", kind: event.kind, node: id, txn, op, reason })
    expect(error!.message).toBe(`event ${op} of txn ${txn} (${event.kind}, node ${id}) cannot be applied: ${reason}`)
  })

  it.each<[string, Node, Event["kind"]]>([
    ["a series written anew, and shorter", { ...series, content: contentOf(2, "b") }, "written"],
    ["a longer series", { ...series, content: contentOf(2, "abcd") }, "appended"],
    ["a shorter version of a table series", { ...tables, content: contentOf(2, "", "1".repeat(64)) }, "appended"],
    ["another configuration", { ...dynamic, factory: "g", config: new Uint8Array() }, "configured"],
    ["pruned versions", { ...file, attributes: { "pond.pruned": "1" } }, "pruned"],
    ["an empty directory", { ...inner, parentId: ROOT_ID, name: "elsewhere" }, "moved"]
  ])("takes %s", (_, node, kind) => {
    expect(nodeIn(Result.getOrThrow(apply(base, eventOf(kind, node))), node.id)).toBe(node)
  })

  it("stops at the first event that does not fit", () => {
    const result = applyAll(base, [eventOf("removed", file), eventOf("removed", file), eventOf("removed", inner)])
    expect(Result.getOrUndefined(Result.flip(result))?.reason).toBe("the node does not exist")
  })
})
