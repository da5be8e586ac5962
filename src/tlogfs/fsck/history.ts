/**
 * Checking the history: every transaction's rows against their header, the chain, and the names they make (R2, R7).
 */
import {
  emptyRoot,
  emptyTrie,
  type Event,
  eventProblem,
  eventsDigest,
  type Node,
  type NodeId,
  ROOT,
  ROOT_ID,
  slotKey,
  type Surroundings,
  type TrieNode
} from "../../tinyfs/index.ts"
import { eventsOf, headerOf } from "../event-row.ts"
import { IndexReader } from "../index/reader.ts"
import type { Row } from "../row.ts"
import { emptyHead, type Head, headAfter, transactionsOf } from "../state.ts"
import { advanceTries, type Tries } from "../tries.ts"
import { type Findings, messageOf } from "./finding.ts"

/** The names after the transactions that were folded, kept plainly. */
export class Fold {
  readonly nodes = new Map<NodeId, Node>()
  readonly #slots = new Map<string, NodeId>()
  readonly #children = new Map<NodeId, number>()
  readonly #findings: Findings
  head: Head
  tries: Tries = { txn: 0, directories: new Map<NodeId, TrieNode>([[ROOT_ID, emptyTrie()]]) }

  constructor(pondId: string, findings: Findings) {
    this.head = emptyHead(pondId, emptyRoot())
    this.#findings = findings
    this.nodes.set(ROOT_ID, ROOT)
  }

  /** The node as it is now; what the tries ask for. */
  node(id: NodeId): Promise<Node | undefined> {
    return Promise.resolve(this.nodes.get(id))
  }

  #count(directory: NodeId, change: number): void {
    this.#children.set(directory, (this.#children.get(directory) ?? 0) + change)
  }

  #surroundings({ kind, node }: Event): Surroundings {
    const occupant = this.#slots.get(slotKey(node.parentId, node.name))
    return {
      before: this.nodes.get(node.id),
      parent: this.nodes.get(node.parentId),
      occupant: occupant === undefined ? undefined : this.nodes.get(occupant),
      hasChildren: kind === "removed" && (this.#children.get(node.id) ?? 0) > 0,
      isWithinItself: kind === "moved" && node.type === "dir" && this.#liesWithin(node.parentId, node.id)
    }
  }

  /** Goes up at most as far as there are nodes: what is checked may lie within itself already. */
  #liesWithin(directory: NodeId, id: NodeId): boolean {
    let at = this.nodes.get(directory)
    for (let left = this.nodes.size; at !== undefined && left > 0; left--) {
      if (at.id === id) return true
      if (at.id === ROOT_ID) return false
      at = this.nodes.get(at.parentId)
    }
    return false
  }

  /** Applies one event, noting what it contradicts. */
  apply(event: Event): void {
    const { node } = event
    const before = this.nodes.get(node.id)
    const problem = eventProblem(event, this.#surroundings(event))
    if (problem !== undefined)
      this.#findings.add("tree", `txn ${node.txn}, op ${node.op}`, `node ${node.id}: ${problem}`)
    if (before !== undefined && before.id !== ROOT_ID) {
      this.#slots.delete(slotKey(before.parentId, before.name))
      this.#count(before.parentId, -1)
    }
    if (event.kind === "removed") {
      this.nodes.delete(node.id)
      return
    }
    if (node.id !== ROOT_ID) {
      this.#slots.set(slotKey(node.parentId, node.name), node.id)
      this.#count(node.parentId, 1)
    }
    // The same text once for all children of a directory.
    const parentId = this.nodes.get(node.parentId)?.id ?? node.parentId
    this.nodes.set(node.id, { ...node, parentId })
  }
}

const NO_INDEX = new IndexReader([])

/** Folds the rows of one whole transaction, checking chain, digest, count, names and root; `false` when it does not follow the one before. */
export const foldTransaction = async (
  fold: Fold,
  pondId: string,
  rows: ReadonlyArray<Row>,
  findings: Findings
): Promise<boolean> => {
  const where = `txn ${rows[0]!.txn}`
  try {
    const transactions = transactionsOf(pondId, fold.head, rows)
    const header = headerOf(rows[0]!)
    const events = eventsOf(rows, header.timeMicros)
    if (events.length !== header.count) {
      findings.add("chain", where, `it has ${events.length} events, its header says ${header.count}`)
    }
    if (eventsDigest(events) !== header.events)
      findings.add("chain", where, "its events do not have the digest of its header")
    if (header.timeMicros < fold.head.timeMicros)
      findings.add("chain", where, "it is older than the transaction before it")
    const advanced = await advanceTries(fold.tries, NO_INDEX, fold, events, header.txn)
    if (advanced.root !== header.root) {
      findings.add("root", where, `the names after it have the root ${advanced.root}, its header says ${header.root}`)
    }
    for (const event of events) fold.apply(event)
    fold.tries = advanced.tries
    fold.head = headAfter(fold.head, transactions)
    return true
  } catch (cause) {
    findings.add("chain", where, messageOf(cause))
    return false
  }
}
