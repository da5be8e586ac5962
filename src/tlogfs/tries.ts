/**
 * The root hash of the namespace, kept up to date change by change: one hash trie per directory that was touched (R7, R9).
 *
 * Immutable: a commit that fails leaves the tries of the head as they were. Directories that are not in memory, and parts of large
 * ones, come from the index of the newest publication; what changed since then is always in memory.
 */
import { decode, encode } from "cborg"
import {
  advanceRoot,
  branchFromPage,
  type BranchPage,
  buildTrie,
  type Event,
  type Node,
  type NodeId,
  type TrieEntry,
  type TrieNode,
  type TrieSource
} from "../tinyfs/index.ts"
import { branch, slots } from "./index/keys.ts"
import type { IndexReader } from "./index/reader.ts"
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

/** The tries and the root hash (hex) after the events of a transaction. */
export const advanceTries = async (
  tries: Tries,
  index: IndexReader,
  before: Before,
  events: ReadonlyArray<Event>,
  txn: number
): Promise<{ readonly tries: Tries; readonly root: string }> => {
  const advanced = await advanceRoot(
    {
      node: (id) => before.node(id),
      trie: async (id) => tries.directories.get(id) ?? (await loadTrie(index, id)),
      source: (id) => sourceOf(index, id)
    },
    events
  )
  const directories = new Map(tries.directories)
  for (const [id, trie] of advanced.tries) {
    if (trie === null) directories.delete(id)
    else directories.set(id, trie)
  }
  return { tries: { txn, directories }, root: advanced.root }
}
