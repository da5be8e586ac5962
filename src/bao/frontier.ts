/**
 * The left edge of a growing tree: the chaining values of the complete subtrees of the groups closed so far.
 *
 * A content of `n` closed groups is a row of complete subtrees, as large as possible, largest first: as many as the
 * binary number `n` has ones. Closing a group merges equal neighbours like a carry in that number. The last group of a
 * content is never closed: whether its compression, or the pair above it, is the root is known only at the end. That is
 * what makes sizes of exactly 2^k groups need no special case (R5).
 */
import { BATCH_GROUPS, GROUP_BYTES, GROUP_CHUNKS, HASH_BYTES, PAIR_BYTES } from "./constants.ts"
import { kernel } from "./kernels.ts"
import type { Mode } from "./mode.ts"
import { closedGroups, postOf } from "./tree.ts"

/** Takes pairs in post-order as they become final. The bytes are only lent for the call: copy them to keep them. */
export type Emit = (pairs: Uint8Array) => void

/** Subtrees for which there is room when the first closes: enough below 1 GiB. Most contents are one group, and close none. */
const FIRST_SUBTREES = 16

const NOTHING = new Uint8Array(0)

/** Room for one batch on its way into a frontier: no state, so all of a thread share it, and thousands of them are small. */
const CVS = new Uint8Array(BATCH_GROUPS * HASH_BYTES)
const PAIRS = new Uint8Array((BATCH_GROUPS - 1) * PAIR_BYTES)

/** The complete subtrees of a content, or of a subtree that begins at a group other than 0. State: 32 bytes for each. */
export class Frontier {
  readonly mode: Mode
  /** The group at which the first subtree begins. */
  readonly firstGroup: number
  #closed = 0
  #depth = 0
  #stack = NOTHING

  constructor(mode: Mode, firstGroup = 0) {
    this.mode = mode
    this.firstGroup = firstGroup
  }

  /** Groups closed so far. */
  get closed(): number {
    return this.#closed
  }

  /** Copies the state: both go on by themselves. */
  clone(): Frontier {
    const copy = new Frontier(this.mode, this.firstGroup)
    copy.#closed = this.#closed
    copy.#depth = this.#depth
    copy.#stack = this.#stack.slice()
    return copy
  }

  /** Closes all groups of `bytes` but the last, which stays open, and returns how many bytes that were. */
  feed(bytes: Uint8Array, emit?: Emit): number {
    let at = 0
    while (bytes.length - at > GROUP_BYTES) {
      const room = BATCH_GROUPS - (this.#closed % BATCH_GROUPS)
      const count = Math.min(room, closedGroups(bytes.length - at))
      const firstChunk = (this.firstGroup + this.#closed) * GROUP_CHUNKS
      const end = at + count * GROUP_BYTES
      kernel().groups(this.mode, bytes.subarray(at, end), count, firstChunk, CVS)
      this.add(CVS, count, emit)
      at = end
    }
    return at
  }

  /** Closes `count` groups whose chaining values are `cvs`. */
  add(cvs: Uint8Array, count: number, emit?: Emit): void {
    for (let at = 0; at < count;) {
      let level = 0
      let span = 1
      while (span < BATCH_GROUPS && this.#closed % (span * 2) === 0 && at + span * 2 <= count) {
        level += 1
        span *= 2
      }
      this.push(this.#reduce(cvs.subarray(at * HASH_BYTES, (at + span) * HASH_BYTES), level, emit), level, emit)
      at += span
    }
  }

  /** Closes a complete subtree of 2^`level` groups by its chaining value. What is closed must be a multiple of that. */
  push(cv: Uint8Array, level: number, emit?: Emit): void {
    const span = 2 ** level
    let neighbours = this.#closed / span
    this.#closed += span
    if ((this.#depth + 1) * HASH_BYTES > this.#stack.length) this.#grow()
    this.#stack.set(cv, this.#depth * HASH_BYTES)
    this.#depth += 1
    for (; neighbours % 2 === 1; neighbours = Math.floor(neighbours / 2)) {
      const pair = this.#stack.subarray((this.#depth - 2) * HASH_BYTES, this.#depth * HASH_BYTES)
      emit?.(pair)
      kernel().parents(this.mode, pair, 1, pair)
      this.#depth -= 1
    }
  }

  /**
   * Joins all subtrees with `cv`, the chaining value of the open group, and returns the topmost pair. The pairs emitted
   * are the ragged edge of the outboard, bottom up; the state does not change. At least one group must be closed.
   */
  fold(cv: Uint8Array, emit?: Emit): Uint8Array {
    const pair = new Uint8Array(PAIR_BYTES)
    pair.set(cv, HASH_BYTES)
    for (let i = this.#depth - 1; ; i--) {
      pair.set(this.#stack.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
      emit?.(pair)
      if (i === 0) return pair
      kernel().parents(this.mode, pair, 1, pair.subarray(HASH_BYTES))
    }
  }

  #grow(): void {
    const larger = new Uint8Array(Math.max(FIRST_SUBTREES * HASH_BYTES, 2 * this.#stack.length))
    larger.set(this.#stack)
    this.#stack = larger
  }

  /** Reduces 2^`level` chaining values to one, level by level, each level in one call of the kernel. */
  #reduce(cvs: Uint8Array, level: number, emit?: Emit): Uint8Array {
    let below = cvs
    for (let height = 1; height <= level; height++) {
      const count = 2 ** (level - height)
      if (emit !== undefined) this.#arrange(below, count, 2 ** height)
      kernel().parents(this.mode, below, count, CVS)
      below = CVS
    }
    if (level > 0) emit?.(PAIRS.subarray(0, (2 ** level - 1) * PAIR_BYTES))
    return below.subarray(0, HASH_BYTES)
  }

  /** Puts the pairs of `count` neighbouring subtrees of `length` groups where they belong in post-order. */
  #arrange(pairs: Uint8Array, count: number, length: number): void {
    for (let i = 0; i < count; i++) {
      const pair = pairs.subarray(i * PAIR_BYTES, (i + 1) * PAIR_BYTES)
      PAIRS.set(pair, postOf({ start: i * length, length }) * PAIR_BYTES)
    }
  }
}
