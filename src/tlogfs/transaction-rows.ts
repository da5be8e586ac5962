/**
 * Making a transaction: from a draft to events, header and rows. Pure but for the tries, which may load parts of the index.
 */
import {
  collision,
  type Committed,
  type Draft,
  type Event,
  eventsDigest,
  type Header,
  headerHash
} from "../tinyfs/index.ts"
import { headerRow, rowOf } from "./event-row.ts"
import type { Layers } from "./namespace.ts"
import { Namespace } from "./namespace.ts"
import { type Physical, row, type Row } from "./row.ts"
import type { Head } from "./state.ts"
import type { TailTxn } from "./tail.ts"
import { advanceTries, type Tries } from "./tries.ts"

/** What makes a transaction besides its draft. */
export interface Circumstances {
  readonly pondId: string
  readonly head: Head
  readonly layers: Layers
  readonly tries: Tries
  readonly nowMicros: number
  /** 32 hex digits. */
  readonly nonce: string
  /** For each change, where its bytes are: the columns of its row, then of further extents. */
  readonly physical: ReadonlyArray<ReadonlyArray<Physical>>
}

/** A transaction that is ready to be written. */
export interface Made {
  readonly committed: Committed
  readonly rows: ReadonlyArray<Row>
  readonly tailTxn: TailTxn
  readonly head: Head
  readonly tries: Tries
}

/** Makes the next transaction out of a draft. Rejects with what the index says. */
export const makeTransaction = async (draft: Draft, around: Circumstances): Promise<Made> => {
  const txn = around.head.txn + 1
  const timeMicros = Math.max(around.nowMicros, around.head.timeMicros)
  const events = draft.changes.map(({ event }, at): Event => {
    return { ...event, node: { ...event.node, txn, op: at + 1, timeMicros } }
  })
  const before = new Namespace(around.layers, around.head.txn)
  const { root, tries } = await advanceTries(around.tries, around.layers.index, before, events, txn)
  const header: Header = {
    txn,
    parent: around.head.chain,
    root,
    events: eventsDigest(events),
    count: events.length,
    timeMicros,
    author: draft.author,
    request: draft.request,
    nonce: around.nonce
  }
  const hash = headerHash(header, around.pondId)
  const rows: Array<Row> = [headerRow(header)]
  events.forEach((event, at) => {
    const [own, ...further] = around.physical[at]!
    rows.push({ ...rowOf(event), ...own })
    for (const physical of further) {
      rows.push({ ...row({ txn, op: at + 1, kind: "extent", node_id: event.node.id }), ...physical })
    }
  })
  const head: Head = { txn, chain: hash, root, timeMicros }
  return { committed: { header, hash, events }, rows, tailTxn: { ...head, rows }, head, tries }
}

/** What of a draft's reads a row of somebody else's transaction changed, in words; `undefined` when nothing. */
export const rowCollision = ({ reads }: Draft, { name, node_id: id, parent_id: parentId }: Row): string | undefined =>
  id === null || parentId === null || name === null ? undefined : collision(reads, { id, name, parentId })
