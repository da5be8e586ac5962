/**
 * R4: no flipped bit, truncation, swap or lie gets past verification, and nothing unverified is given before it is found.
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { CHUNK_BYTES, GROUP_BYTES, HASH_BYTES, HEADER_BYTES, PAIR_BYTES } from "../../../src/bao/constants.ts"
import { decodeOutboard } from "../../../src/bao/convert.ts"
import { hash } from "../../../src/bao/hasher.ts"
import { hashTree } from "../../../src/bao/outboard.ts"
import type { Leaves } from "../../../src/bao/slice.ts"
import { decodeSlice, encodeOutboard, encodeSlice, writeHeader } from "../../../src/bao/slice.ts"
import { verifyRange } from "../../../src/bao/verify.ts"
import { contents, ranges } from "../../support/bao/arbitrary.ts"
import { flip, noise } from "../../support/bao/content.ts"
import type { Outcome } from "../../support/bao/outcome.ts"
import { bytesOf, outcomeOf, reading, same, tagOf } from "../../support/bao/outcome.ts"

const LEAVES: ReadonlyArray<Leaves> = ["chunks", "groups"]
const REFUSALS = ["VerificationFailed", "WrongLength", "InvalidSize"]

/** Refused, with a typed error, and what was given before is the beginning of what was asked for. */
const refused = ({ bytes, error }: Outcome, range: Uint8Array): boolean =>
  REFUSALS.includes(tagOf(error)) && same(bytes, range.subarray(0, bytes.length))

const swap = (bytes: Uint8Array, one: number, other: number, length: number): Uint8Array => {
  const copy = bytes.slice()
  copy.set(bytes.subarray(one, one + length), other)
  copy.set(bytes.subarray(other, other + length), one)
  return copy
}

describe("every single bit", () => {
  const content = noise(2 * GROUP_BYTES + 3 * CHUNK_BYTES + 5, 99)
  const tree = hashTree(content)

  it("of an outboard", () => {
    for (let bit = 0; bit < tree.outboard.length * 8; bit++) {
      const outcome = outcomeOf(
        verifyRange({ ...tree, outboard: flip(tree.outboard, bit) }, 0, content.length),
        reading(content)
      )
      expect(refused(outcome, content)).toBe(true)
    }
  })

  it("of a content", () => {
    for (let bit = 0; bit < content.length * 8; bit += 13) {
      const outcome = outcomeOf(verifyRange(tree, 0, content.length), reading(flip(content, bit)))
      expect(refused(outcome, content)).toBe(true)
    }
  })

  it("of a hash", () => {
    for (let bit = 0; bit < HASH_BYTES * 8; bit++) {
      const outcome = outcomeOf(
        verifyRange({ ...tree, root: flip(tree.root, bit) }, 0, content.length),
        reading(content)
      )
      expect(refused(outcome, new Uint8Array(0))).toBe(true)
    }
  })

  it("of an outboard in bao's format", () => {
    const encoding = bytesOf(encodeOutboard(tree), reading(content))
    for (let bit = HEADER_BYTES * 8; bit < encoding.length * 8; bit++) {
      expect(() => decodeOutboard(tree, flip(encoding, bit))).toThrow(
        expect.objectContaining({ _tag: "VerificationFailed", part: "pair" })
      )
    }
  })

  it.each(LEAVES)("of a small encoding in %s", (leaves) => {
    const small = content.subarray(0, 3 * CHUNK_BYTES + 1)
    const { root } = hashTree(small)
    const encoding = bytesOf(encodeSlice(hashTree(small), 0, small.length, leaves), reading(small))
    for (let bit = 0; bit < encoding.length * 8; bit++) {
      const outcome = outcomeOf(decodeSlice({ root }, 0, small.length, leaves), [flip(encoding, bit)])
      expect(refused(outcome, small)).toBe(true)
    }
  })
})

