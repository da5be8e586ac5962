/**
 * Events as rows and rows as events (format.md section 3). A row holds the whole state of its node after the event.
 */
import {
  type Attributes,
  type Content,
  decodeAttributes,
  encodeAttributes,
  type Event,
  type EventKind,
  type Header,
  type Node,
  type NodeType
} from "../tinyfs/index.ts"
import { row, type Row } from "./row.ts"

/** The logical columns of an event: everything that is hashed. */
export const rowOf = ({ kind, node, times }: Event): Row =>
  row({
    txn: node.txn,
    op: node.op,
    kind,
    node_id: node.id,
    type: node.type,
    parent_id: node.parentId,
    name: node.name,
    version: node.content?.version ?? null,
    size: node.content?.sizeBytes ?? null,
    hash: node.content?.hash ?? null,
    list_hash: node.content?.listHash ?? null,
    attributes: encodeAttributes(node.attributes),
    factory: node.factory ?? null,
    config: node.config ?? null,
    target: node.target ?? null,
    min_time: times?.minMicros ?? null,
    max_time: times?.maxMicros ?? null
  })

/** The node that a row describes; `timeMicros` is the time of its transaction. */
export const nodeOf = (one: Row, timeMicros: number): Node => ({
  id: one.node_id!,
  type: one.type as NodeType,
  parentId: one.parent_id!,
  name: one.name!,
  ...(one.version === null ? {} : { content: contentOf(one) }),
  attributes: one.attributes === null ? NO_ATTRIBUTES : decodeAttributes(one.attributes),
  ...(one.factory === null ? {} : { factory: one.factory }),
  ...(one.config === null ? {} : { config: one.config }),
  ...(one.target === null ? {} : { target: one.target }),
  txn: one.txn,
  op: one.op,
  timeMicros
})

const NO_ATTRIBUTES: Attributes = {}

const contentOf = (one: Row): Content => ({
  version: one.version!,
  sizeBytes: one.size!,
  hash: one.hash!,
  ...(one.list_hash === null ? {} : { listHash: one.list_hash })
})

/** The event that a row of an event describes. */
export const eventOf = (one: Row, timeMicros: number): Event => ({
  kind: one.kind as EventKind,
  node: nodeOf(one, timeMicros),
  ...(one.min_time === null || one.max_time === null
    ? {}
    : { times: { minMicros: one.min_time, maxMicros: one.max_time } })
})

/** The events that rows of one transaction describe, in order; `timeMicros` is its time. */
export const eventsOf = (rows: ReadonlyArray<Row>, timeMicros: number): ReadonlyArray<Event> =>
  rows.filter(({ kind, op }) => op > 0 && kind !== "extent").map((one) => eventOf(one, timeMicros))

/** Rows in the order of the log, transaction by transaction. */
export function* byTransaction(rows: ReadonlyArray<Row>): Generator<ReadonlyArray<Row>> {
  for (let first = 0; first < rows.length;) {
    let end = first + 1
    while (end < rows.length && rows[end]!.txn === rows[first]!.txn) end += 1
    yield rows.slice(first, end)
    first = end
  }
}

/** The header row of a transaction: op 0, its JSON with sorted keys. */
export const headerRow = ({ author, count, events, nonce, parent, request, root, timeMicros, txn }: Header): Row =>
  row({
    txn,
    op: 0,
    kind: "txn",
    header: JSON.stringify({ author, count, events, nonce, parent, request, root, time: timeMicros })
  })

const HEX_64 = /^[0-9a-f]{64}$/
const HEX_32 = /^[0-9a-f]{32}$/

/** Reads a header row. Throws a `TypeError` when it is not one; callers name the damage. */
export const headerOf = (one: Row): Header => {
  const json: unknown = one.header === null ? null : JSON.parse(one.header)
  if (one.kind !== "txn" || typeof json !== "object" || json === null) throw new TypeError("not a header row")
  const { author, count, events, nonce, parent, request, root, time } = json as Record<string, unknown>
  const hashes = [events, parent, root]
  if (
    !hashes.every((hash) => typeof hash === "string" && HEX_64.test(hash)) ||
    !(typeof nonce === "string" && HEX_32.test(nonce)) ||
    !(typeof author === "string" && typeof request === "string") ||
    !(Number.isSafeInteger(count) && Number.isSafeInteger(time))
  ) {
    throw new TypeError(`the header of txn ${one.txn} lacks a field or holds something else in it`)
  }
  return {
    txn: one.txn,
    parent: parent as string,
    root: root as string,
    events: events as string,
    count: count as number,
    timeMicros: time as number,
    author,
    request,
    nonce
  }
}
