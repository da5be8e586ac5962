/**
 * Going on with a content that was stored: what must be kept of it, and what must be read again.
 *
 * Kept: its size, its root and its stable pairs. They give the chaining value of every complete subtree of two groups or
 * more. Read again: the bytes from `tailStart` on, at most 32 KiB, which hold the group without a stable pair above it,
 * if there is one, and the open group. Before anything is appended, both together must give the root.
 */
import { GROUP_BYTES, HASH_BYTES } from "./constants.ts"
import { InvalidSize, StateMismatch, WrongLength } from "./errors.ts"
import { Frontier } from "./frontier.ts"
import { Hasher } from "./hasher.ts"
import { sameHash } from "./hex.ts"
import { kernel } from "./kernels.ts"
import { HASH } from "./mode.ts"
import type { HashTree } from "./outboard.ts"
import { OutboardBuilder, pairAt } from "./outboard.ts"
import { closedGroups, postOf, stablePairs } from "./tree.ts"

/** First byte that must be read again of a content of `size` bytes: a multiple of 32 KiB, at most 32 KiB before its end. */
export const tailStart = (size: number): number => {
  const closed = closedGroups(size)
  return (closed - (closed % 2)) * GROUP_BYTES
}

/**
 * Returns the builder of a stored content, ready to append to it. `tail` is the content from `tailStart(sizeBytes)` to
 * its end; of the outboard only the stable pairs are looked at, the others may be missing. Throws `StateMismatch` when
 * these do not give the root, `WrongLength` when pairs are missing or the tail has another length.
 */
export const resume = (stored: HashTree, tail: Uint8Array): OutboardBuilder => {
  const builder = rebuild(stored, stored.sizeBytes, tail)
  if (!sameHash(builder.root(), stored.root)) throw new StateMismatch(stored.sizeBytes)
  return builder
}

/**
 * Returns the tree of a stored content, of whose outboard the stable pairs are known, with the whole outboard: the pairs
 * of the edge are computed from `tail`. Throws as `resume` does.
 */
export const complete = (stored: HashTree, tail: Uint8Array): HashTree => {
  const edge = resume(stored, tail).edge()
  const stable = stablePairs(stored.sizeBytes)
  return {
    ...stored,
    outboard: (position) =>
      position < stable ? pairAt(stored, position) : pairAt({ outboard: edge }, position - stable)
  }
}

/**
 * Returns the builder of the first `size` bytes of the content that a tree describes, with the last of them, from
 * `tailStart(size)` on, as `tail`. Every content that begins with these bytes has these stable pairs; they are believed.
 */
export const rebuild = (tree: HashTree, size: number, tail: Uint8Array): OutboardBuilder => {
  if (!Number.isSafeInteger(size) || size < 0) throw new InvalidSize(size)
  const start = tailStart(size)
  if (tail.length !== size - start) throw new WrongLength("content", size - start, tail.length)

  const mode = tree.mode ?? HASH
  const frontier = new Frontier(mode)
  const groups = start / GROUP_BYTES
  const cv = new Uint8Array(HASH_BYTES)
  while (frontier.closed < groups) {
    const level = Math.floor(Math.log2(groups - frontier.closed))
    kernel().parents(mode, pairAt(tree, postOf({ start: frontier.closed, length: 2 ** level })), 1, cv)
    frontier.push(cv, level)
  }
  return new OutboardBuilder(new Hasher(frontier).update(tail))
}
