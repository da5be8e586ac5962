/**
 * The root hash of the namespace, kept up to date change by change: one hash trie per directory that was touched (R7, R9).
 *
 * Immutable: a commit that fails leaves the tries of the head as they were. Directories that are not in memory, and parts of large
 * ones, come from the index of the newest publication; what changed since then is always in memory.
 */
import {
  branchFromPage,
  type BranchPage,
  buildTrie,
  emptyTrie,
  entryHash,
  type Event,
  type Node,
  type NodeId,
  ROOT,
  ROOT_ID,
  type TrieChange,
  type TrieEntry,
  type TrieNode,
  type TrieSource,
  updateTrie
} from "../tinyfs/index.ts"
import { decode, encode } from "cborg"
import { toHex } from "../bao/index.ts"
import { branch, slots } from "./index/keys.ts"
import type { IndexReader } from "./index/reader.ts"
import { nameHash } from "./namespace.ts"
import { decodeSlot } from "./slots.ts"

/** Finds nodes as they were before the changes. */
export interface Before {
  node(id: NodeId): Promise<Node | undefined>
}

/** The tries of the directories that changed since a publication, at a txn. */
export interface Tries {
  readonly txn: number
  readonly directories: ReadonlyMap<NodeId, TrieNode>
}

/** The root hash of a pond without transactions, hex. */
export const emptyRoot = (): string => toHex(entryHash(ROOT, emptyTrie().hash))

/** Encodes a branch for the index. */
export const encodeBranch = ({ children }: BranchPage): Uint8Array =>
  encode(children.map((child) => (child === null ? null : [child.hash, child.count])))

const decodeBranch = (bytes: Uint8Array): BranchPage => {
  const children = decode(bytes) as ReadonlyArray<readonly [Uint8Array, number] | null>
  return { children: children.map((child) => (child === null ? null : { hash: child[0], count: child[1] })) }
}

const sourceOf = (index: IndexReader, directory: NodeId): TrieSource => ({
  entries: async (prefix) => {
    const entries: Array<TrieEntry> = []
    for (const { key, value } of await index.range(slots(directory, prefix))) {
      entries.push({ nameHash: Buffer.from(key.slice(-32), "latin1"), entryHash: decodeSlot(value).entryHash })
    }
    return entries
  },
  branch: async (prefix) => {
    const page = await index.get(branch(directory, prefix))
    if (page === undefined) throw new TypeError(`the index lacks a branch of directory ${directory}`)
    return decodeBranch(page)
  }
})

const loadTrie = async (index: IndexReader, directory: NodeId): Promise<TrieNode> => {
  const page = await index.get(branch(directory, []))
  if (page !== undefined) return branchFromPage(decodeBranch(page))
  return buildTrie(await sourceOf(index, directory).entries([]))
}

/** The trie hash of a directory at the tries' txn. */
export const trieHash = async (tries: Tries, index: IndexReader, directory: NodeId): Promise<Uint8Array> =>
  (tries.directories.get(directory) ?? (await loadTrie(index, directory))).hash

/** The work of one update: slots that change, by directory. */
class Update {
  readonly slots = new Map<NodeId, Map<string, Node | null>>()
  readonly nodes = new Map<NodeId, Node | null>()
  readonly #before: Before

  constructor(before: Before) {
    this.#before = before
  }

  /** The node as it is after the events so far. */
  async node(id: NodeId): Promise<Node | undefined> {
    if (id === ROOT_ID) return this.nodes.get(id) ?? (await this.#before.node(id)) ?? ROOT
    const known = this.nodes.get(id)
    return known === undefined ? this.#before.node(id) : (known ?? undefined)
  }

  async add({ kind, node }: Event): Promise<void> {
    const old = await this.node(node.id)
    const after = kind === "removed" ? null : node
    if (old !== undefined && node.id !== ROOT_ID) this.set(old.parentId, old.name, null)
    if (after !== null && node.id !== ROOT_ID) this.set(node.parentId, node.name, node)
    this.nodes.set(node.id, after)
    if (node.id === ROOT_ID) this.slotsOf(ROOT_ID)
  }

  set(parentId: NodeId, name: string, node: Node | null): void {
    this.slotsOf(parentId).set(name, node)
  }

  slotsOf(directory: NodeId): Map<string, Node | null> {
    let slots = this.slots.get(directory)
    if (slots === undefined) this.slots.set(directory, (slots = new Map()))
    return slots
  }
}

/** Directories to rehash, the deepest first, with every ancestor of a changed one. */
const dirtyDirectories = async (update: Update): Promise<ReadonlyArray<Node>> => {
  const depths = new Map<NodeId, { readonly node: Node; readonly depth: number }>()
  const visit = async (id: NodeId): Promise<number> => {
    const known = depths.get(id)
    if (known !== undefined) return known.depth
    const node = await update.node(id)
    if (node === undefined) return -1
    const depth = id === ROOT_ID ? 0 : (await visit(node.parentId)) + 1
    depths.set(id, { node, depth })
    if (id !== ROOT_ID) update.set(node.parentId, node.name, node)
    return depth
  }
  for (const id of Array.from(update.slots.keys())) await visit(id)
  return [...depths.values()].toSorted((left, right) => right.depth - left.depth).map(({ node }) => node)
}

/** The tries and the root hash (hex) after the events of a transaction. */
export const advanceTries = async (
  tries: Tries,
  index: IndexReader,
  before: Before,
  events: ReadonlyArray<Event>,
  txn: number
): Promise<{ readonly tries: Tries; readonly root: string }> => {
  const update = new Update(before)
  for (const event of events) await update.add(event)
  update.slotsOf(ROOT_ID)
  const directories = new Map(tries.directories)
  const isNew = new Set(events.filter(({ kind }) => kind === "created").map(({ node }) => node.id))
  const trieOf = async (id: NodeId): Promise<TrieNode> =>
    directories.get(id) ?? (isNew.has(id) ? emptyTrie() : await loadTrie(index, id))
  const hashOf = async (node: Node): Promise<Uint8Array> =>
    entryHash(node, node.type === "dir" ? (await trieOf(node.id)).hash : undefined)
  for (const directory of await dirtyDirectories(update)) {
    const changes: Array<TrieChange> = []
    for (const [name, node] of update.slotsOf(directory.id)) {
      changes.push({ nameHash: nameHash(name), entryHash: node === null ? null : await hashOf(node) })
    }
    const source = sourceOf(index, directory.id)
    directories.set(directory.id, await updateTrie(source, await trieOf(directory.id), changes))
  }
  for (const [id, node] of update.nodes) if (node === null) directories.delete(id)
  const root = (await update.node(ROOT_ID)) ?? ROOT
  return { tries: { txn, directories }, root: toHex(entryHash(root, directories.get(ROOT_ID)!.hash)) }
}
