/**
 * What a tail adds to the index: the entries of the piece that a publication writes, in order of keys.
 */
import { encode } from "cborg"
import { branchesIn, entryHash, type Node, type NodeId, ROOT_ID } from "../tinyfs/index.ts"
import { branch, type Entry, event, header, type Key, slot } from "./index/keys.ts"
import type { IndexReader } from "./index/reader.ts"
import { Namespace, nameHash } from "./namespace.ts"
import { COLUMNS, type Row } from "./row.ts"
import { encodeEvent, encodeSlot } from "./slots.ts"
import type { State } from "./state.ts"
import { Tail } from "./tail.ts"
import { encodeBranch, trieHash, type Tries } from "./tries.ts"

/** All entries that change by publishing a state, sorted; `null` values are tombstones. Rejects with what the index says. */
export const indexEntries = async (state: State, tries: Tries): Promise<ReadonlyArray<Entry>> => {
  const entries = new Map<Key, Uint8Array | null>()
  addHistory(entries, state)
  await addSlots(entries, state, tries)
  await addBranches(entries, state.index, tries)
  return [...entries].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([key, value]) => ({ key, value }))
}

/** Headers and event rows. */
const addHistory = (entries: Map<Key, Uint8Array | null>, { tail }: State): void => {
  for (const { chain, rows, timeMicros, txn } of tail.transactions) {
    for (const row of rows) {
      if (row.op === 0) entries.set(header(txn), encode([COLUMNS.map(({ name }) => row[name]), chain]))
      else entries.set(event(row.node_id!, txn, row.op, row.extent_offset ?? 0), encodeEvent({ row, timeMicros }))
    }
  }
}

/** The slots that changed, and those of directories below which something changed: their entry hashes are new. */
const addSlots = async (entries: Map<Key, Uint8Array | null>, state: State, tries: Tries): Promise<void> => {
  const published = new Namespace({ index: state.index, tail: new Tail() }, state.publication?.txn ?? 0)
  const current = new Namespace(state, state.head.txn)
  const touched = new Map<NodeId, Row>()
  for (const { rows } of state.tail.transactions) {
    for (const row of rows) if (row.node_id !== null && row.kind !== "extent") touched.set(row.node_id, row)
  }
  const live: Array<Node> = []
  for (const id of touched.keys()) {
    const before = await published.node(id)
    if (before !== undefined) entries.set(slot(before.parentId, nameHash(before.name)), null)
    const after = await current.node(id)
    if (after !== undefined) live.push(after)
  }
  for (const id of tries.directories.keys()) {
    const directory = touched.has(id) || id === ROOT_ID ? undefined : await current.node(id)
    if (directory !== undefined) live.push(directory)
  }
  for (const node of live) {
    if (node.id === ROOT_ID) continue
    const row = touched.get(node.id) ?? (await current.newestRow(node.id))
    const children = node.type === "dir" ? await trieHash(tries, state.index, node.id) : undefined
    const value = { row, timeMicros: node.timeMicros, entryHash: entryHash(node, children) }
    entries.set(slot(node.parentId, nameHash(node.name)), encodeSlot(value))
  }
}

/** The branches of tries that were touched. A directory that became small loses the branch at its top. */
const addBranches = async (entries: Map<Key, Uint8Array | null>, index: IndexReader, tries: Tries): Promise<void> => {
  for (const [directory, trie] of tries.directories) {
    for (const [nibbles, page] of branchesIn(trie)) entries.set(branch(directory, nibbles), encodeBranch(page))
    const top = branch(directory, [])
    if (trie.kind === "leaf" && (await index.get(top)) !== undefined) entries.set(top, null)
  }
}
