/**
 * Looking up names and histories as of a txn: the index, overlaid by the tail. Rejects with what the index's objects say.
 *
 * A node that the index has in a slot is still there unless the tail knows the node: then the tail knows its slot as well.
 */
import type { Context } from "effect"
import { hash } from "../bao/index.ts"
import type { Node, NodeId } from "../tinyfs/index.ts"
import { nodeOf } from "./event-row.ts"
import { allEvents, events, slot, slots } from "./index/keys.ts"
import { IndexReader } from "./index/reader.ts"
import type { Row } from "./row.ts"
import { decodeEvent, decodeSlot, type EventValue, nodeOfSlot } from "./slots.ts"
import { Tail } from "./tail.ts"

const utf8 = new TextEncoder()

/** The order of names: their UTF-8 bytes. */
export const compareNames = (left: Node, right: Node): number =>
  Buffer.compare(utf8.encode(left.name), utf8.encode(right.name))

/** The hash that orders a name in its directory. */
export const nameHash = (name: string): Uint8Array => hash(utf8.encode(name))

/** An index and the tail after it. */
export interface Layers {
  readonly index: IndexReader
  readonly tail: Tail
}

/** The names of the past: the newest state of every node up to a txn, folded from the rows of the whole history. */
export const namesAt = async ({ index, tail }: Layers, txn: number): Promise<Layers> => {
  const newest = new Map<NodeId, EventValue>()
  const keep = (value: EventValue): void => {
    if (value.row.txn <= txn && value.row.kind !== "extent") newest.set(value.row.node_id!, value)
  }
  for await (const batch of index.scan(allEvents)) for (const { value } of batch) keep(decodeEvent(value))
  for (const { rows, timeMicros } of tail.transactions) {
    for (const row of rows) if (row.op > 0) keep({ row, timeMicros })
  }
  const past = new Tail()
  for (const value of newest.values()) if (value.row.kind !== "removed") past.restore(value)
  return { index: new IndexReader([]), tail: past }
}

/** Names and histories of a pond after one transaction. */
export class Namespace {
  readonly #index: IndexReader
  readonly #tail: Tail
  readonly #txn: number
  readonly #history: Layers

  /** `history` holds the rows of nodes where they are not to be found where the names are. */
  constructor(names: Layers, txn: number, history = names) {
    this.#index = names.index
    this.#tail = names.tail
    this.#txn = txn
    this.#history = history
  }

  /** The live node with an id. */
  async node(id: NodeId): Promise<Node | undefined> {
    const known = this.#tail.node(id, this.#txn)
    if (known !== undefined) return known ?? undefined
    const newest = await this.#newest(id)
    return newest === undefined || newest.row.kind === "removed" ? undefined : nodeOf(newest.row, newest.timeMicros)
  }

  /** The newest row of a node that the index has. */
  async newestRow(id: NodeId): Promise<Row> {
    const newest = await this.#newest(id)
    if (newest === undefined) throw new TypeError(`the index lacks the events of node ${id}`)
    return newest.row
  }

  async #newest(id: NodeId): Promise<EventValue | undefined> {
    const last = await this.#index.last(events(id))
    if (last === undefined) return undefined
    const value = decodeEvent(last.value)
    if (value.row.kind !== "extent") return value
    return (await this.rows(id)).findLast(({ row }) => row.kind !== "extent")
  }

  /** The live node in a slot. */
  async child(parentId: NodeId, name: string): Promise<Node | undefined> {
    const known = this.#tail.slot(parentId, name, this.#txn)
    if (known !== undefined) return known ?? undefined
    const value = await this.#index.get(slot(parentId, nameHash(name)))
    const node = value === undefined ? undefined : nodeOfSlot(decodeSlot(value))
    return node !== undefined && this.#tail.node(node.id, this.#txn) === undefined ? node : undefined
  }

  /** All live nodes of a directory, sorted by the bytes of their names. */
  async children(parentId: NodeId): Promise<ReadonlyArray<Node>> {
    const nodes: Array<Node> = []
    for (const { value } of await this.#index.range(slots(parentId))) {
      const node = nodeOfSlot(decodeSlot(value))
      if (this.#tail.node(node.id, this.#txn) === undefined) nodes.push(node)
    }
    for (const node of this.#tail.children(parentId, this.#txn).values()) if (node !== null) nodes.push(node)
    return nodes.toSorted(compareNames)
  }

  /** All rows of a node, further extents included, oldest first. */
  async rows(id: NodeId): Promise<ReadonlyArray<EventValue>> {
    const rows = (await this.#history.index.range(events(id))).map(({ value }) => decodeEvent(value))
    for (const row of this.#history.tail.rows(id, this.#txn)) rows.push(row)
    return rows.filter(({ row }) => row.txn <= this.#txn)
  }
}

/**
 * Asks for the namespace of a view; `isRebuilt` for one that does not rest on the published index. Rejects with what the objects of the pond say.
 * `context` is that of whoever asks.
 */
export type AskNamespace = (isRebuilt: boolean, context: Context.Context<never>) => Promise<Namespace>
