import { describe, expect, it } from "vitest"
import type { Event, Header } from "../../../src/tinyfs/index.ts"
import { byTransaction, eventOf, eventsOf, headerOf, headerRow, nodeOf, rowOf } from "../../../src/tlogfs/event-row.ts"
import { row } from "../../../src/tlogfs/row.ts"
import { aNode } from "../../support/tlogfs/rows.ts"

const header: Header = {
  txn: 3,
  parent: "01".repeat(32),
  root: "02".repeat(32),
  events: "03".repeat(32),
  count: 2,
  timeMicros: 1_700_000_000_000_000,
  author: "ann\u0000 \u2028",
  request: '{"command":"write"}',
  nonce: "04".repeat(16)
}
const content = { version: 2, sizeBytes: 9, hash: "ab".repeat(32) }

const EVENTS: ReadonlyArray<Event> = [
  { kind: "created", node: aNode({ type: "dir" }) },
  { kind: "written", node: aNode({ content }), times: { minMicros: -3, maxMicros: 0 } },
  { kind: "appended", node: aNode({ type: "table-series", content: { ...content, listHash: "cd".repeat(32) } }) },
  { kind: "moved", node: aNode({ name: "__proto__" }) },
  { kind: "configured", node: aNode({ type: "dynamic", factory: "logfile", config: new Uint8Array([0, 255]) }) },
  { kind: "created", node: aNode({ type: "symlink", target: "../x" }) },
  {
    kind: "removed",
    node: aNode({ content, attributes: Object.assign(Object.create(null), { a: 1, b: "x", c: true }) })
  }
]

describe("an event", () => {
  it("comes back from its row as it was", () => {
    for (const event of EVENTS) expect(eventOf(rowOf(event), event.node.timeMicros)).toStrictEqual(event)
  })

  it("leaves the physical columns of its row empty", () => {
    const { blob, content: inline, extent_kind, header: json, outboard } = rowOf(EVENTS[1]!)
    expect([blob, inline, extent_kind, json, outboard]).toStrictEqual([null, null, null, null, null])
  })

  it("is damage when its attributes are not what they should be", () => {
    expect(() => nodeOf({ ...rowOf(EVENTS[0]!), attributes: "[1]" }, 0)).toThrow("attributes are not an object")
  })
})

describe("the header of a transaction", () => {
  it("comes back from its row as it was", () => {
    const one = headerRow(header)
    expect([one.txn, one.op, one.kind, one.node_id]).toStrictEqual([3, 0, "txn", null])
    expect(headerOf(one)).toStrictEqual(header)
  })

  it("is JSON with sorted keys, as the format says", () => {
    expect(Object.keys(JSON.parse(headerRow(header).header!) as object).join(" ")).toBe(
      "author count events nonce parent request root time"
    )
  })

  it.each([
    { author: 1 },
    { count: 1.5 },
    { events: "03" },
    { events: "0Z".repeat(32) },
    { nonce: "04".repeat(32) },
    { parent: null },
    { request: undefined },
    { root: "AB".repeat(32) },
    { time: "1" }
  ])("is refused when a field holds something else: %j", (change) => {
    const json = { ...(JSON.parse(headerRow(header).header!) as object), ...change }
    const one = { ...headerRow(header), header: JSON.stringify(json) }
    expect(() => headerOf(one)).toThrow("the header of txn 3 lacks a field or holds something else in it")
  })

  it("is refused when there is none", () => {
    expect(() => headerOf(row({ txn: 1, op: 0, kind: "txn" }))).toThrow("not a header row")
    expect(() => headerOf({ ...headerRow(header), kind: "created" })).toThrow("not a header row")
    expect(() => headerOf({ ...headerRow(header), header: "{" })).toThrow(/JSON/)
  })
})

describe("rows of several transactions", () => {
  it("are told apart, and their headers and further extents are no events", () => {
    const first = [headerRow({ ...header, txn: 1 })]
    const extent = row({ txn: 2, op: 1, kind: "extent", node_id: aNode().id })
    const own = rowOf({ kind: "created", node: aNode({ txn: 2, op: 1 }) })
    const second = [headerRow({ ...header, txn: 2 }), own, extent]
    expect([...byTransaction([...first, ...second])]).toStrictEqual([first, second])
    expect([...byTransaction([])]).toStrictEqual([])
    expect(eventsOf(second, 7)).toStrictEqual([eventOf(own, 7)])
  })
})
