/**
 * Known answers for kernels: everything that a kernel can do, at chunk counters on both sides of 2^32, in two modes.
 */
import { BLOCK_BYTES, CHUNK_BYTES, Flags, GROUP_BYTES, HASH_BYTES, PAIR_BYTES } from "./constants.ts"
import { toHex } from "./hex.ts"
import type { Kernel } from "./kernel.ts"
import type { Mode } from "./mode.ts"
import { HASH, keyed } from "./mode.ts"

/** The hash of all answers; computed with an implementation of the paper in another language, checked by the vectors. */
const KNOWN = "1b16edb452158e9550ad45321f6b4e79aa235993716484f60ce94f840677e781"

/** The key of the official BLAKE3 test vectors. */
const KEY = "whats the Elvish word for friend"

/** Returns the first bytes of the input of the official test vectors: byte i is i modulo 251. */
const inputOf = (bytes: number): Uint8Array => {
  const input = new Uint8Array(bytes)
  for (let i = 0; i < bytes; i++) input[i] = i % 251
  return input
}

/** Enough inputs for a batch of eight, one of four, and one more. */
const BATCHES = 13

/** Returns whether `kernel` gives the known answers. It takes a few milliseconds. */
export const givesKnownAnswers = (kernel: Kernel): boolean => {
  const input = inputOf(2 * GROUP_BYTES)
  const answers = new Uint8Array(GROUP_BYTES)
  let at = 0
  const next = (bytes: number): Uint8Array => answers.subarray(at, (at += bytes))
  const answer = (mode: Mode): void => {
    kernel.chunks(mode, input.subarray(0, BATCHES * CHUNK_BYTES), BATCHES, 2 ** 32 - 3, next(BATCHES * HASH_BYTES))
    kernel.groups(mode, input, 2, 2 ** 32 - 16, next(2 * HASH_BYTES))
    for (const size of [0, 1, 1025, 5000, GROUP_BYTES]) {
      kernel.group(mode, input.subarray(0, size), 0, true, next(HASH_BYTES))
    }
    kernel.group(mode, input.subarray(0, 3073), 2 ** 33, false, next(HASH_BYTES))
    kernel.parents(mode, input.subarray(0, BATCHES * PAIR_BYTES), BATCHES, next(BATCHES * HASH_BYTES))
    kernel.root(mode, input.subarray(0, PAIR_BYTES), next(HASH_BYTES))
  }
  answer(HASH)
  answer(keyed(new TextEncoder().encode(KEY)))
  const flags = Flags.chunkStart | Flags.chunkEnd | Flags.root
  const [cv, block] = [input.subarray(0, HASH_BYTES), input.subarray(0, BLOCK_BYTES)]
  kernel.compress(cv, block, 55, 2n ** 32n + 7n, flags, next(BLOCK_BYTES))
  const hash = new Uint8Array(HASH_BYTES)
  kernel.group(HASH, answers.subarray(0, at), 0, true, hash)
  return toHex(hash) === KNOWN
}
