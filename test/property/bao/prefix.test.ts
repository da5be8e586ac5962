/**
 * Prefixes are found by trees alone, and never claimed where there is none.
 */
import fc from "fast-check"
import { expect, it } from "vitest"
import { tailStart } from "../../../src/bao/append.ts"
import { GROUP_BYTES } from "../../../src/bao/constants.ts"
import { hashTree } from "../../../src/bao/outboard.ts"
import { commonPrefix, isPrefix } from "../../../src/bao/prefix.ts"
import { contents, sizes } from "../../support/bao/arbitrary.ts"
import { flip } from "../../support/bao/content.ts"

const MAX = 2 ** 20

it("every beginning of a content is its prefix; of a changed content only a beginning without the change", () => {
  fc.assert(
    fc.property(contents(MAX), sizes(MAX), fc.nat(), (content, cut, where) => {
      const size = Math.min(cut, content.length)
      const prefix = hashTree(content.subarray(0, size))
      const tail = (bytes: Uint8Array) => bytes.subarray(tailStart(size), size)
      expect(isPrefix(prefix, hashTree(content), tail(content))).toBe(true)
      fc.pre(content.length > 0)
      const bit = where % (content.length * 8)
      const changed = flip(content, bit)
      expect(isPrefix(prefix, hashTree(changed), tail(changed))).toBe(bit >= size * 8)
    }),
    { numRuns: 1000 }
  )
})

it("the longest common prefix is right to the group", () => {
  fc.assert(
    fc.property(contents(MAX), sizes(MAX), sizes(MAX), fc.nat(), (content, one, other, where) => {
      const left = content.subarray(0, Math.min(one, content.length))
      const bit = where % Math.max(1, content.length * 8)
      const right = (content.length > 0 ? flip(content, bit) : content).subarray(0, Math.min(other, content.length))
      const truth = Math.min(left.length, right.length, Math.floor(bit / 8))
      const common = commonPrefix(hashTree(left), hashTree(right))
      if (Buffer.compare(left, right) === 0) {
        expect(common).toBe(left.length)
      } else {
        // A content of one group has no pair that tells the chaining value of that group: it is not found.
        const single = Math.min(left.length, right.length) <= GROUP_BYTES
        expect(common).toBe(single ? 0 : Math.floor(truth / GROUP_BYTES) * GROUP_BYTES)
      }
    }),
    { numRuns: 2000 }
  )
})
