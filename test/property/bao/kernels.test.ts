/**
 * The vector kernel is the portable one, call by call; and the portable one is BLAKE3, as two other implementations tell.
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BLOCK_BYTES, CHUNK_BYTES, Flags, GROUP_BYTES, HASH_BYTES, PAIR_BYTES } from "../../../src/bao/constants.ts"
import { deriveKey } from "../../../src/bao/derive.ts"
import { toHex } from "../../../src/bao/hex.ts"
import type { Mode } from "../../../src/bao/mode.ts"
import { HASH, keyed } from "../../../src/bao/mode.ts"
import { sizes } from "../../support/bao/arbitrary.ts"
import { EDGES, noise, SEEDS } from "../../support/bao/content.ts"
import type { Call } from "../../support/bao/kernels.ts"
import { chunks, compress, group, groups, KERNELS, parents, root } from "../../support/bao/kernels.ts"
import { agreed } from "../../support/bao/oracles.ts"

const KEY = noise(HASH_BYTES, 99)
const CONTEXT = "pondfs 2026-01-01 test of kernels"
const MODES: ReadonlyArray<Mode> = [HASH, keyed(KEY), deriveKey(CONTEXT)]

const modes = fc.constantFrom(...MODES)
const seeds = fc.nat(SEEDS - 1)

/** Chunk counters: small, on both sides of 2^32 and its multiples, and the last ones that can be. */
const counters = fc.oneof(
  fc.nat(100),
  fc.tuple(fc.constantFrom(1, 2, 3, 2 ** 10), fc.integer({ min: -20, max: 20 })).map(([n, d]) => n * 2 ** 32 + d),
  fc.integer({ min: 2 ** 43 - 10_000, max: 2 ** 43 - 1 })
)

/** Both kernels write the same bytes. */
const agree = (call: Call): void => {
  const [vectors, portable] = KERNELS.map(call)
  expect(Buffer.compare(vectors!, portable!)).toBe(0)
}

describe("the vector kernel equals the portable one", () => {
  it("for every length around a boundary, as root and not, in every mode", () => {
    for (const size of EDGES.filter((size) => size <= GROUP_BYTES)) {
      for (const mode of MODES) {
        agree(group(mode, noise(size, size), 0, true))
        for (const firstChunk of [0, 16, 2 ** 32 - 16, 2 ** 32]) agree(group(mode, noise(size, 1), firstChunk, false))
      }
    }
  })

  it("for any group anywhere", () => {
    fc.assert(
      fc.property(modes, sizes(GROUP_BYTES), seeds, counters, fc.boolean(), (mode, size, seed, firstChunk, isRoot) =>
        agree(group(mode, noise(size, seed), firstChunk, isRoot))
      ),
      { numRuns: 1000 }
    )
  })

  it("for any number of chunks anywhere, also where their counters cross 2^32", () => {
    fc.assert(
      fc.property(modes, fc.nat(40), seeds, counters, (mode, count, seed, firstChunk) =>
        agree(chunks(mode, noise(count * CHUNK_BYTES, seed), firstChunk))
      ),
      { numRuns: 500 }
    )
    for (let before = 0; before <= 17; before++) agree(chunks(HASH, noise(17 * CHUNK_BYTES), 2 ** 32 - before))
  })

  it("for any number of groups, also from group 2^28 - 4 to 2^28 + 3", () => {
    fc.assert(
      fc.property(modes, fc.nat(20), seeds, fc.nat(2 ** 20), (mode, count, seed, firstGroup) =>
        agree(groups(mode, noise(count * GROUP_BYTES, seed), firstGroup * 16))
      ),
      { numRuns: 50 }
    )
    for (const mode of MODES) agree(groups(mode, noise(8 * GROUP_BYTES, 4), (2 ** 28 - 4) * 16))
  })

  it("for any number of parents", () => {
    fc.assert(
      fc.property(modes, fc.nat(3000), seeds, (mode, count, seed) =>
        agree(parents(mode, noise(count * PAIR_BYTES, seed)))
      ),
      { numRuns: 50 }
    )
    for (let count = 0; count <= 20; count++) agree(parents(HASH, noise(count * PAIR_BYTES, count)))
  })

  it("for roots and for bare compressions, whatever their flags and 64-bit output block number", () => {
    const flags = fc.nat(2 * Flags.deriveKeyMaterial - 1)
    fc.assert(
      fc.property(
        ...([modes, seeds, fc.nat(BLOCK_BYTES), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), flags] as const),
        (mode, seed, length, counter, flags) => {
          agree(root(mode, noise(PAIR_BYTES, seed)))
          agree(compress(noise(HASH_BYTES, seed), noise(BLOCK_BYTES, seed + 1), length, counter, flags))
        }
      ),
      { numRuns: 300 }
    )
  })
})

describe.each(KERNELS)("the $name kernel", (kernel) => {
  it("equals both oracles for every length of one group that is near a block's boundary", () => {
    const hash = (mode: Mode, bytes: Uint8Array) =>
      toHex(group(mode, bytes, 0, true)(kernel).subarray(HASH_BYTES, 2 * HASH_BYTES))
    const [plain, withKey, derived] = MODES as [Mode, Mode, Mode]
    for (let block = 0; block <= GROUP_BYTES; block += BLOCK_BYTES) {
      for (const size of [block - 1, block, block + 1].filter((size) => size >= 0 && size <= GROUP_BYTES)) {
        const bytes = noise(size, size)
        expect(hash(plain, bytes)).toBe(agreed((oracle) => oracle.hash(bytes)))
        expect(hash(withKey, bytes)).toBe(agreed((oracle) => oracle.keyed(KEY, bytes)))
        expect(hash(derived, bytes)).toBe(agreed((oracle) => oracle.derived(CONTEXT, bytes)))
      }
    }
  })
})
