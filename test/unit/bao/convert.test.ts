/** Outboards of other programs. */
import { describe, expect, it } from "vitest"
import { GROUP_BYTES, HEADER_BYTES, PAIR_BYTES } from "../../../src/bao/constants.ts"
import { decodeOutboard, toPostOrder, toPreOrder } from "../../../src/bao/convert.ts"
import { InvalidSize, SizeMismatch, VerificationFailed, WrongLength } from "../../../src/bao/errors.ts"
import { keyed } from "../../../src/bao/mode.ts"
import { hashTree } from "../../../src/bao/outboard.ts"
import { encodeOutboard, writeHeader } from "../../../src/bao/slice.ts"
import { verify } from "../../../src/bao/verify.ts"
import { EDGES, noise } from "../../support/bao/content.ts"
import { bytesOf, reading, same } from "../../support/bao/outcome.ts"

describe("the order of pairs", () => {
  it("is turned and turned back", () => {
    for (const size of EDGES) {
      const { outboard } = hashTree(noise(size))
      const preOrder = toPreOrder(outboard, size)
      expect(same(toPostOrder(preOrder, size), outboard)).toBe(true)
      // The topmost pair is the first of one and the last of the other.
      expect(same(preOrder.subarray(0, PAIR_BYTES), outboard.subarray(-PAIR_BYTES))).toBe(true)
    }
  })

  it("is not that of another size", () => {
    expect(() => toPreOrder(new Uint8Array(64), GROUP_BYTES)).toThrow(new WrongLength("outboard", 0, 64))
    expect(() => toPostOrder(new Uint8Array(63), GROUP_BYTES + 1)).toThrow(new WrongLength("outboard", 64, 63))
  })
})

describe("an outboard in bao's format", () => {
  const content = noise(3 * GROUP_BYTES + 3000, 33)
  const tree = hashTree(content)
  const encoding = bytesOf(encodeOutboard(tree), reading(content))

  it("gives a tree that verifies, in every mode", () => {
    for (const mode of [undefined, keyed(noise(32))]) {
      const own = hashTree(content, mode)
      const decoded = decodeOutboard(
        { root: own.root, ...(mode && { mode }) },
        bytesOf(encodeOutboard(own), reading(content))
      )
      expect(same(verify(decoded, content), content)).toBe(true)
      expect(same(decoded.outboard, own.outboard)).toBe(true)
    }
  })

  it("may lie about the size as long as nothing is read by it", () => {
    const lying = encoding.slice()
    lying.set(writeHeader(content.length + 1))
    const decoded = decodeOutboard({ root: tree.root }, lying)
    expect(() => verify(decoded, noise(content.length + 1, 33))).toThrow(VerificationFailed)
    expect(() => decodeOutboard(tree, lying)).toThrow(new SizeMismatch(content.length, content.length + 1))
  })

  it("is refused when it is cut, too long, too large, or of another content", () => {
    for (const length of [0, 7]) {
      expect(() => decodeOutboard(tree, encoding.subarray(0, length))).toThrow(
        new WrongLength("outboard", HEADER_BYTES, length)
      )
    }
    const { length } = encoding
    for (const wrong of [encoding.subarray(0, -1), Buffer.concat([encoding, encoding])]) {
      expect(() => decodeOutboard(tree, wrong)).toThrow(new WrongLength("outboard", length, wrong.length))
    }
    expect(() => decodeOutboard(tree, new Uint8Array(8).fill(255))).toThrow(InvalidSize)
    expect(() => decodeOutboard(hashTree(noise(content.length, 34)), encoding)).toThrow(VerificationFailed)
  })
})
