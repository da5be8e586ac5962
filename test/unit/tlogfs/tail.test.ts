import { describe, expect, it } from "vitest"
import { emptyRoot, ROOT_ID } from "../../../src/tinyfs/index.ts"
import { row, type Row } from "../../../src/tlogfs/row.ts"
import { emptyHead, type Head } from "../../../src/tlogfs/state.ts"
import { Tail } from "../../../src/tlogfs/tail.ts"
import { anEvent, aTransaction, nodeId, POND_ID } from "../../support/tlogfs/rows.ts"

const tailOf = (...transactions: ReadonlyArray<ReadonlyArray<Row>>): Tail => {
  const tail = new Tail()
  let head: Head = emptyHead(POND_ID, emptyRoot())
  for (const events of transactions) {
    const one = aTransaction(head, events)
    tail.add(one)
    head = one
  }
  return tail
}

const DIRECTORY = nodeId(2)
const made = anEvent("created")
const directory = anEvent("created", { id: DIRECTORY, type: "dir", name: "d" })
const namesAt = (tail: Tail, id: string, txn: number) =>
  [...tail.children(id, txn)].map(([name, node]) => [name, node?.id ?? null])

describe("the transactions after a publication", () => {
  it("knows nothing before anything was added", () => {
    const tail = new Tail()
    expect([tail.transactions, tail.rowCount]).toStrictEqual([[], 0])
    expect(tail.node(nodeId(1), 9)).toBeUndefined()
    expect(tail.slot(ROOT_ID, "a", 9)).toBeUndefined()
    expect(tail.children(ROOT_ID, 9).size).toBe(0)
    expect(tail.rows(nodeId(1), 9)).toStrictEqual([])
  })

  it("tells a node and its slot as of every transaction (R2)", () => {
    const tail = tailOf([made], [anEvent("moved", { name: "b" })], [anEvent("removed", { name: "b" })])
    expect(tail.node(nodeId(1), 0)).toBeUndefined()
    expect(tail.slot(ROOT_ID, "a", 0)).toBeUndefined()
    expect(tail.node(nodeId(1), 1)?.name).toBe("a")
    expect(tail.slot(ROOT_ID, "a", 1)?.id).toBe(nodeId(1))
    expect(tail.slot(ROOT_ID, "a", 2)).toBeNull()
    expect(tail.slot(ROOT_ID, "b", 2)?.id).toBe(nodeId(1))
    expect(tail.node(nodeId(1), 3)).toBeNull()
    expect(tail.slot(ROOT_ID, "b", 3)).toBeNull()
    expect(tail.node(nodeId(1), 99)).toBeNull()
  })

  it("lists what it knows of a directory as of every transaction", () => {
    const inside = anEvent("created", { id: nodeId(3), parentId: DIRECTORY, name: "x" })
    const out = anEvent("moved", { id: nodeId(3), name: "x" })
    const tail = tailOf([directory, inside], [out])
    expect(namesAt(tail, DIRECTORY, 1)).toStrictEqual([["x", nodeId(3)]])
    expect(namesAt(tail, ROOT_ID, 1)).toStrictEqual([["d", DIRECTORY]])
    expect(namesAt(tail, DIRECTORY, 2)).toStrictEqual([["x", null]])
    expect(namesAt(tail, ROOT_ID, 2)).toStrictEqual([
      ["d", DIRECTORY],
      ["x", nodeId(3)]
    ])
  })

  it("takes another node into a slot that was left in the same transaction", () => {
    const tail = tailOf([made], [anEvent("removed"), anEvent("created", { id: nodeId(4) })])
    expect(tail.slot(ROOT_ID, "a", 1)?.id).toBe(nodeId(1))
    expect(tail.slot(ROOT_ID, "a", 2)?.id).toBe(nodeId(4))
    expect(tail.node(nodeId(1), 2)).toBeNull()
  })

  it("keeps names that objects have by themselves, and names that look alike", () => {
    const names = ["__proto__", "constructor", "toString", "\u00e9", "e\u0301"]
    const tail = tailOf(names.map((name, at) => anEvent("created", { id: nodeId(10 + at), name })))
    for (const [at, name] of names.entries()) expect(tail.slot(ROOT_ID, name, 1)?.id).toBe(nodeId(10 + at))
    expect(tail.children(ROOT_ID, 1).size).toBe(names.length)
    expect(tail.slot(ROOT_ID, "hasOwnProperty", 1)).toBeUndefined()
  })

  it("does not list the root in itself when the root was given attributes", () => {
    const root = anEvent("attributed", { id: ROOT_ID, type: "dir", name: "", attributes: { a: 1 } })
    const tail = tailOf([made], [root])
    expect(namesAt(tail, ROOT_ID, 2)).toStrictEqual([["a", nodeId(1)]])
    expect(tail.node(ROOT_ID, 2)?.attributes).toStrictEqual(Object.assign(Object.create(null), { a: 1 }))
    expect(tail.node(ROOT_ID, 1)).toBeUndefined()
  })

  it("gives the rows of a node, further extents too, which are no state of it", () => {
    const extent = row({ txn: 0, op: 0, kind: "extent", node_id: nodeId(1), extent_offset: 5 })
    const tail = tailOf([made, extent], [anEvent("attributed", { attributes: { b: true } })])
    expect(tail.rows(nodeId(1), 1).map((one) => one.row.kind)).toStrictEqual(["created", "extent"])
    expect(tail.rows(nodeId(1), 2).map((one) => one.row.kind)).toStrictEqual(["created", "extent", "attributed"])
    expect(tail.node(nodeId(1), 1)?.name).toBe("a")
    expect(tail.rowCount).toBe(5)
  })

  it("adds a transaction that it knows already only once", () => {
    const one = aTransaction(emptyHead(POND_ID, emptyRoot()), [made])
    const tail = new Tail()
    tail.add(one)
    tail.add(one)
    expect([tail.transactions.length, tail.rowCount]).toStrictEqual([1, 2])
    expect(tail.rows(nodeId(1), 1).length).toBe(1)
  })

  it("restores states of the past without their transactions", () => {
    const tail = new Tail()
    tail.restore({ row: { ...made, txn: 5 }, timeMicros: 9 })
    expect(tail.slot(ROOT_ID, "a", 5)?.timeMicros).toBe(9)
    expect(tail.slot(ROOT_ID, "a", 4)).toBeUndefined()
    expect(tail.transactions).toStrictEqual([])
  })
})
