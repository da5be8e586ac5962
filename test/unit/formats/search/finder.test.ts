import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Finder, makeFinder } from "../../../../src/formats/search/finder.ts"
import { searchKernel } from "../../../../src/formats/search/kernel.ts"
import { TEXT_BYTES_MAX } from "../../../../src/formats/search/layout.ts"

const kernel = searchKernel()

const all = (finder: Finder, text: Uint8Array, block: Buffer): ReadonlyArray<number> => {
  finder.load(block)
  finder.begin(text, 0)
  const found: Array<number> = []
  for (let next = finder.next(); next.length > 0; next = finder.next()) found.push(...next)
  return found
}

/** Blocks of some KiB of few letters, so that texts are in them. */
const blocks = fc
  .record({
    units: fc.array(fc.constantFrom("a", "b", "A", "ab", "\n", "\n\n", "x".repeat(15), "x".repeat(70)), {
      minLength: 1
    }),
    times: fc.constantFrom(1, 3, 200)
  })
  .map(({ times, units }) => Buffer.from(units.join("").repeat(times)))

describe("the kernel that finds texts", () => {
  it("finds the lines that the runtime finds, all of them, however many there are", () => {
    const texts = fc.constantFrom(
      "a",
      "ab",
      "ba",
      "aab",
      "bxx",
      "x".repeat(20),
      "b".repeat(40),
      "q",
      `${"x".repeat(70)}a`
    )
    fc.assert(
      fc.property(blocks, texts, (block, text) => {
        const bytes = Buffer.from(text)
        expect(all(makeFinder(kernel, false), bytes, block)).toEqual(all(makeFinder(undefined, false), bytes, block))
        const small = Buffer.from(block.toString().toLowerCase())
        expect(all(makeFinder(kernel, true), bytes, block)).toEqual(all(makeFinder(undefined, false), bytes, small))
      }),
      { numRuns: 300 }
    )
  })

  it("counts line feeds between any two places", () => {
    const finder = makeFinder(kernel, false)
    const plain = makeFinder(undefined, false)
    fc.assert(
      fc.property(blocks, fc.nat(), fc.nat(), (block, one, other) => {
        const start = Math.min(one % (block.length + 1), other % (block.length + 1))
        const end = Math.max(one % (block.length + 1), other % (block.length + 1))
        finder.load(block)
        plain.load(block)
        expect(finder.feeds(start, end)).toBe(plain.feeds(start, end))
      }),
      { numRuns: 300 }
    )
  })

  it("sees nothing of what earlier blocks left behind, and takes large blocks and long texts", () => {
    const text = Buffer.from(`${"ab".repeat(TEXT_BYTES_MAX / 2 - 1)}cd`)
    const finder = makeFinder(kernel, false)
    const large = Buffer.concat([Buffer.alloc(3_000_000, "ab"), text, Buffer.from("\n")])
    expect(all(finder, text, large)).toEqual([0, 3_000_000, 3_000_000 + text.length])
    expect(all(finder, text, large.subarray(0, large.length - 2))).toEqual([])
    expect(all(finder, text, text)).toEqual([0, 0, text.length])
    expect(all(finder, text, Buffer.from("cd"))).toEqual([])
    expect(all(finder, text, Buffer.alloc(0))).toEqual([])
  })
})
