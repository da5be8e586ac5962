/**
 * The official bao vectors: encodings, outboards, slices, seeks, and every corruption that must be refused (R4).
 */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { decodeOutboard } from "../../../src/bao/convert.ts"
import { hash } from "../../../src/bao/hasher.ts"
import { toHex } from "../../../src/bao/hex.ts"
import { hashTree } from "../../../src/bao/outboard.ts"
import { decodeRange, decodeSlice, encodeOutboard, encodeSlice } from "../../../src/bao/slice.ts"
import { verify } from "../../../src/bao/verify.ts"
import { flip } from "../../support/bao/content.ts"
import { bytesOf, outcomeOf, reading, same, tagOf } from "../../support/bao/outcome.ts"
import { describeVectors } from "../../support/vectors.ts"

interface Encoded {
  readonly input_len: number
  readonly output_len: number
  readonly bao_hash: string
  readonly encoded_blake3: string
}

interface Vectors {
  readonly hash: ReadonlyArray<{ readonly input_len: number; readonly bao_hash: string }>
  readonly encode: ReadonlyArray<Encoded & { readonly corruptions: ReadonlyArray<number> }>
  readonly outboard: ReadonlyArray<
    Encoded & {
      readonly outboard_corruptions: ReadonlyArray<number>
      readonly input_corruptions: ReadonlyArray<number>
    }
  >
  readonly seek: ReadonlyArray<{ readonly input_len: number; readonly seek_offsets: ReadonlyArray<number> }>
  readonly slice: ReadonlyArray<{
    readonly input_len: number
    readonly bao_hash: string
    readonly slices: ReadonlyArray<{
      readonly start: number
      readonly len: number
      readonly output_len: number
      readonly output_blake3: string
      readonly corruptions: ReadonlyArray<number>
    }>
  }>
}

/** The content of a case: a 32-bit counter from 1, little-endian. */
const inputOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => ((i >>> 2) + 1) >>> (8 * (i & 3)))

const REFUSALS = ["VerificationFailed", "WrongLength", "InvalidSize"]

describeVectors("bao.json", (path) => {
  const vectors: Vectors = JSON.parse(readFileSync(path, "utf8"))

  it("are all there", () => {
    const slices = vectors.slice.flatMap(({ slices }) => slices)
    expect([vectors.hash, vectors.encode, vectors.outboard, vectors.seek, slices].map(({ length }) => length)).toEqual([
      13, 13, 13, 13, 222
    ])
  })

  it.each(vectors.hash)("hash of $input_len bytes", ({ input_len, bao_hash }) => {
    expect(toHex(hash(inputOf(input_len)))).toBe(bao_hash)
  })

  describe.each(vectors.encode)("encoding of $input_len bytes", (expected) => {
    const input = inputOf(expected.input_len)
    const tree = hashTree(input)
    const encoding = bytesOf(encodeSlice(tree, 0, input.length, "chunks"), reading(input))

    it("is bao's, and decodes", () => {
      expect(encoding).toHaveLength(expected.output_len)
      expect(toHex(hash(encoding))).toBe(expected.encoded_blake3)
      expect(same(bytesOf(decodeSlice(tree, 0, input.length, "chunks"), [encoding]), input)).toBe(true)
    })

    it.each(expected.corruptions)("is refused with byte %i changed", (at) => {
      const steps = decodeSlice({ root: tree.root }, 0, input.length, "chunks")
      const { bytes, error } = outcomeOf(steps, [flip(encoding, 8 * at)])
      expect(REFUSALS).toContain(tagOf(error))
      expect(same(bytes, input.subarray(0, bytes.length))).toBe(true)
    })
  })

  describe.each(vectors.outboard)("outboard of $input_len bytes", (expected) => {
    const input = inputOf(expected.input_len)
    const tree = hashTree(input)
    const encoding = bytesOf(encodeOutboard(tree), reading(input))

    it("is bao's, and gives Pond's", () => {
      expect(encoding).toHaveLength(expected.output_len)
      expect(toHex(hash(encoding))).toBe(expected.encoded_blake3)
      const decoded = decodeOutboard({ root: tree.root }, encoding)
      expect(decoded.sizeBytes).toBe(input.length)
      expect(same(decoded.outboard, tree.outboard)).toBe(true)
    })

    it.each(expected.outboard_corruptions)("is refused with byte %i changed", (at) => {
      let thrown: unknown
      try {
        verify(decodeOutboard({ root: tree.root }, flip(encoding, 8 * at)), input)
      } catch (error) {
        thrown = error
      }
      expect(REFUSALS).toContain(tagOf(thrown))
    })

    it.each(expected.input_corruptions)("refuses content with byte %i changed", (at) => {
      const decoded = decodeOutboard({ root: tree.root }, encoding)
      expect(() => verify(decoded, flip(input, 8 * at))).toThrow(
        expect.objectContaining({ _tag: "VerificationFailed" })
      )
    })
  })

  describe.each(vectors.slice)("slices of $input_len bytes", ({ input_len, bao_hash, slices }) => {
    const input = inputOf(input_len)
    const tree = hashTree(input)

    it.each(slices)("$len bytes from $start", ({ start, len, output_len, output_blake3, corruptions }) => {
      expect(toHex(tree.root)).toBe(bao_hash)
      const slice = bytesOf(encodeSlice(tree, start, len, "chunks"), reading(input))
      expect(slice).toHaveLength(output_len)
      expect(toHex(hash(slice))).toBe(output_blake3)
      const range = input.subarray(start, start + len)
      expect(same(bytesOf(decodeSlice({ root: tree.root }, start, len, "chunks"), [slice]), range)).toBe(true)
      for (const at of corruptions) {
        const steps = decodeSlice({ root: tree.root }, start, len, "chunks")
        const { bytes, error } = outcomeOf(steps, [flip(slice, 8 * at)])
        expect(REFUSALS).toContain(tagOf(error))
        expect(same(bytes, range.subarray(0, bytes.length))).toBe(true)
      }
    })
  })

  describe.each(vectors.seek)("seeking in $input_len bytes", ({ input_len, seek_offsets }) => {
    const input = inputOf(input_len)
    const tree = hashTree(input)
    const encoding = bytesOf(encodeSlice(tree, 0, input_len, "chunks"), reading(input))

    it.each(seek_offsets)("to %i reads from there to the end", (offset) => {
      const steps = decodeRange({ root: tree.root }, offset, Number.MAX_SAFE_INTEGER - offset, "chunks")
      expect(same(bytesOf(steps, reading(encoding)), input.subarray(offset))).toBe(true)
    })

    it.each(seek_offsets)("to %i proves the end: a change in the last chunk is refused", (offset) => {
      const steps = decodeRange({ root: tree.root }, offset, Number.MAX_SAFE_INTEGER - offset, "chunks")
      const { error } = outcomeOf(steps, reading(flip(encoding, 8 * (encoding.length - 1))))
      expect(REFUSALS).toContain(tagOf(error))
    })
  })
})
