/**
 * The tail: transactions after the newest index publication, in memory, readable as of each of them.
 *
 * Every slot and node keeps its states by txn, so that one tail serves all views of one writer: a view sees what is not newer than
 * itself. Appended by commits and by what is read from the log; never changed otherwise. The slot that a node of the index left
 * is not known here: whoever finds a node in a slot of the index asks `node` whether it is still there.
 */
import { type Node, type NodeId, ROOT_ID, slotKey } from "../tinyfs/index.ts"
import { nodeOf } from "./event-row.ts"
import type { Row } from "./row.ts"
import type { EventValue } from "./slots.ts"

/** One transaction as rows, without the bytes of contents beyond what is kept inline. */
export interface TailTxn {
  readonly txn: number
  /** Header hash. */
  readonly chain: string
  readonly root: string
  readonly timeMicros: number
  /** Header row first. */
  readonly rows: ReadonlyArray<Row>
}

interface State {
  readonly txn: number
  readonly node: Node | null
}

/** What the tail knows of a slot or node: a node, `null` when it is known to be gone, `undefined` when it says nothing. */
export type Known = Node | null | undefined

/** The transactions after an index publication. */
export class Tail {
  readonly #transactions: Array<TailTxn> = []
  #rowCount = 0
  readonly #slots = new Map<string, Array<State>>()
  readonly #names = new Map<NodeId, Set<string>>()
  readonly #nodes = new Map<NodeId, Array<State>>()
  readonly #rows = new Map<NodeId, Array<EventValue>>()

  /** All transactions, oldest first. */
  get transactions(): ReadonlyArray<TailTxn> {
    return this.#transactions
  }

  /** Rows of all transactions. */
  get rowCount(): number {
    return this.#rowCount
  }

  /** Adds the next transaction; one that is known already changes nothing. */
  add(transaction: TailTxn): void {
    if (transaction.txn <= (this.#transactions.at(-1)?.txn ?? -1)) return
    this.#transactions.push(transaction)
    this.#rowCount += transaction.rows.length
    for (const one of transaction.rows) {
      if (one.node_id === null) continue
      append(this.#rows, one.node_id, { row: one, timeMicros: transaction.timeMicros })
      if (one.kind === "extent") continue
      const before = this.node(one.node_id, transaction.txn)
      const node = nodeOf(one, transaction.timeMicros)
      const after = one.kind === "removed" ? null : node
      if (before) this.#setSlot(before, transaction.txn, null)
      this.#setSlot(node, transaction.txn, after)
      append(this.#nodes, node.id, { txn: transaction.txn, node: after })
    }
  }

  /** Adds the newest state of a node that is live, without its transaction: for views of the past. */
  restore({ row, timeMicros }: EventValue): void {
    const node = nodeOf(row, timeMicros)
    this.#setSlot(node, node.txn, node)
    append(this.#nodes, node.id, { txn: node.txn, node })
  }

  /** What a node was at a txn. */
  node(id: NodeId, txn: number): Known {
    return latest(this.#nodes.get(id), txn)
  }

  /** What lay in a slot at a txn. */
  slot(parentId: NodeId, name: string, txn: number): Known {
    return latest(this.#slots.get(slotKey(parentId, name)), txn)
  }

  /** What is known of the slots of a directory at a txn, by name. */
  children(parentId: NodeId, txn: number): ReadonlyMap<string, Node | null> {
    const known = new Map<string, Node | null>()
    for (const name of this.#names.get(parentId) ?? []) {
      const node = this.slot(parentId, name, txn)
      if (node !== undefined) known.set(name, node)
    }
    return known
  }

  /** The rows of a node up to a txn, oldest first. */
  rows(id: NodeId, txn: number): ReadonlyArray<EventValue> {
    return (this.#rows.get(id) ?? []).filter(({ row }) => row.txn <= txn)
  }

  #setSlot({ id, name, parentId }: Node, txn: number, node: Node | null): void {
    // The root lies in no directory, although its row names itself as its parent.
    if (id === ROOT_ID) return
    append(this.#slots, slotKey(parentId, name), { txn, node })
    const names = this.#names.get(parentId)
    if (names === undefined) this.#names.set(parentId, new Set([name]))
    else names.add(name)
  }
}

const append = <K, V>(map: Map<K, Array<V>>, key: K, value: V): void => {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

/** The newest state that is not newer than `txn`. */
const latest = (states: ReadonlyArray<State> | undefined, txn: number): Known => {
  if (states === undefined) return undefined
  for (let i = states.length - 1; i >= 0; i--) if (states[i]!.txn <= txn) return states[i]!.node
  return undefined
}
