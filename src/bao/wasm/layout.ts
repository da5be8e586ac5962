/**
 * Where things lie in the memory of the WebAssembly kernel: one address for each area, in bytes.
 *
 * The vector functions read and write whole batches of lanes. Up to `LANES - 1` lanes behind the last input hold
 * rubbish that nobody looks at; the areas that they reach into have a gap behind them.
 */
import { BATCH_GROUPS, BLOCK_BYTES, CHUNK_BYTES, GROUP_BYTES, HASH_BYTES } from "../constants.ts"

/** Inputs that the widest function hashes at once: two sets of four lanes. */
export const LANES = 8

/** Bytes that are hashed in one go, a group for each lane: enough for full batches, and at home in a second-level cache. */
export const PIECE_BYTES = LANES * GROUP_BYTES

/** Bytes of the window: a batch of groups. */
export const WINDOW_BYTES = BATCH_GROUPS * GROUP_BYTES

let end = 0

/** Takes the next `bytes` of memory, on a cache line of their own. */
const area = (bytes: number): number => {
  const address = end
  end = Math.ceil((end + bytes) / BLOCK_BYTES) * BLOCK_BYTES
  return address
}

/** What callers fill themselves, so that a file is read straight to where it is hashed. */
export const WINDOW = area(WINDOW_BYTES)

/** A copy of the piece that is hashed, if it lies outside the window. */
export const STAGING = area(PIECE_BYTES + LANES * CHUNK_BYTES)

/** Chaining values of the piece: of its chunks, then level by level of their parents, in place. */
export const VALUES = area((PIECE_BYTES / BLOCK_BYTES + LANES) * HASH_BYTES)

/** A copy of a chunk or block that is padded with zeros. */
export const PADDED = area(CHUNK_BYTES)

/** The key words of the current mode. */
export const KEY = area(HASH_BYTES)

/** What `one` starts from in place of the key, for a bare compression. */
export const START = area(HASH_BYTES)

/** The 64 bytes that `one` writes. */
export const OUTPUT = area(BLOCK_BYTES)

/** Transposed message words: a vector for each word, one set of four lanes after the other. */
export const MESSAGE = area(LANES * BLOCK_BYTES)

/** Transposed chaining values between two blocks, likewise. */
export const STATE = area(LANES * HASH_BYTES)

/** Chunk counters: a vector of low and a vector of high words for each set. */
export const COUNTERS = area(LANES * 8)

/** Size of the whole memory in WebAssembly's pages of 64 KiB. */
export const PAGES = Math.ceil(end / 65536)
