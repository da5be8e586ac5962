/** Hashing in parts: chaining values by position, joined by hand. */
import { describe, expect, it } from "vitest"
import { CHUNK_BYTES, GROUP_BYTES, HASH_BYTES } from "../../../src/bao/constants.ts"
import { Misaligned } from "../../../src/bao/errors.ts"
import { hash } from "../../../src/bao/hasher.ts"
import { toHex } from "../../../src/bao/hex.ts"
import { HASH, keyed } from "../../../src/bao/mode.ts"
import { portableKernel } from "../../../src/bao/portable.ts"
import { parentCv, rootOf, subtreeCv } from "../../../src/bao/subtree.ts"
import { noise } from "../../support/bao/content.ts"

it.each([HASH, keyed(noise(32, 5))])("subtrees hashed apart join to the hash of the whole", (mode) => {
  for (const size of [GROUP_BYTES + 1, 3 * GROUP_BYTES, 4 * GROUP_BYTES, 100 * GROUP_BYTES + 3, 200 * GROUP_BYTES]) {
    const content = noise(size, 8)
    let left = GROUP_BYTES
    while (left * 2 < size) left *= 2
    const halves = [
      subtreeCv(content.subarray(0, left), 0, mode),
      subtreeCv(content.subarray(left), left, mode)
    ] as const
    expect(toHex(rootOf(...halves, mode))).toBe(toHex(hash(content, mode)))
    // A chaining value is never the hash of the same bytes.
    expect(toHex(halves[0])).not.toBe(toHex(hash(content.subarray(0, left), mode)))
    expect(toHex(parentCv(...halves, mode))).not.toBe(toHex(hash(content, mode)))
  }
})

describe("counters of 64 bits", () => {
  // Chunk 2^32 begins at 4 TiB: from there on a counter of 32 bits would repeat itself.
  const offsets = [0, 2 ** 42 - 4 * GROUP_BYTES, 2 ** 42, 2 ** 42 + 2 ** 30, 2 ** 50, 2 ** 52]

  it.each(offsets)("are right in groups at byte %i", (offset) => {
    const kernel = portableKernel()
    const content = noise(4 * GROUP_BYTES, 31)
    const cvs = new Uint8Array(4 * HASH_BYTES)
    for (let group = 0; group < 4; group++) {
      const bytes = content.subarray(group * GROUP_BYTES, (group + 1) * GROUP_BYTES)
      const at = offset + group * GROUP_BYTES
      kernel.group(HASH, bytes, at / CHUNK_BYTES, false, cvs.subarray(group * HASH_BYTES, (group + 1) * HASH_BYTES))
      const cv = cvs.subarray(group * HASH_BYTES, (group + 1) * HASH_BYTES)
      expect(toHex(subtreeCv(bytes, at))).toBe(toHex(cv))
    }
    kernel.parents(HASH, cvs, 2, cvs)
    kernel.parents(HASH, cvs, 1, cvs)
    expect(toHex(subtreeCv(content, offset))).toBe(toHex(cvs.subarray(0, HASH_BYTES)))
  })

  it("give every offset another chaining value", () => {
    const group = noise(GROUP_BYTES)
    expect(new Set(offsets.map((offset) => toHex(subtreeCv(group, offset)))).size).toBe(offsets.length)
  })
})

it.each([
  [0, 0],
  [1, 1],
  [GROUP_BYTES, GROUP_BYTES - 1],
  [GROUP_BYTES + 1, GROUP_BYTES],
  [3 * GROUP_BYTES, 2 * GROUP_BYTES],
  [1, -GROUP_BYTES],
  [1, Number.NaN]
])("refuses %i bytes at offset %i", (sizeBytes, offset) => {
  expect(() => subtreeCv(noise(sizeBytes), offset)).toThrow(new Misaligned(offset, sizeBytes))
})
