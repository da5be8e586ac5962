import { describe, expect, it } from "vitest"
import type { Event } from "../../../src/tinyfs/event.ts"
import { type NodeId, ROOT_ID } from "../../../src/tinyfs/node.ts"
import { advanceRoot, emptyRoot } from "../../../src/tinyfs/root.ts"
import { applyAll, EMPTY_TREE, nodeIn, type Tree } from "../../../src/tinyfs/tree.ts"
import { emptyTrie, type TrieNode } from "../../../src/tinyfs/trie.ts"
import { contentOf, eventOf, idOf, nodeOf } from "../../support/tinyfs/events.ts"

/** A pond by hand, which counts what it is asked for. */
class Pond {
  tree: Tree = EMPTY_TREE
  root = emptyRoot()
  readonly tries = new Map<NodeId, TrieNode>()
  asked: Array<string> = []

  async commit(...events: ReadonlyArray<Event>): Promise<ReadonlyMap<NodeId, TrieNode | null>> {
    this.asked = []
    const missing = () => Promise.reject(new Error("everything is in memory"))
    const { root, tries } = await advanceRoot(
      {
        node: (id) => {
          this.asked.push(`node ${id}`)
          return Promise.resolve(nodeIn(this.tree, id))
        },
        trie: (id) => {
          this.asked.push(`trie ${id}`)
          return Promise.resolve(this.tries.get(id) ?? emptyTrie())
        },
        source: () => ({ entries: missing, branch: missing })
      },
      events
    )
    const result = applyAll(this.tree, events)
    if (result._tag === "Failure") throw result.failure
    this.tree = result.success
    this.root = root
    for (const [id, trie] of tries) {
      if (trie === null) this.tries.delete(id)
      else this.tries.set(id, trie)
    }
    return tries
  }
}

const created = (number: number, type: "dir" | "file", parent: number, fields = {}) =>
  eventOf("created", nodeOf(number, type, { parentId: parent === 0 ? ROOT_ID : idOf(parent), ...fields }))

describe("the root", () => {
  it("touches the directories above a change and no others (R9)", async () => {
    const pond = new Pond()
    await pond.commit(
      created(1, "dir", 0),
      created(2, "dir", 1),
      created(3, "dir", 0),
      created(4, "dir", 3),
      created(5, "file", 2),
      ...Array.from({ length: 500 }, (_, at) => created(100 + at, "file", 3))
    )
    const file = nodeIn(pond.tree, idOf(5))!
    const tries = await pond.commit(eventOf("written", { ...file, content: contentOf(1, "x") }))
    expect([...tries.keys()].toSorted()).toStrictEqual([ROOT_ID, idOf(1), idOf(2)].toSorted())
    expect(pond.asked.filter((one) => one.startsWith("trie")).every((one) => /[12]$|0$/.test(one))).toBe(true)
    expect(pond.asked.length).toBeLessThan(20)
  })

  it("forgets the tries of directories that are gone, and keeps those that moved", async () => {
    const pond = new Pond()
    await pond.commit(created(1, "dir", 0), created(2, "dir", 1), created(3, "file", 2))
    const before = pond.tries.get(idOf(2))
    const inner = { ...nodeIn(pond.tree, idOf(2))!, parentId: ROOT_ID, name: "moved" }
    const tries = await pond.commit(eventOf("moved", inner), eventOf("removed", nodeIn(pond.tree, idOf(1))!))
    expect(tries.get(idOf(1))).toBeNull()
    expect(pond.tries.get(idOf(2))?.hash).toStrictEqual(before?.hash)
    expect([...pond.tries.keys()].toSorted()).toStrictEqual([ROOT_ID, idOf(2)].toSorted())
  })

  it("is the same for the same names and contents, whatever the ids and the way there (R7)", async () => {
    const [left, right] = [new Pond(), new Pond()]
    await left.commit(
      created(1, "dir", 0, { name: "d" }),
      created(2, "file", 1, { name: "f", content: contentOf(1, "x") })
    )
    const passing = nodeOf(9, "file", { name: "t", txn: 7, content: contentOf(1, "old") })
    const written = { ...passing, content: contentOf(2, "x") }
    await right.commit(eventOf("created", passing), created(8, "dir", 0, { name: "e" }))
    await right.commit(
      eventOf("written", written),
      eventOf("moved", { ...written, parentId: idOf(8), name: "f" }),
      eventOf("moved", { ...nodeIn(right.tree, idOf(8))!, name: "d" })
    )
    expect(right.root).toBe(left.root)
    await right.commit(
      eventOf("removed", nodeIn(right.tree, idOf(9))!),
      eventOf("removed", nodeIn(right.tree, idOf(8))!)
    )
    expect(right.root).toBe(emptyRoot())
  })
})
