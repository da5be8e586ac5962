/**
 * The last compression of a content: its hash, and as many more bytes as one asks for (BLAKE3 paper, section 2.6).
 *
 * Every 64 bytes of extended output are that same compression with another output block number; the hash is the first
 * 32 bytes. Any part of the 2^64 - 1 bytes can be read without those before it.
 */
import { BLOCK_BYTES, CHUNK_BYTES, Flags, GROUP_BYTES, HASH_BYTES, PAIR_BYTES } from "./constants.ts"
import { RangeOutside } from "./errors.ts"
import { kernel } from "./kernels.ts"
import type { Mode } from "./mode.ts"
import { bytesOf } from "./mode.ts"
import { leavesOf, leftOf } from "./tree.ts"

/** Bytes of extended output that a content has. */
const OUTPUT_BYTES = 2n ** 64n - 1n

/** A content hashed up to its last compression. */
export class Output {
  readonly #cv: Uint8Array
  readonly #block: Uint8Array
  readonly #blockBytes: number
  readonly #flags: number

  private constructor(cv: Uint8Array, block: Uint8Array, blockBytes: number, flags: number) {
    this.#cv = cv
    this.#block = block
    this.#blockBytes = blockBytes
    this.#flags = flags | Flags.root
  }

  /** Prepares the output of a content of more than one chunk from its topmost pair. */
  static ofPair(mode: Mode, pair: Uint8Array): Output {
    return new Output(bytesOf(mode.key), pair, PAIR_BYTES, mode.flags | Flags.parent)
  }

  /** Prepares the output of a content of at most one group: 0 to 16,384 bytes. */
  static ofGroup(mode: Mode, bytes: Uint8Array): Output {
    if (bytes.length <= CHUNK_BYTES) return Output.#ofChunk(mode, bytes)
    const left = leftOf(leavesOf(bytes.length, CHUNK_BYTES))
    const pair = new Uint8Array(PAIR_BYTES)
    kernel().group(mode, bytes.subarray(0, left * CHUNK_BYTES), 0, false, pair.subarray(0, HASH_BYTES))
    kernel().group(mode, bytes.subarray(left * CHUNK_BYTES, GROUP_BYTES), left, false, pair.subarray(HASH_BYTES))
    return Output.ofPair(mode, pair)
  }

  static #ofChunk(mode: Mode, bytes: Uint8Array): Output {
    const result = new Uint8Array(BLOCK_BYTES)
    let cv = bytesOf(mode.key)
    let flags = mode.flags | Flags.chunkStart
    let at = 0
    for (; bytes.length - at > BLOCK_BYTES; at += BLOCK_BYTES) {
      kernel().compress(cv, bytes.subarray(at, at + BLOCK_BYTES), BLOCK_BYTES, 0n, flags, result)
      cv = result.slice(0, HASH_BYTES)
      flags = mode.flags
    }
    const block = new Uint8Array(BLOCK_BYTES)
    block.set(bytes.subarray(at))
    return new Output(cv, block, bytes.length - at, flags | Flags.chunkEnd)
  }

  /** Returns the hash: 32 bytes. */
  root(): Uint8Array {
    return this.read(0, HASH_BYTES)
  }

  /**
   * Reads `length` bytes of extended output from byte `offset`, of which there are 2^64 - 1. Throws `RangeOutside`.
   */
  read(offset: number | bigint, length: number): Uint8Array {
    const whole = typeof offset === "bigint" || Number.isSafeInteger(offset)
    if (!whole || offset < 0 || !Number.isSafeInteger(length) || length < 0) {
      throw new RangeOutside(Number(offset), Number(offset) + length, Number(OUTPUT_BYTES))
    }
    const start = BigInt(offset)
    if (start + BigInt(length) > OUTPUT_BYTES) {
      throw new RangeOutside(Number(start), Number(start) + length, Number(OUTPUT_BYTES))
    }
    const bytes = new Uint8Array(length)
    const result = new Uint8Array(BLOCK_BYTES)
    let counter = start / BigInt(BLOCK_BYTES)
    let skip = Number(start % BigInt(BLOCK_BYTES))
    for (let at = 0; at < length; counter++) {
      kernel().compress(this.#cv, this.#block, this.#blockBytes, counter, this.#flags, result)
      const part = result.subarray(skip, skip + length - at)
      bytes.set(part, at)
      at += part.length
      skip = 0
    }
    return bytes
  }
}
