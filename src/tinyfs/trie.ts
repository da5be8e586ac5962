/**
 * The hash trie of a directory (format.md section 4): one change rehashes O(log n) of it, whatever its size.
 *
 * Entries are ordered by BLAKE3(name). A node that covers at most 256 entries is a leaf, any other a branch of 16; the
 * shape depends on the names alone (R7). Nodes are immutable and loaded when they are needed: a directory of a million
 * entries is never in memory whole.
 */
import { deriveKey, hash, type Mode, sameHash } from "../bao/index.ts"

/** Most entries of a leaf. */
export const LEAF_ENTRIES_MAX = 256

/** One entry: BLAKE3 of the name, and the entry hash of the node. */
export interface TrieEntry {
  readonly nameHash: Uint8Array
  readonly entryHash: Uint8Array
}

/** One change: the new entry hash of a name, or `null` when the name is gone. */
export interface TrieChange {
  readonly nameHash: Uint8Array
  readonly entryHash: Uint8Array | null
}

/** A branch as it is kept on disk: hash and number of entries of each child, `null` where there is none. */
export interface BranchPage {
  readonly children: ReadonlyArray<{ readonly hash: Uint8Array; readonly count: number } | null>
}

/**
 * Where nodes that are not in memory come from: one directory's trie, by the nibbles that lead to a node. What comes
 * must have the hash that is known from above; anything else is a `TypeError`.
 */
export interface TrieSource {
  /** The entries below a prefix of nibbles, at most `LEAF_ENTRIES_MAX`, in the order of their name hashes. */
  entries(prefix: ReadonlyArray<number>): Promise<ReadonlyArray<TrieEntry>>
  /** The branch at a prefix of nibbles. */
  branch(prefix: ReadonlyArray<number>): Promise<BranchPage>
}

/** A node of a trie. */
export type TrieNode = Leaf | Branch

interface Leaf {
  readonly kind: "leaf"
  readonly entries: ReadonlyArray<TrieEntry>
  readonly hash: Uint8Array
}

interface Branch {
  readonly kind: "branch"
  readonly children: ReadonlyArray<Child | null>
  readonly hash: Uint8Array
}

interface Child {
  readonly count: number
  readonly hash: Uint8Array
  /** Not in memory while `undefined`. */
  readonly node: TrieNode | undefined
}

const NOTHING = new Uint8Array(32)
let leafMode: Mode | undefined
let branchMode: Mode | undefined

const nibbleAt = (nameHash: Uint8Array, depth: number): number =>
  depth % 2 === 0 ? nameHash[depth >> 1]! >> 4 : nameHash[depth >> 1]! & 15

const concat = (hashes: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(hashes.length * 32)
  hashes.forEach((one, index) => bytes.set(one, index * 32))
  return bytes
}

const leaf = (entries: ReadonlyArray<TrieEntry>): Leaf => {
  leafMode ??= deriveKey("pondfs 2026-11-21 leaf v1")
  return { kind: "leaf", entries, hash: hash(concat(entries.map(({ entryHash }) => entryHash)), leafMode) }
}

const branchOf = (children: ReadonlyArray<Child | null>): Branch => {
  branchMode ??= deriveKey("pondfs 2026-11-21 branch v1")
  return { kind: "branch", children, hash: hash(concat(children.map((child) => child?.hash ?? NOTHING)), branchMode) }
}

const childOf = (node: TrieNode): Child | null => {
  const count = countOf(node)
  return count === 0 ? null : { count, hash: node.hash, node }
}

/** The hash that orders a name in its directory. */
export const nameHash = (name: string): Uint8Array => hash(new TextEncoder().encode(name))

/** Number of entries below a node. */
export const countOf = (node: TrieNode): number =>
  node.kind === "leaf" ? node.entries.length : node.children.reduce((sum, child) => sum + (child?.count ?? 0), 0)

/** The trie of an empty directory. */
export const emptyTrie = (): TrieNode => leaf([])

/** The trie of all these entries, sorted by name hash; `depth` nibbles of it are used up. */
export const buildTrie = (entries: ReadonlyArray<TrieEntry>, depth = 0): TrieNode => {
  if (entries.length <= LEAF_ENTRIES_MAX) return leaf(entries)
  const groups: Array<Array<TrieEntry>> = Array.from({ length: 16 }, () => [])
  for (const entry of entries) groups[nibbleAt(entry.nameHash, depth)]!.push(entry)
  return branchOf(groups.map((group) => (group.length === 0 ? null : childOf(buildTrie(group, depth + 1)))))
}

