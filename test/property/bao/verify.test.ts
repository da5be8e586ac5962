/**
 * R4: every range that is read verified is the range of the content, through every way of reading it.
 */
import fc from "fast-check"
import { expect, it } from "vitest"
import { GROUP_BYTES } from "../../../src/bao/constants.ts"
import { keyed } from "../../../src/bao/mode.ts"
import { hashTree } from "../../../src/bao/outboard.ts"
import { runAsync } from "../../../src/bao/steps.ts"
import { verify, verifyRange } from "../../../src/bao/verify.ts"
import { pieces, ranges } from "../../support/bao/arbitrary.ts"
import { flip } from "../../support/bao/content.ts"
import { bytesOf, outcomeOf, reading, same, tagOf } from "../../support/bao/outcome.ts"

it("gives exactly the range", async () => {
  await fc.assert(
    fc.asyncProperty(ranges(4 * 2 ** 20), async ({ content, start, end }) => {
      const tree = hashTree(content)
      const range = content.subarray(start, end)
      expect(same(verify(tree, content, start, end), range)).toBe(true)
      expect(same(bytesOf(verifyRange(tree, start, end), reading(content)), range)).toBe(true)
      const parts: Array<Uint8Array> = []
      for await (const part of runAsync(verifyRange(tree, start, end), async (from, to) =>
        content.subarray(from, to)
      )) {
        parts.push(part)
      }
      expect(same(new Uint8Array(Buffer.concat(parts)), range)).toBe(true)
    }),
    { numRuns: 300 }
  )
})

it("gives exactly the range of a stream in pieces of any size, in any mode", () => {
  fc.assert(
    fc.property(pieces(2 ** 20), fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(), (parts, key, cut) => {
      const content = new Uint8Array(Buffer.concat(parts))
      const start = cut % (content.length + 1)
      const tree = hashTree(content, keyed(key))
      const steps = verifyRange(tree, start, content.length)
      expect(same(bytesOf(steps, parts), content.subarray(start))).toBe(true)
    }),
    { numRuns: 300 }
  )
})

it("names the damaged group, and gives the sound bytes before it", () => {
  fc.assert(
    fc.property(
      ranges(3 * 2 ** 20).filter(({ start, end }) => end > start),
      fc.nat(),
      ({ content, start, end }, where) => {
        const at = start + (where % (end - start))
        const group = Math.floor(at / GROUP_BYTES) * GROUP_BYTES
        const damaged = flip(content, 8 * at + (where & 7))
        const { bytes, error } = outcomeOf(verifyRange(hashTree(content), start, end), reading(damaged))
        expect(tagOf(error)).toBe("VerificationFailed")
        expect(error).toMatchObject({
          part: "content",
          start: group,
          end: Math.min(content.length, group + GROUP_BYTES)
        })
        expect(same(bytes, content.subarray(start, Math.max(start, group)))).toBe(true)
      }
    ),
    { numRuns: 500 }
  )
})
