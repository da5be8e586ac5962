/**
 * The root hash of a pond, carried from one transaction to the next: only the tries of directories that changed, and of
 * those above them, are touched (R7, R9).
 */
import { toHex } from "../bao/index.ts"
import { entryHash } from "./digest.ts"
import type { Event } from "./event.ts"
import { type Node, type NodeId, ROOT, ROOT_ID } from "./node.ts"
import { emptyTrie, nameHash, type TrieChange, type TrieNode, type TrieSource, updateTrie } from "./trie.ts"

/** The pond before the events: its nodes and the tries of its directories, each asked for when it is needed. */
export interface Before {
  /** The live node with an id. */
  node(id: NodeId): Promise<Node | undefined>
  /** The trie of a directory. */
  trie(directory: NodeId): Promise<TrieNode>
  /** Where the parts of that trie come from that are not in memory. */
  source(directory: NodeId): TrieSource
}

/** The root after the events, hex, and the tries that are other ones now; `null` of a directory that is gone. */
export interface Advanced {
  readonly root: string
  readonly tries: ReadonlyMap<NodeId, TrieNode | null>
}

/** The root of a pond without transactions, hex. */
export const emptyRoot = (): string => toHex(entryHash(ROOT, emptyTrie().hash))

/** What events leave behind: nodes, and slots by directory; `null` where something was and is no more. */
class Update {
  readonly slots = new Map<NodeId, Map<string, Node | null>>()
  readonly nodes = new Map<NodeId, Node | null>()
  readonly created = new Set<NodeId>()
  readonly #before: Before

  constructor(before: Before) {
    this.#before = before
  }

  /** The node as it is after the events so far. */
  async node(id: NodeId): Promise<Node | undefined> {
    const known = this.nodes.get(id)
    if (known !== undefined) return known ?? undefined
    return (await this.#before.node(id)) ?? (id === ROOT_ID ? ROOT : undefined)
  }

  async add({ kind, node }: Event): Promise<void> {
    const old = await this.node(node.id)
    const after = kind === "removed" ? null : node
    this.nodes.set(node.id, after)
    if (kind === "created") this.created.add(node.id)
    if (old !== undefined) this.set(old, null)
    if (after !== null) this.set(after, after)
  }

  /** Says what lies in a node's slot. The root has none. */
  set({ id, name, parentId }: Node, now: Node | null): void {
    if (id !== ROOT_ID) this.slotsOf(parentId).set(name, now)
  }

  slotsOf(directory: NodeId): Map<string, Node | null> {
    let slots = this.slots.get(directory)
    if (slots === undefined) this.slots.set(directory, (slots = new Map()))
    return slots
  }
}

/**
 * The live directories whose tries change, the deepest first: those with changed slots, and every one above them, down
 * to the root.
 */
const dirtyDirectories = async (update: Update): Promise<ReadonlyArray<NodeId>> => {
  const depths = new Map<NodeId, number>([[ROOT_ID, 0]])
  const below = new Set<NodeId>()
  const visit = async (id: NodeId): Promise<number> => {
    const known = depths.get(id)
    if (known !== undefined) return known
    const node = await update.node(id)
    if (node === undefined) return -1
    // Only a history that was made by hand has this: going up would never end.
    if (below.has(id)) throw new TypeError(`directory ${id} lies within itself`)
    below.add(id)
    const depth = (await visit(node.parentId)) + 1
    depths.set(id, depth)
    update.set(node, node)
    return depth
  }
  for (const id of Array.from(update.slots.keys())) await visit(id)
  return [...depths].toSorted(([, left], [, right]) => right - left).map(([id]) => id)
}

/** Carries the root over the events of a transaction, which are given in order. */
export const advanceRoot = async (before: Before, events: Iterable<Event>): Promise<Advanced> => {
  const update = new Update(before)
  for (const event of events) await update.add(event)
  const tries = new Map<NodeId, TrieNode | null>()
  const trieOf = async (id: NodeId): Promise<TrieNode> =>
    tries.get(id) ?? (update.created.has(id) ? emptyTrie() : await before.trie(id))
  const hashOf = async (node: Node): Promise<Uint8Array> =>
    entryHash(node, node.type === "dir" ? (await trieOf(node.id)).hash : undefined)
  for (const id of await dirtyDirectories(update)) {
    const changes: Array<TrieChange> = []
    for (const [name, node] of update.slotsOf(id)) {
      changes.push({ nameHash: nameHash(name), entryHash: node === null ? null : await hashOf(node) })
    }
    tries.set(id, await updateTrie(before.source(id), await trieOf(id), changes))
  }
  for (const [id, node] of update.nodes) if (node === null && !update.created.has(id)) tries.set(id, null)
  return { root: toHex(await hashOf((await update.node(ROOT_ID)) ?? ROOT)), tries }
}
