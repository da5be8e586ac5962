/**
 * Outboards: the pairs of a content's hash tree, 16 KiB groups, post-order (bao-tree layout); about 0.4 % of the content.
 *
 * The head of an outboard, its *stable* pairs, stays as it is whatever is appended to the content; the rest, at most one
 * pair per level, is the *edge* and changes with every byte. An append therefore adds its new stable pairs to a file or
 * a row and never rewrites an old one (R9).
 */
import { PAIR_BYTES } from "./constants.ts"
import { WrongLength } from "./errors.ts"
import type { Emit } from "./frontier.ts"
import { Hasher } from "./hasher.ts"
import type { Mode } from "./mode.ts"
import { HASH } from "./mode.ts"
import { pairsWithin, stablePairs } from "./tree.ts"
import type { Content } from "./walk.ts"

/** A content as its hash, size and outboard tell: all that is needed to verify any part of it. */
export interface HashTree extends Content {
  /**
   * The pairs in post-order: all of them, or what reads the pair (64 bytes) at a position, so that the outboard of a
   * huge content need not be in memory.
   */
  readonly outboard: Uint8Array | ((position: number) => Uint8Array)
}

/** Reads the pair (64 bytes) at a position of a tree's post-order outboard. Throws `WrongLength` where there is none. */
export const pairAt = (tree: Pick<HashTree, "outboard">, position: number): Uint8Array => {
  const { outboard } = tree
  const start = position * PAIR_BYTES
  const pair = typeof outboard === "function" ? outboard(position) : outboard.subarray(start, start + PAIR_BYTES)
  if (pair.length !== PAIR_BYTES) throw new WrongLength("outboard", start + PAIR_BYTES, start + pair.length)
  return pair
}

/** Builds the hash tree of `bytes`. */
export const hashTree = (bytes: Uint8Array, mode: Mode = HASH): HashTree & { readonly outboard: Uint8Array } => {
  const builder = new OutboardBuilder(mode)
  const stable = builder.update(bytes)
  return { root: builder.root(), sizeBytes: bytes.length, outboard: concatenate([stable, builder.edge()]), mode }
}

/** A growing content and its outboard. The state is that of a `Hasher`; the pairs are handed out and not kept. */
export class OutboardBuilder {
  readonly #hasher: Hasher
  #end: { readonly root: Uint8Array; readonly pairs: Uint8Array } | undefined

  /** Begins empty; or, given a hasher, with what was hashed by it, whose stable pairs were handed out before. */
  constructor(from: Mode | Hasher = HASH) {
    this.#hasher = from instanceof Hasher ? from : new Hasher(from)
  }

  /** Bytes of the content so far. */
  get sizeBytes(): number {
    return this.#hasher.sizeBytes
  }

  /** Copies the state: both go on by themselves. */
  clone(): OutboardBuilder {
    return new OutboardBuilder(this.#hasher.clone())
  }

  /** Adds bytes to the content and returns the pairs that became stable: they follow those returned before. */
  update(bytes: Uint8Array): Uint8Array {
    return bytes.length === 0 ? new Uint8Array(0) : this.#add((emit) => this.#hasher.update(bytes, emit))
  }

  /** As `update`, for a complete subtree of which only chaining value and pairs are known; see `Hasher.addSubtree`. */
  addSubtree(cv: Uint8Array, level: number, pairs: Uint8Array): Uint8Array {
    return this.#add((emit) => this.#hasher.addSubtree(cv, level, pairs, emit))
  }

  /** Returns the hash of the content so far: 32 bytes. */
  root(): Uint8Array {
    return this.#ending().root.slice()
  }

  /** Returns the edge: the pairs that complete the outboard after all stable ones. */
  edge(): Uint8Array {
    return this.#ending().pairs.slice(this.#early * PAIR_BYTES)
  }

  #add(step: (emit: Emit) => void): Uint8Array {
    const given = this.#early
    const pairs: Array<Uint8Array> = []
    step((some) => pairs.push(some.slice()))
    this.#end = undefined
    if (this.#early > 0) pairs.push(this.#ending().pairs.subarray(0, this.#early * PAIR_BYTES))
    return concatenate(pairs).subarray(given * PAIR_BYTES)
  }

  /** When the open group is full its pairs are stable, though it is not closed: they are given early, and only once. */
  get #early(): number {
    return stablePairs(this.sizeBytes) - pairsWithin(this.#hasher.closedGroups)
  }

  /** The hash, and the pairs above the open group. */
  #ending(): { readonly root: Uint8Array; readonly pairs: Uint8Array } {
    if (this.#end === undefined) {
      const pairs: Array<Uint8Array> = []
      const emit: Emit = (pair) => pairs.push(pair.slice())
      this.#end = { root: this.#hasher.root(emit), pairs: concatenate(pairs) }
    }
    return this.#end
  }
}

/** Joins byte arrays into one. */
export const concatenate = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
