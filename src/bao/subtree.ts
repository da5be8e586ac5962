/**
 * Chaining values of parts of a content: groups, subtrees, parents. The tools for hashing a content in pieces.
 *
 * Rules of safe use (BLAKE3 `hazmat`): a chaining value belongs to an offset; it is never the hash of a content; only
 * the left one of two neighbours must be complete, and as large as `leftOf` says.
 */
import { GROUP_BYTES, GROUP_CHUNKS, HASH_BYTES, PAIR_BYTES } from "./constants.ts"
import { Misaligned } from "./errors.ts"
import type { Emit } from "./frontier.ts"
import { Frontier } from "./frontier.ts"
import { kernel } from "./kernels.ts"
import type { Mode } from "./mode.ts"
import { HASH } from "./mode.ts"
import { groupsOf } from "./tree.ts"

/** Hashes more than one group, the first of them group `firstGroup` of its content, into the topmost pair. */
export const topPair = (mode: Mode, bytes: Uint8Array, firstGroup: number, emit?: Emit): Uint8Array => {
  const frontier = new Frontier(mode, firstGroup)
  const closedBytes = frontier.feed(bytes, emit)
  const cv = new Uint8Array(HASH_BYTES)
  kernel().group(mode, bytes.subarray(closedBytes), (firstGroup + frontier.closed) * GROUP_CHUNKS, false, cv)
  return frontier.fold(cv, emit)
}

/**
 * Computes the chaining value of the subtree that covers `bytes`, at least one, beginning at byte `offset` of a content.
 * Only the last subtree of a content may be other than a power of two of groups. Throws `Misaligned` unless `offset` is
 * a multiple of the power of two of groups that spans the subtree. `emit` takes the pairs of the subtree, in post-order.
 */
export const subtreeCv = (bytes: Uint8Array, offset: number, mode: Mode = HASH, emit?: Emit): Uint8Array => {
  let span = GROUP_BYTES
  while (span < bytes.length) span *= 2
  if (bytes.length === 0 || !Number.isSafeInteger(offset) || offset < 0 || offset % span !== 0) {
    throw new Misaligned(offset, bytes.length)
  }
  const firstGroup = offset / GROUP_BYTES
  const cv = new Uint8Array(HASH_BYTES)
  if (groupsOf(bytes.length) === 1) kernel().group(mode, bytes, firstGroup * GROUP_CHUNKS, false, cv)
  else kernel().parents(mode, topPair(mode, bytes, firstGroup, emit), 1, cv)
  return cv
}

/** Joins the chaining values of two neighbours, 32 bytes each, to the one of their parent, which is not the root. */
export const parentCv = (left: Uint8Array, right: Uint8Array, mode: Mode = HASH): Uint8Array => {
  const cv = new Uint8Array(HASH_BYTES)
  kernel().parents(mode, pairOf(left, right), 1, cv)
  return cv
}

/** Joins the chaining values of the two halves of a whole content, 32 bytes each, to its hash. */
export const rootOf = (left: Uint8Array, right: Uint8Array, mode: Mode = HASH): Uint8Array => {
  const root = new Uint8Array(HASH_BYTES)
  kernel().root(mode, pairOf(left, right), root)
  return root
}

const pairOf = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  const pair = new Uint8Array(PAIR_BYTES)
  pair.set(left)
  pair.set(right, HASH_BYTES)
  return pair
}
