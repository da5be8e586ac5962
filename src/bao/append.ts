/**
 * Going on with a content that was stored: what must be kept of it, and what must be read again.
 *
 * Kept: its size, its root and its stable pairs. They give the chaining value of every complete subtree of two groups or
 * more. Read again: the bytes from `tailStart` on, at most 32 KiB, which hold the group without a stable pair above it,
 * if there is one, and the open group. Before anything is appended, both together must give the root.
 */
import { GROUP_BYTES, HASH_BYTES, PAIR_BYTES } from "./constants.ts"
import { InvalidSize, StateMismatch, WrongLength } from "./errors.ts"
import { Frontier } from "./frontier.ts"
import { Hasher } from "./hasher.ts"
import { sameHash } from "./hex.ts"
import { kernel } from "./kernels.ts"
import type { Mode } from "./mode.ts"
import { HASH } from "./mode.ts"
import { concatenate, OutboardBuilder } from "./outboard.ts"
import { closedGroups, completeAt, stablePairs } from "./tree.ts"

/** What is stored of a content, to append to it or to complete its outboard. */
export interface Stored {
  readonly root: Uint8Array
  readonly sizeBytes: number
  /** Its stable pairs, in order; what follows them, as in a complete outboard, is not looked at. */
  readonly stable: Uint8Array
  /** The mode the content was hashed in; the plain hash when left out. */
  readonly mode?: Mode
}

/** First byte that must be read again of a content of `size` bytes: a multiple of 32 KiB, at most 32 KiB before its end. */
export const tailStart = (size: number): number => {
  const closed = closedGroups(size)
  return (closed - (closed % 2)) * GROUP_BYTES
}

/**
 * Returns the builder of a stored content, ready to append to it. `tail` is the content from `tailStart(sizeBytes)` to
 * its end. Throws `StateMismatch` when root, size, stable pairs and tail do not belong together, `WrongLength` when
 * pairs are missing or the tail has another length.
 */
export const resume = (stored: Stored, tail: Uint8Array): OutboardBuilder => {
  const builder = rebuild(stored.sizeBytes, stored.stable, tail, stored.mode)
  if (!sameHash(builder.root(), stored.root)) throw new StateMismatch(stored.sizeBytes)
  return builder
}

/** Returns the whole outboard of a stored content: its stable pairs and the edge above `tail`. Throws as `resume` does. */
export const completeOutboard = (stored: Stored, tail: Uint8Array): Uint8Array =>
  concatenate([stored.stable.subarray(0, stablePairs(stored.sizeBytes) * PAIR_BYTES), resume(stored, tail).edge()])

/** Returns the builder of the content of `size` bytes with these stable pairs and this tail, whatever its root may be. */
export const rebuild = (size: number, stable: Uint8Array, tail: Uint8Array, mode: Mode = HASH): OutboardBuilder => {
  if (!Number.isSafeInteger(size) || size < 0) throw new InvalidSize(size)
  const start = tailStart(size)
  const stableBytes = stablePairs(size) * PAIR_BYTES
  if (stable.length < stableBytes) throw new WrongLength("outboard", stableBytes, stable.length)
  if (tail.length !== size - start) throw new WrongLength("content", size - start, tail.length)

  const frontier = new Frontier(mode)
  const groups = start / GROUP_BYTES
  const cv = new Uint8Array(HASH_BYTES)
  while (frontier.closed < groups) {
    let level = 1
    while (frontier.closed + 2 ** (level + 1) <= groups) level += 1
    const at = completeAt(frontier.closed + 2 ** level, level) * PAIR_BYTES
    kernel().parents(mode, stable.subarray(at, at + PAIR_BYTES), 1, cv)
    frontier.push(cv, level)
  }
  return new OutboardBuilder(new Hasher(frontier).update(tail))
}
