/**
 * Checking the history: every transaction's rows against their header, the chain, and the names they make (R2, R7).
 */
import {
  emptyRoot,
  emptyTrie,
  type Event,
  eventsDigest,
  type Node,
  type NodeId,
  ROOT,
  ROOT_ID,
  slotKey,
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

  /** Applies one event, noting what it contradicts. */
  apply(event: Event): void {
    const { node } = event
    const where = `txn ${node.txn}, op ${node.op}`
    const before = this.nodes.get(node.id)
    if (event.kind === "created" && before !== undefined)
      this.#findings.add("tree", where, `node ${node.id} exists already`)
    if (event.kind !== "created" && before === undefined)
      this.#findings.add("tree", where, `node ${node.id} does not exist`)
    if (this.nodes.get(node.parentId)?.type !== "dir") {
      this.#findings.add("tree", where, `its parent ${node.parentId} is not a directory`)
    }
    if (before !== undefined) this.#slots.delete(slotKey(before.parentId, before.name))
    if (event.kind === "removed") {
      this.nodes.delete(node.id)
      return
    }
    if (node.id !== ROOT_ID) {
      const slot = slotKey(node.parentId, node.name)
      if (this.#slots.has(slot)) this.#findings.add("tree", where, `the name ${JSON.stringify(node.name)} is taken`)
      this.#slots.set(slot, node.id)
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