/** A node from the page it was kept as: a branch whose children are loaded when needed. */
export const branchFromPage = ({ children }: BranchPage): TrieNode =>
  branchOf(children.map((child) => (child === null ? null : { ...child, node: undefined })))

/** What is kept of a branch. */
export const pageOf = (node: Branch): BranchPage => ({
  children: node.children.map((child) => (child === null ? null : { hash: child.hash, count: child.count }))
})

const load = async (source: TrieSource, prefix: ReadonlyArray<number>, child: Child): Promise<TrieNode> => {
  if (child.node !== undefined) return child.node
  const isLeaf = child.count <= LEAF_ENTRIES_MAX
  const node = isLeaf ? leaf(await source.entries(prefix)) : branchFromPage(await source.branch(prefix))
  if (sameHash(node.hash, child.hash)) return node
  throw new TypeError(`the part of a trie at [${prefix.join(" ")}] does not have the hash that its branch says`)
}

/** The order of hashes as bytes, the first that differs deciding. */
const compareHashes = (left: Uint8Array, right: Uint8Array): number => {
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return left[at]! - right[at]!
  return 0
}

/** Entries, which are sorted, after changes of different names. */
const applyToEntries = (
  entries: ReadonlyArray<TrieEntry>,
  changes: ReadonlyArray<TrieChange>
): ReadonlyArray<TrieEntry> => {
  const after: Array<TrieEntry> = []
  let next = 0
  for (const { entryHash, nameHash } of changes.toSorted((left, right) =>
    compareHashes(left.nameHash, right.nameHash)
  )) {
    while (next < entries.length && compareHashes(entries[next]!.nameHash, nameHash) < 0) after.push(entries[next++]!)
    if (next < entries.length && sameHash(entries[next]!.nameHash, nameHash)) next++
    if (entryHash !== null) after.push({ nameHash, entryHash })
  }
  while (next < entries.length) after.push(entries[next++]!)
  return after
}

/** The trie after changes. Loads only the nodes that lead to them; `prefix` is where `node` stands. */
export const updateTrie = async (
  source: TrieSource,
  node: TrieNode,
  changes: ReadonlyArray<TrieChange>,
  prefix: ReadonlyArray<number> = []
): Promise<TrieNode> => {
  if (changes.length === 0) return node
  if (node.kind === "leaf") return buildTrie(applyToEntries(node.entries, changes), prefix.length)
  const children = [...node.children]
  for (let nibble = 0; nibble < 16; nibble++) {
    const own = changes.filter(({ nameHash }) => nibbleAt(nameHash, prefix.length) === nibble)
    if (own.length === 0) continue
    const path = [...prefix, nibble]
    const before = children[nibble]
    const loaded = before === null || before === undefined ? leaf([]) : await load(source, path, before)
    children[nibble] = childOf(await updateTrie(source, loaded, own, path))
  }
  const after = branchOf(children)
  return countOf(after) > LEAF_ENTRIES_MAX ? after : leaf(await collect(source, after, prefix))
}

/** All entries below a node that has become small enough to be a leaf. */
const collect = async (
  source: TrieSource,
  node: TrieNode,
  prefix: ReadonlyArray<number>
): Promise<ReadonlyArray<TrieEntry>> => {
  if (node.kind === "leaf") return node.entries
  const all: Array<TrieEntry> = []
  for (const [nibble, child] of node.children.entries()) {
    if (child === null) continue
    const path = [...prefix, nibble]
    for (const entry of await collect(source, await load(source, path, child), path)) all.push(entry)
  }
  return all
}

/** Every branch that is in memory below a node, with the nibbles that lead to it. */
export function* branchesIn(
  node: TrieNode,
  prefix: ReadonlyArray<number> = []
): Generator<readonly [ReadonlyArray<number>, BranchPage]> {
  if (node.kind === "leaf") return
  yield [prefix, pageOf(node)]
  for (const [nibble, child] of node.children.entries()) {
    if (child?.node !== undefined) yield* branchesIn(child.node, [...prefix, nibble])
  }
}
