/**
 * The numbers of BLAKE3 (paper section 2, tables 1 to 3) and of Pond's chunk groups.
 *
 * Everything else in this floor derives from these; no other file repeats one of them.
 */

/** Bytes of one chunk, the leaf of the BLAKE3 tree. */
export const CHUNK_BYTES = 1024

/** Chunks of one group, the leaf of Pond's outboards (bao-tree `chunk_log` 4). */
export const GROUP_CHUNKS = 16

/** Bytes of one group: 16 KiB. */
export const GROUP_BYTES = CHUNK_BYTES * GROUP_CHUNKS

/** Groups that are hashed, read and verified in one go: 1 MiB, wide enough to keep every lane of a kernel busy. */
export const BATCH_GROUPS = 64

/** Bytes of one compression's message block. */
export const BLOCK_BYTES = 64

/** Bytes of a chaining value and of the default hash. */
export const HASH_BYTES = 32

/** Bytes of a pair: left chaining value, right chaining value. */
export const PAIR_BYTES = 2 * HASH_BYTES

/** Bytes of the length, little-endian, at the head of every bao encoding, outboard and slice. */
export const HEADER_BYTES = 8

/** Domain flags of a compression (BLAKE3 paper, table 3). */
export const Flags = {
  chunkStart: 1,
  chunkEnd: 2,
  parent: 4,
  root: 8,
  keyedHash: 16,
  deriveKeyContext: 32,
  deriveKeyMaterial: 64
} as const

/** The initial chaining value: the first 32 bits of the fractional parts of the square roots of the first 8 primes. */
export const IV: Uint32Array = Uint32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19
)

/** Rounds of one compression. */
export const ROUNDS = 7

/** Where each message word moves between two rounds (BLAKE3 paper, table 2). */
export const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8] as const

/** The message words of every round, in the order in which the eight G functions take them: `ROUNDS` rows of 16. */
export const SCHEDULE: ReadonlyArray<ReadonlyArray<number>> = (() => {
  const rows: Array<ReadonlyArray<number>> = [Array.from({ length: 16 }, (_, word) => word)]
  while (rows.length < ROUNDS) {
    const previous = rows[rows.length - 1]!
    rows.push(PERMUTATION.map((from) => previous[from]!))
  }
  return rows
})()

/** State words that the eight G functions of a round mix: four columns, then four diagonals. */
export const MIXES: ReadonlyArray<readonly [number, number, number, number]> = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14]
]
