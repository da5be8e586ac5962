/**
 * Rows of a log for tests: events of nodes with short names for ids.
 */
import type { Node } from "../../../src/tinyfs/index.ts"
import { eventsDigest, headerHash, ROOT_ID } from "../../../src/tinyfs/index.ts"
import { eventOf, headerRow, rowOf } from "../../../src/tlogfs/event-row.ts"
import { row, type Row, type RowKind } from "../../../src/tlogfs/row.ts"
import type { Head } from "../../../src/tlogfs/state.ts"
import type { TailTxn } from "../../../src/tlogfs/tail.ts"

/** The id of the pond of these rows. */
export const POND_ID = "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000"

/** A node id that ends in a number. */
export const nodeId = (number: number): string => `01900000-0000-7000-8000-${String(number).padStart(12, "0")}`

/** A node with everything given, the rest as plain as can be. */
export const aNode = (fields: Partial<Node> = {}): Node => ({
  id: nodeId(1),
  type: "file",
  parentId: ROOT_ID,
  name: "a",
  attributes: {},
  txn: 1,
  op: 1,
  timeMicros: 1_700_000_000_000_000,
  ...fields
})

/** The row of an event. */
export const anEvent = (kind: Exclude<RowKind, "txn" | "extent">, fields: Partial<Node> = {}): Row =>
  rowOf({ kind, node: aNode(fields) })

/** A transaction made of events, which get its number and theirs, on top of a head. */
export const aTransaction = (before: Head, events: ReadonlyArray<Row>): TailTxn => {
  const txn = before.txn + 1
  const timeMicros = before.timeMicros + 1
  let op = 0
  const placed = events.map((one) => ({ ...one, txn, op: one.kind === "extent" ? op : ++op }))
  const plain = placed.filter(({ kind }) => kind !== "extent").map((one) => eventOf(one, timeMicros))
  const header = {
    txn,
    parent: before.chain,
    root: "ab".repeat(32),
    events: eventsDigest(plain),
    count: plain.length,
    timeMicros,
    author: "somebody",
    request: "{}",
    nonce: "cd".repeat(16)
  }
  return {
    txn,
    chain: headerHash(header, POND_ID),
    root: header.root,
    timeMicros,
    rows: [headerRow(header), ...placed]
  }
}

/** A row with something in every column that any kind of row may have. */
export const fullRow: Row = row({
  txn: 7,
  op: 3,
  kind: "appended",
  node_id: nodeId(9),
  type: "series",
  parent_id: ROOT_ID,
  name: "__proto__",
  version: 2,
  size: 2 ** 53 - 1,
  hash: "0f".repeat(32),
  list_hash: "1e".repeat(32),
  attributes: '{"a":1}',
  factory: "logfile",
  config: new Uint8Array([0, 255]),
  target: "../é",
  min_time: -1,
  max_time: 1_700_000_000_000_001,
  extent_offset: 0,
  extent_length: 5,
  extent_kind: "inline",
  extent_hash: "2d".repeat(32),
  blob: `${"2d".repeat(32)}.zst`,
  blob_offset: 65_536,
  content: new Uint8Array([1, 2, 3, 4, 5]),
  outboard: new Uint8Array(64).fill(7),
  outboard_blob: `${"3c".repeat(32)}.obao`,
  header: "{}"
})
