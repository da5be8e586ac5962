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

/** A node of a tree: the leaves it covers, and where the pairs of its subtree begin in either order. */
export interface Node {
  /** First leaf, and number of leaves: 1 for a leaf, more for an inner node. */
  readonly start: number
  readonly length: number
  /** Position, in pairs, in a pre-order outboard: of its own pair, or for a leaf of the next pair after it. */
  readonly pre: number
  /** Position, in pairs, of the first pair of its subtree in a post-order outboard. */
  readonly firstPost: number
}

/** The topmost node of a tree of `leaves` leaves. */
export const top = (leaves: number): Node => ({ start: 0, length: leaves, pre: 0, firstPost: 0 })

/** The left child of an inner node. */
export const leftChild = (node: Node): Node => ({
  start: node.start,
  length: leftOf(node.length),
  pre: node.pre + 1,
  firstPost: node.firstPost
})

/** The right child of an inner node. */
export const rightChild = (node: Node): Node => {
  const left = leftOf(node.length)
  return {
    start: node.start + left,
    length: node.length - left,
    pre: node.pre + left,
    firstPost: node.firstPost + left - 1
  }
}

/** Position, in pairs, of an inner node in a post-order outboard: it comes last in its subtree. */
export const postOf = (node: Node): number => node.firstPost + node.length - 2

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
 * Position, in pairs, of the complete subtree over the 2^`level` leaves before leaf `end`, in the post-order outboard
 * of every tree in which it is complete. `level` is at least 1 and `end` a multiple of 2^`level`.
 *
 * The leaf `end - 1` completes one subtree of each level up to the zeros at the end of the binary number `end`; their
 * pairs are the last of the `pairsWithin(end)`, lowest level first.
 */
export const completeAt = (end: number, level: number): number => {
  let zeros = 0
  for (let rest = end; rest % 2 === 0; rest /= 2) zeros += 1
  return pairsWithin(end) - 1 - (zeros - level)
}
