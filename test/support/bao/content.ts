/**
 * Contents to hash: noise that is the same on every machine, and the sizes at which hash trees change their shape.
 */
import { GROUP_BYTES } from "../../../src/bao/constants.ts"

/** The largest content that `noise` gives. */
export const MAX_BYTES = 9 * 2 ** 20

/** Seeds that make contents differ. */
export const SEEDS = 2 ** 16

let pool: Uint8Array | undefined

/** Makes the bytes of a Weyl sequence under a mixing function (splitmix32): no two groups are alike. */
const makePool = (): Uint8Array => {
  const bytes = new Uint8Array(MAX_BYTES + SEEDS)
  const view = new DataView(bytes.buffer)
  for (let at = 0, weyl = 0; at < bytes.length; at += 4) {
    weyl = (weyl + 0x9e3779b9) | 0
    let word = Math.imul(weyl ^ (weyl >>> 16), 0x21f0aaad)
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
    view.setInt32(at, word ^ (word >>> 15), true)
  }
  return bytes
}

/** Returns `size` bytes of noise, others for every `seed` below `SEEDS`. Shared memory: copy before changing them. */
export const noise = (size: number, seed = 0): Uint8Array => {
  pool ??= makePool()
  return pool.subarray(seed, seed + size)
}

/** A copy with one bit flipped: bit 0 is the lowest of byte 0. */
export const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
  const copy = bytes.slice()
  copy[bit >>> 3]! ^= 1 << (bit & 7)
  return copy
}

/** Sizes around every boundary: blocks, chunks, groups, and 2^k groups for k up to 8. */
export const EDGES: ReadonlyArray<number> = [
  0,
  1,
  63,
  64,
  65,
  127,
  128,
  129,
  1023,
  1024,
  1025,
  2047,
  2048,
  2049,
  3072,
  3073,
  ...Array.from({ length: 9 }, (_, k) => GROUP_BYTES * 2 ** k).flatMap((size) => [size - 1, size, size + 1]),
  3 * GROUP_BYTES - 1,
  3 * GROUP_BYTES,
  3 * GROUP_BYTES + 1,
  7 * GROUP_BYTES,
  65 * GROUP_BYTES + 700
]
