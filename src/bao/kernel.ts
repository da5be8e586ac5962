/**
 * What a BLAKE3 kernel can do: the only place where compressions happen.
 *
 * Everything above (trees, outboards, slices) is arithmetic over these six calls, so that a faster kernel changes
 * nothing but speed. The rules of safe subtree hashing (BLAKE3 `hazmat`) are kept by the callers:
 *
 * 1. the chaining value of a subtree depends on its position: `firstChunk` = offset / 1,024;
 * 2. a chaining value and a root hash are different functions of the same bytes; `root` is set only for the very
 *    last compression of a whole content;
 * 3. inputs may lie in `window`. A single output may lie anywhere; several may begin where the input begins, so that
 *    the levels of a tree are made in place, and may not overlap the input in another way.
 */
import type { Mode } from "./mode.ts"

/** A BLAKE3 compression engine. Synchronous, not re-entrant, one per thread. */
export interface Kernel {
  readonly name: "wasm-simd" | "portable"

  /** Memory of the kernel (1 MiB) that callers may fill: input that lies in it is not copied before it is hashed. */
  readonly window: Uint8Array

  /** Writes the chaining values (32 bytes each) of `count` whole chunks of 1,024 bytes at the start of `input`. */
  chunks(mode: Mode, input: Uint8Array, count: number, firstChunk: number, out: Uint8Array): void

  /** Writes the chaining values of `count` whole groups of 16 KiB at the start of `input`. */
  groups(mode: Mode, input: Uint8Array, count: number, firstChunk: number, out: Uint8Array): void

  /**
   * Writes the chaining value, or with `root` the hash, of one group: all of `input`, 0 to 16,384 bytes.
   * `root` is only for a content that is this group and nothing else.
   */
  group(mode: Mode, input: Uint8Array, firstChunk: number, root: boolean, out: Uint8Array): void

  /** Writes the chaining values of `count` parents, none of them the root, whose pairs (64 bytes each) are `pairs`. */
  parents(mode: Mode, pairs: Uint8Array, count: number, out: Uint8Array): void

  /** Writes the hash of the content whose topmost pair is `pair`. */
  root(mode: Mode, pair: Uint8Array, out: Uint8Array): void

  /**
   * One bare compression, for extended output: 64 bytes from a chaining value (32 bytes), a zero-padded block
   * (64 bytes), its length, the output block number (64 bits, hence a bigint) and the flags.
   */
  compress(
    cv: Uint8Array,
    block: Uint8Array,
    blockLength: number,
    counter: bigint,
    flags: number,
    out: Uint8Array
  ): void
}
