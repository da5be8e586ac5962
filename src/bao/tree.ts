/**
 * Geometry of the BLAKE3 tree: which node covers which leaves, and where its pair lies in an outboard. Pure arithmetic.
 *
 * A leaf is a chunk group of 16 KiB (Pond's outboards) or a chunk of 1 KiB (bao's formats). A subtree over `n > 1`
 * leaves has on its left the largest power of two of leaves strictly below `n`; so a subtree of groups is a subtree of
 * chunks, and both trees have the same root. An outboard lists the pairs (64 bytes), one per inner node, in pre-order
 * (node, left, right: bao's order) or in post-order (left, right, node: Pond's order, because what is complete never
 * moves when content is appended).
 */
import { GROUP_BYTES, PAIR_BYTES } from "./constants.ts"

/** Leaves of a content of `size` bytes: at least one, also for empty content. */
export const leavesOf = (size: number, leafBytes: number): number => Math.max(1, Math.ceil(size / leafBytes))

/** Groups of a content of `size` bytes: its leaves in an outboard of Pond. */
export const groupsOf = (size: number): number => leavesOf(size, GROUP_BYTES)

/** Bytes of the outboard of a content of `size` bytes. */
export const outboardBytes = (size: number): number => (groupsOf(size) - 1) * PAIR_BYTES

/** Leaves of the left subtree over `n > 1` leaves: the largest power of two strictly below `n`. */
export const leftOf = (n: number): number => {
  let left = 1
  while (left * 2 < n) left *= 2
  return left
}

/** A range of leaves that a node covers: 1 leaf for a leaf, more for an inner node. */
export interface Cover {
  readonly start: number
  readonly length: number
}

/** A node of a tree. */
export interface Node extends Cover {
  /** Position, in pairs, in a pre-order outboard: of its own pair, or for a leaf of the next pair after it. */
  readonly pre: number
}

/** The topmost node of a tree of `leaves` leaves. */
export const top = (leaves: number): Node => ({ start: 0, length: leaves, pre: 0 })

/** The left child of an inner node. */
export const leftChild = (node: Node): Node => ({ start: node.start, length: leftOf(node.length), pre: node.pre + 1 })

/** The right child of an inner node: between its pair and its parent's lie all pairs of the left child. */
export const rightChild = (node: Node): Node => {
  const left = leftOf(node.length)
  return { start: node.start + left, length: node.length - left, pre: node.pre + left }
}

/** Lists, in pre-order, the nodes of a tree of `leaves` leaves that cover any of the leaves [from, to). */
export function* nodes(leaves: number, from = 0, to = leaves): Generator<Node> {
  const pending = [top(leaves)]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.start >= to || node.start + node.length <= from) continue
    yield node
    if (node.length > 1) pending.push(rightChild(node), leftChild(node))
  }
}

/** Groups whose chaining value is final: all but the last, which stays open with 1 to 16,384 bytes. */
export const closedGroups = (size: number): number => (size === 0 ? 0 : Math.floor((size - 1) / GROUP_BYTES))

/** Complete subtrees, as large as possible, that make up `n` leaves: the ones in the binary number `n`. */
export const subtreesOf = (n: number): number => {
  let ones = 0
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2
  return ones
}

/** Pairs within the complete subtrees that make up `n` leaves; the head of the post-order outboard of every longer tree. */
export const pairsWithin = (n: number): number => n - subtreesOf(n)

/** Pairs at the head of the post-order outboard of a content of `size` bytes that no append moves or changes. */
export const stablePairs = (size: number): number => pairsWithin(Math.floor(size / GROUP_BYTES))

/**
 * Position, in pairs, of an inner node in a post-order outboard: after the pairs within the complete subtrees to its
 * left, and last in its own subtree. It depends on no leaf after the node, so what is complete never moves.
 */
export const postOf = (node: Cover): number => pairsWithin(node.start) + node.length - 2
