/**
 * R5: the hash of any content is the one two other implementations compute, however its bytes arrive.
 */
import fc from "fast-check"
import { expect, it } from "vitest"
import { deriveKey } from "../../../src/bao/derive.ts"
import { hash, Hasher, hashStream } from "../../../src/bao/hasher.ts"
import { toHex } from "../../../src/bao/hex.ts"
import { keyed } from "../../../src/bao/mode.ts"
import { hashTree, OutboardBuilder } from "../../../src/bao/outboard.ts"
import { contents, pieces } from "../../support/bao/arbitrary.ts"
import { EDGES, MAX_BYTES, noise } from "../../support/bao/content.ts"
import { agreed } from "../../support/bao/oracles.ts"

const MAX = 8 * 2 ** 20

it("equals both oracles at every boundary", () => {
  for (const size of EDGES) {
    const bytes = noise(size, 7)
    expect(toHex(hash(bytes))).toBe(agreed((oracle) => oracle.hash(bytes)))
  }
  expect(MAX).toBeLessThan(MAX_BYTES)
})

it("equals both oracles at any size, in every mode", () => {
  fc.assert(
    fc.property(contents(MAX), fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.string(), (bytes, key, context) => {
      expect(toHex(hash(bytes))).toBe(agreed((oracle) => oracle.hash(bytes)))
      expect(toHex(hash(bytes, keyed(key)))).toBe(agreed((oracle) => oracle.keyed(key, bytes)))
      expect(toHex(hash(bytes, deriveKey(context)))).toBe(agreed((oracle) => oracle.derived(context, bytes)))
    }),
    { numRuns: 120 }
  )
})

it("does not depend on how the bytes arrive", async () => {
  await fc.assert(
    fc.asyncProperty(pieces(2 * 2 ** 20), async (parts) => {
      const content = new Uint8Array(Buffer.concat(parts))
      const expected = toHex(hash(content))
      const hasher = new Hasher()
      const builder = new OutboardBuilder()
      for (const part of parts) {
        hasher.update(part)
        builder.update(part)
      }
      expect(hasher.sizeBytes).toBe(content.length)
      expect(toHex(hasher.root())).toBe(expected)
      expect(toHex(hasher.output().root())).toBe(expected)
      expect(toHex(builder.root())).toBe(expected)
      expect(toHex(hashTree(content).root)).toBe(expected)
      expect(toHex(await hashStream(parts))).toBe(expected)
    }),
    { numRuns: 200 }
  )
})

it("is the same for ten thousand appends", () => {
  const content = noise(10_000 * 97, 3)
  const builder = new OutboardBuilder()
  for (let at = 0; at < content.length; at += 97) {
    builder.update(content.subarray(at, at + 97))
    if (at % 9_700 === 0) expect(toHex(builder.root())).toBe(toHex(hash(content.subarray(0, at + 97))))
  }
  expect(toHex(builder.root())).toBe(agreed((oracle) => oracle.hash(content)))
})
