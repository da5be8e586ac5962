import { describe, expect, it } from "vitest"
import { type Node, ROOT_ID } from "../../../src/tinyfs/index.ts"
import { type Entry, event, slot } from "../../../src/tlogfs/index/keys.ts"
import { Piece, PieceEncoder } from "../../../src/tlogfs/index/piece.ts"
import { IndexReader } from "../../../src/tlogfs/index/reader.ts"
import { Namespace, nameHash, namesAt } from "../../../src/tlogfs/namespace.ts"
import { row, type Row } from "../../../src/tlogfs/row.ts"
import { encodeEvent, encodeSlot } from "../../../src/tlogfs/slots.ts"
import { Tail } from "../../../src/tlogfs/tail.ts"
import { bufferOf } from "../../../src/tlogfs/verified.ts"
import { anEvent, nodeId } from "../../support/tlogfs/rows.ts"

const entryHash = new Uint8Array(32)
const at = (txn: number, one: Row, op = 1): Row => ({ ...one, txn, op })

/** The entries of an index with these rows, oldest first: of each node its events, and its slot while it is live. */
const entriesOf = (rows: ReadonlyArray<Row>): ReadonlyArray<Entry> => {
  const entries = new Map<string, Uint8Array>()
  const slots = new Map<string, string>()
  for (const one of rows) {
    const id = one.node_id!
    entries.set(event(id, one.txn, one.op, one.extent_offset ?? 0), encodeEvent({ row: one, timeMicros: one.txn }))
    if (one.kind === "extent") continue
    const before = slots.get(id)
    if (before !== undefined) entries.delete(before)
    const key = slot(one.parent_id!, nameHash(one.name!))
    slots.set(id, key)
    if (one.kind !== "removed") entries.set(key, encodeSlot({ row: one, timeMicros: one.txn, entryHash }))
  }
  return [...entries].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([key, value]) => ({ key, value }))
}

const tailOf = (...transactions: ReadonlyArray<ReadonlyArray<Row>>): Tail => {
  const tail = new Tail()
  for (const rows of transactions) {
    const { txn } = rows[0]!
    tail.add({ txn, chain: "", root: "", timeMicros: txn, rows })
  }
  return tail
}

const indexOf = (rows: ReadonlyArray<Row>): IndexReader => {
  const entries = entriesOf(rows)
  const encoder = new PieceEncoder()
  const parts = entries.flatMap((entry) => encoder.add(entry) ?? [])
  const file = bufferOf(Buffer.concat([...parts, encoder.finish()]))
  return new IndexReader([{ first: entries[0]!.key, last: entries.at(-1)!.key, open: () => Piece.open(file) }])
}

const published = [
  at(1, anEvent("created", { id: nodeId(1), name: "kept" })),
  at(1, anEvent("created", { id: nodeId(2), name: "moved" }), 2),
  at(1, anEvent("created", { id: nodeId(3), name: "removed" }), 3),
  at(2, anEvent("attributed", { id: nodeId(1), name: "kept", attributes: { a: 1 } })),
  at(2, anEvent("removed", { id: nodeId(3), name: "removed" }), 2)
]
const layers = {
  index: indexOf(published),
  tail: tailOf(
    [
      at(3, anEvent("moved", { id: nodeId(2), name: "there" })),
      at(3, anEvent("created", { id: nodeId(4), name: "moved" }), 2)
    ],
    [at(4, anEvent("removed", { id: nodeId(1), name: "kept" }))]
  )
}
const namesOf = (nodes: ReadonlyArray<Node>) => nodes.map(({ id, name }) => `${name} ${Number(id.slice(-4))}`)

describe("names after a transaction", () => {
  it("are those of the index where the tail says nothing", async () => {
    const names = new Namespace(layers, 2)
    expect(namesOf(await names.children(ROOT_ID))).toStrictEqual(["kept 1", "moved 2"])
    expect((await names.child(ROOT_ID, "moved"))?.id).toBe(nodeId(2))
    expect(await names.child(ROOT_ID, "removed")).toBeUndefined()
    expect((await names.node(nodeId(1)))?.attributes["a"]).toBe(1)
    expect(await names.node(nodeId(3))).toBeUndefined()
    expect(await names.node(nodeId(4))).toBeUndefined()
  })

  it("are those of the tail where it says something", async () => {
    const names = new Namespace(layers, 3)
    expect(namesOf(await names.children(ROOT_ID))).toStrictEqual(["kept 1", "moved 4", "there 2"])
    expect((await names.child(ROOT_ID, "moved"))?.id).toBe(nodeId(4))
    expect((await names.child(ROOT_ID, "there"))?.id).toBe(nodeId(2))
    const after = new Namespace(layers, 4)
    expect(namesOf(await after.children(ROOT_ID))).toStrictEqual(["moved 4", "there 2"])
    expect(await after.child(ROOT_ID, "kept")).toBeUndefined()
    expect(await after.node(nodeId(1))).toBeUndefined()
  })

  it("do not show a node of the index in the slot that it left, when the slot is asked by name", async () => {
    const moved = { ...layers, tail: tailOf([at(3, anEvent("moved", { id: nodeId(2), name: "there" }))]) }
    expect(await new Namespace(moved, 3).child(ROOT_ID, "moved")).toBeUndefined()
    expect((await new Namespace(moved, 2).child(ROOT_ID, "moved"))?.id).toBe(nodeId(2))
  })

  it("come with all rows of a node, of the index and of the tail", async () => {
    const txns = async (txn: number, id: number) =>
      (await new Namespace(layers, txn).rows(nodeId(id))).map(({ row: { kind, txn: own } }) => `${own} ${kind}`)
    expect(await txns(4, 1)).toStrictEqual(["1 created", "2 attributed", "4 removed"])
    expect(await txns(1, 1)).toStrictEqual(["1 created"])
    expect(await txns(4, 3)).toStrictEqual(["1 created", "2 removed"])
    expect(await txns(4, 9)).toStrictEqual([])
  })

  it("do not take a further extent for a state", async () => {
    const extent = row({ txn: 1, op: 1, kind: "extent", node_id: nodeId(1), extent_offset: 1024 })
    const rows = [at(1, anEvent("created", { name: "large" })), extent]
    const names = new Namespace({ index: indexOf(rows), tail: new Tail() }, 1)
    expect((await names.node(nodeId(1)))?.name).toBe("large")
    expect((await names.newestRow(nodeId(1))).kind).toBe("created")
    expect((await names.rows(nodeId(1))).length).toBe(2)
    await expect(names.newestRow(nodeId(9))).rejects.toThrow("the index lacks the events of node")
  })
})

describe("names of the past", () => {
  it("are folded from the rows up to then", async () => {
    const named = async (txn: number) => {
      const names = new Namespace(await namesAt(layers, txn), txn, layers)
      return namesOf(await names.children(ROOT_ID))
    }
    expect(await named(0)).toStrictEqual([])
    expect(await named(1)).toStrictEqual(["kept 1", "moved 2", "removed 3"])
    expect(await named(2)).toStrictEqual(["kept 1", "moved 2"])
    expect(await named(4)).toStrictEqual(["moved 4", "there 2"])
  })

  it("come with the rows of nodes that are gone since", async () => {
    const names = new Namespace(await namesAt(layers, 1), 1, layers)
    expect((await names.rows(nodeId(3))).length).toBe(1)
    expect((await names.node(nodeId(3)))?.name).toBe("removed")
    expect((await names.child(ROOT_ID, "removed"))?.id).toBe(nodeId(3))
  })
})
