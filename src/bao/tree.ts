/**
 * Geometry of the BLAKE3 tree over 16 KiB chunk groups: which node lies where in an outboard. Pure arithmetic.
 *
 * A subtree over `n > 1` leaves has on its left the largest power of two of leaves strictly below `n`. An outboard is a
 * list of pairs (64 bytes), one per inner node, in pre-order (node, left, right: the official bao order) or in post-order
 * (left, right, node: what is complete never moves when content is appended; Pond's order).
 */
import { GROUP_BYTES, PAIR_BYTES } from "./constants.ts"

/** Groups of a content of `size` bytes: at least one, also for empty content. */
export const groupsOf = (size: number): number => Math.max(1, Math.ceil(size / GROUP_BYTES))

/** Bytes of the outboard of a content of `size` bytes. */
export const outboardBytes = (size: number): number => (groupsOf(size) - 1) * PAIR_BYTES

/** Leaves of the left subtree over `n > 1` leaves: the largest power of two strictly below `n`. */
export const leftOf = (n: number): number => {
  let left = 1
  while (left * 2 < n) left *= 2
  return left
}

/** Position, in pairs, of the node over leaves [start, start + length) in a pre-order outboard of `n` leaves. */
export const preOrder = (n: number, start: number, length: number): number => {
  let index = 0
  let at = 0
  while (at !== start || n !== length) {
    const left = leftOf(n)
    if (start < at + left) {
      index += 1
      n = left
    } else {
      index += left
      at += left
      n -= left
    }
  }
  return index
}

/** Position, in pairs, of the node over leaves [start, start + length) in a post-order outboard of `n` leaves. */
export const postOrder = (n: number, start: number, length: number): number => {
  let index = 0
  let at = 0
  while (at !== start || n !== length) {
    const left = leftOf(n)
    if (start < at + left) n = left
    else {
      index += left - 1
      at += left
      n -= left
    }
  }
  return index + n - 2
}

/** Pairs at the head of the post-order outboard of a content of `size` bytes that no append moves or changes. */
export const stablePairs = (size: number): number => {
  let pairs = 0
  for (let full = Math.floor(size / GROUP_BYTES), bit = 1; full > 0; full = Math.floor(full / 2), bit *= 2) {
    if (full % 2 === 1) pairs += bit - 1
  }
  return pairs
}

/** Groups whose chaining value is final: all but the last, which stays open with 1 to 16,384 bytes. */
export const closedGroups = (size: number): number => (size === 0 ? 0 : Math.floor((size - 1) / GROUP_BYTES))
