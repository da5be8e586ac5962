/**
 * Hashing a content: at once, piece by piece, or from a stream.
 *
 * However the bytes arrive, the hash is the one that `b3sum` prints (R5). The state is the open group, at most 16 KiB,
 * and 32 bytes per level of the tree; whole groups of a large update are hashed where they lie, without being copied.
 */
import { GROUP_BYTES, GROUP_CHUNKS, HASH_BYTES } from "./constants.ts"
import { Misaligned } from "./errors.ts"
import type { Emit } from "./frontier.ts"
import { Frontier } from "./frontier.ts"
import { kernel } from "./kernels.ts"
import type { Mode } from "./mode.ts"
import { HASH } from "./mode.ts"
import { Output } from "./output.ts"
import { topPair } from "./subtree.ts"

/** Hashes `bytes`: 32 bytes. */
export const hash = (bytes: Uint8Array, mode: Mode = HASH): Uint8Array => {
  const root = new Uint8Array(HASH_BYTES)
  if (bytes.length <= GROUP_BYTES) kernel().group(mode, bytes, 0, true, root)
  else kernel().root(mode, topPair(mode, bytes, 0), root)
  return root
}

/** Hashes the bytes of a stream, in bounded memory, to 32 bytes. Fails as the stream fails. */
export const hashStream = async (
  stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  mode: Mode = HASH
): Promise<Uint8Array> => {
  const hasher = new Hasher(mode)
  for await (const bytes of stream) hasher.update(bytes)
  return hasher.root()
}

/** A content that arrives in pieces of any size. Asking for the hash changes nothing: more may follow. */
export class Hasher {
  readonly #frontier: Frontier
  #open = new Uint8Array(0)
  #openBytes = 0

  /** Begins empty; or, given a frontier, right after the groups that it closed. */
  constructor(from: Mode | Frontier = HASH) {
    this.#frontier = from instanceof Frontier ? from : new Frontier(from)
  }

  /** Bytes hashed so far. */
  get sizeBytes(): number {
    return this.#frontier.closed * GROUP_BYTES + this.#openBytes
  }

  /** Copies the state: both go on by themselves. */
  clone(): Hasher {
    const copy = new Hasher(this.#frontier.clone())
    copy.#open = this.#open.slice(0, this.#openBytes)
    copy.#openBytes = this.#openBytes
    return copy
  }

  /** Adds bytes to the content. `emit` takes the pairs of the outboard that the groups closed by them complete. */
  update(bytes: Uint8Array, emit?: Emit): this {
    let at = 0
    if (this.#openBytes > 0) {
      at = Math.min(bytes.length, GROUP_BYTES - this.#openBytes)
      this.#keep(bytes.subarray(0, at))
      if (at === bytes.length) return this
      this.#close(emit)
    }
    at += this.#frontier.feed(bytes.subarray(at), emit)
    this.#keep(bytes.subarray(at))
    return this
  }

  /** Groups whose chaining values are final. */
  get closedGroups(): number {
    return this.#frontier.closed
  }

  /**
   * Adds the complete subtree of 2^`level` groups with the chaining value `cv`; `pairs` are those beneath it, in post-order. The content
   * so far must be a multiple of as many groups, and more must follow: only an open group can end a content.
   */
  addSubtree(cv: Uint8Array, level: number, pairs: Uint8Array, emit?: Emit): void {
    if (this.#openBytes === GROUP_BYTES) this.#close(emit)
    if (this.#openBytes > 0 || this.#frontier.closed % 2 ** level > 0) {
      throw new Misaligned(this.sizeBytes, 2 ** level * GROUP_BYTES)
    }
    emit?.(pairs)
    this.#frontier.push(cv, level, emit)
  }

  /** Returns the hash of the content so far: 32 bytes. `emit` takes the pairs of the outboard's ragged edge, bottom up. */
  root(emit?: Emit): Uint8Array {
    const root = new Uint8Array(HASH_BYTES)
    if (this.#frontier.closed === 0) kernel().group(this.#frontier.mode, this.#openGroup(), 0, true, root)
    else kernel().root(this.#frontier.mode, this.#topPair(emit), root)
    return root
  }

  /** Returns the last compression of the content so far, for extended output. */
  output(): Output {
    const mode = this.#frontier.mode
    return this.#frontier.closed === 0 ? Output.ofGroup(mode, this.#openGroup()) : Output.ofPair(mode, this.#topPair())
  }

  #openGroup(): Uint8Array {
    return this.#open.subarray(0, this.#openBytes)
  }

  #topPair(emit?: Emit): Uint8Array {
    const cv = new Uint8Array(HASH_BYTES)
    kernel().group(this.#frontier.mode, this.#openGroup(), this.#frontier.closed * GROUP_CHUNKS, false, cv)
    return this.#frontier.fold(cv, emit)
  }

  /** Copies bytes into the open group, which has room for them. */
  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#makeRoom(this.#openBytes + bytes.length)
    this.#open.set(bytes, this.#openBytes)
    this.#openBytes += bytes.length
  }

  /** Most contents are small: their open group has no more room than it needs. */
  #makeRoom(needed: number): void {
    if (needed <= this.#open.length) return
    const room = new Uint8Array(Math.min(GROUP_BYTES, Math.max(needed, 2 * this.#open.length)))
    room.set(this.#open.subarray(0, this.#openBytes))
    this.#open = room
  }

  /** Closes the open group, which is full, because more bytes follow it. */
  #close(emit?: Emit): void {
    const cv = new Uint8Array(HASH_BYTES)
    kernel().group(this.#frontier.mode, this.#open, this.#frontier.closed * GROUP_CHUNKS, false, cv)
    this.#frontier.push(cv, 0, emit)
    this.#openBytes = 0
  }
}