describe.each(LEAVES)("any bit of a slice in %s", (leaves) => {
  it("after the header is refused", () => {
    fc.assert(
      fc.property(ranges(2 ** 20), fc.nat(), ({ content, start, end }, where) => {
        const slice = bytesOf(encodeSlice(hashTree(content), start, end - start, leaves), reading(content))
        fc.pre(slice.length > HEADER_BYTES)
        const bit = HEADER_BYTES * 8 + (where % ((slice.length - HEADER_BYTES) * 8))
        const steps = decodeSlice({ root: hash(content) }, start, end - start, leaves)
        expect(refused(outcomeOf(steps, [flip(slice, bit)]), content.subarray(start, end))).toBe(true)
      }),
      { numRuns: 400 }
    )
  })

  it("in the header is refused, or changes nothing that was asked for", () => {
    fc.assert(
      fc.property(ranges(2 ** 18), fc.nat(63), ({ content, start, end }, bit) => {
        const slice = bytesOf(encodeSlice(hashTree(content), start, end - start, leaves), reading(content))
        const range = content.subarray(start, end)
        const steps = decodeSlice({ root: hash(content) }, start, end - start, leaves)
        const outcome = outcomeOf(steps, [flip(slice, bit)])
        expect(outcome.error === undefined ? same(outcome.bytes, range) : refused(outcome, range)).toBe(true)
        // Whoever knows the size is not fooled in any case.
        const knowing = decodeSlice({ root: hash(content), sizeBytes: content.length }, start, end - start, leaves)
        expect(tagOf(outcomeOf(knowing, [flip(slice, bit)]).error)).toMatch(/SizeMismatch|InvalidSize/)
      }),
      { numRuns: 400 }
    )
  })

  it("claiming another size for a whole content is refused", () => {
    fc.assert(
      fc.property(
        contents(2 ** 18),
        fc.oneof(fc.constantFrom(-1, 1, 2 ** 40, Number.MAX_SAFE_INTEGER), fc.integer({ min: -70_000, max: 70_000 })),
        (content, more) => {
          const claimed = Math.min(content.length + more, Number.MAX_SAFE_INTEGER)
          fc.pre(claimed >= 0 && claimed !== content.length)
          const encoding = bytesOf(encodeSlice(hashTree(content), 0, content.length, leaves), reading(content))
          encoding.set(writeHeader(claimed))
          const steps = decodeSlice({ root: hash(content) }, 0, Number.MAX_SAFE_INTEGER, leaves)
          expect(refused(outcomeOf(steps, [encoding]), content)).toBe(true)
        }
      ),
      { numRuns: 400 }
    )
  })

  it("cut off anywhere is refused", () => {
    fc.assert(
      fc.property(ranges(2 ** 18), fc.nat(), ({ content, start, end }, where) => {
        const slice = bytesOf(encodeSlice(hashTree(content), start, end - start, leaves), reading(content))
        const outcome = outcomeOf(decodeSlice({ root: hash(content) }, start, end - start, leaves), [
          slice.subarray(0, where % slice.length)
        ])
        expect(tagOf(outcome.error)).toBe("WrongLength")
        expect(refused(outcome, content.subarray(start, end))).toBe(true)
      }),
      { numRuns: 400 }
    )
  })
})

describe("swaps", () => {
  const content = noise(5 * GROUP_BYTES, 5)
  const tree = hashTree(content)

  it("of the halves of any pair", () => {
    for (let at = 0; at < tree.outboard.length; at += PAIR_BYTES) {
      const outboard = swap(tree.outboard, at, at + HASH_BYTES, HASH_BYTES)
      expect(refused(outcomeOf(verifyRange({ ...tree, outboard }, 0, content.length), reading(content)), content)).toBe(
        true
      )
    }
  })

  it("of two groups, of two chunks, of two pairs", () => {
    const groups = swap(content, 0, 3 * GROUP_BYTES, GROUP_BYTES)
    const chunks = swap(content, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES, CHUNK_BYTES)
    for (const damaged of [groups, chunks]) {
      expect(refused(outcomeOf(verifyRange(tree, 0, content.length), reading(damaged)), content)).toBe(true)
    }
    const outboard = swap(tree.outboard, 0, PAIR_BYTES, PAIR_BYTES)
    expect(refused(outcomeOf(verifyRange({ ...tree, outboard }, 0, content.length), reading(content)), content)).toBe(
      true
    )
  })

  it("of two chunks in an encoding", () => {
    const encoding = bytesOf(encodeSlice(tree, 0, content.length, "chunks"), reading(content))
    const end = encoding.length
    const swapped = swap(encoding, end - 2 * CHUNK_BYTES, end - CHUNK_BYTES, CHUNK_BYTES)
    const outcome = outcomeOf(decodeSlice({ root: tree.root }, 0, content.length, "chunks"), [swapped])
    expect(refused(outcome, content)).toBe(true)
  })
})

describe("an empty content", () => {
  const { root } = hashTree(new Uint8Array(0))

  it.each(LEAVES)("that claims one byte is refused, in %s", (leaves) => {
    for (const extra of [[], [0]]) {
      const encoding = Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0, ...extra])
      const outcome = outcomeOf(decodeSlice({ root }, 0, 1, leaves), [encoding])
      expect(refused(outcome, new Uint8Array(0))).toBe(true)
    }
  })

  it("is checked against its hash", () => {
    const tree = { root: hash(Uint8Array.of(1)), sizeBytes: 0, outboard: new Uint8Array(0) }
    expect(tagOf(outcomeOf(verifyRange(tree, 0, 0), reading(new Uint8Array(0))).error)).toBe("VerificationFailed")
  })
})
