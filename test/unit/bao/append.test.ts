/** Going on with a stored content. */
import { describe, expect, it } from "vitest"
import { complete, rebuild, resume, tailStart } from "../../../src/bao/append.ts"
import { GROUP_BYTES, PAIR_BYTES } from "../../../src/bao/constants.ts"
import { InvalidSize, StateMismatch, WrongLength } from "../../../src/bao/errors.ts"
import { hash } from "../../../src/bao/hasher.ts"
import { toHex } from "../../../src/bao/hex.ts"
import { keyed } from "../../../src/bao/mode.ts"
import { concatenate, hashTree, pairAt } from "../../../src/bao/outboard.ts"
import { parentCv, rootOf, subtreeCv } from "../../../src/bao/subtree.ts"
import { stablePairs } from "../../../src/bao/tree.ts"
import { EDGES, flip, noise } from "../../support/bao/content.ts"

it("reads again at most 32 KiB, and at least one byte of what is not empty", () => {
  expect([0, 1, 16_384, 16_385, 32_768, 32_769, 49_152, 49_153, 65_536, 65_537].map(tailStart)).toEqual([
    0, 0, 0, 0, 0, 32_768, 32_768, 32_768, 32_768, 65_536
  ])
  for (const size of EDGES) {
    expect(size - tailStart(size)).toBeLessThanOrEqual(2 * GROUP_BYTES)
    expect(size === 0 || tailStart(size) < size).toBe(true)
  }
})

/** The chaining value of a subtree by its topmost pair. */
const subtreeTop = (pair: Uint8Array): Uint8Array => parentCv(pair.subarray(0, 32), pair.subarray(32))

const size = 5 * GROUP_BYTES + 100
const content = noise(size, 50)
const stored = hashTree(content)
const tail = content.subarray(tailStart(size))

describe("a stored content", () => {
  it("goes on, in its mode", () => {
    for (const mode of [undefined, keyed(noise(32))]) {
      const tree = hashTree(content, mode)
      const more = noise(70_000, 51)
      const builder = resume(tree, tail)
      expect(builder.sizeBytes).toBe(size)
      builder.update(more)
      expect(toHex(builder.root())).toBe(toHex(hash(Buffer.concat([content, more]), mode)))
    }
  })

  it("is recognised by its end: the state of another is refused", () => {
    for (let bit = 0; bit < tail.length * 8; bit += 997) {
      expect(() => resume(stored, flip(tail, bit))).toThrow(new StateMismatch(size))
    }
    expect(() => resume({ ...stored, root: hash(noise(1)) }, tail)).toThrow(StateMismatch)
    expect(() => resume({ ...stored, mode: keyed(noise(32)) }, tail)).toThrow(StateMismatch)
    // The pair above each complete subtree takes part: here the one over the first four groups.
    expect(() => resume({ ...stored, outboard: flip(stored.outboard, 2 * PAIR_BYTES * 8) }, tail)).toThrow(
      StateMismatch
    )
  })

  it("needs its stable pairs and its whole tail", () => {
    const stable = stored.outboard.subarray(0, stablePairs(size) * PAIR_BYTES)
    expect(resume({ ...stored, outboard: stable }, tail).sizeBytes).toBe(size)
    const missing = stable.subarray(0, stable.length - 1)
    expect(() => resume({ ...stored, outboard: missing }, tail)).toThrow(WrongLength)
    for (const wrong of [tail.subarray(1), content.subarray(tailStart(size) - 1), new Uint8Array(0)]) {
      expect(() => resume(stored, wrong)).toThrow(new WrongLength("content", tail.length, wrong.length))
    }
  })

  it.each([-1, 0.5, Number.NaN, 2 ** 53])("of %d bytes does not exist", (sizeBytes) => {
    expect(() => resume({ ...stored, sizeBytes }, tail)).toThrow(new InvalidSize(sizeBytes))
  })

  it("may be huge: its pairs are read one per level", () => {
    // Two complete subtrees of 2^38 and 2^20 groups, then one byte: the pairs of their tops are all that is needed.
    const sizeBytes = (2 ** 38 + 2 ** 20) * GROUP_BYTES + 1
    const asked: Array<number> = []
    const outboard = (position: number) => {
      asked.push(position)
      return noise(PAIR_BYTES, position % 1000)
    }
    const builder = rebuild({ root: noise(32), sizeBytes, outboard }, sizeBytes, Uint8Array.of(7))
    expect(asked).toEqual([2 ** 38 - 2, 2 ** 38 + 2 ** 20 - 3])
    expect(builder.sizeBytes).toBe(sizeBytes)
    // The edge: the open group beside the smaller subtree, and the larger one beside both.
    const edge = builder.edge()
    const open = subtreeCv(Uint8Array.of(7), sizeBytes - 1)
    const smaller = subtreeTop(noise(PAIR_BYTES, asked[1]! % 1000))
    const larger = subtreeTop(noise(PAIR_BYTES, asked[0]! % 1000))
    expect(toHex(edge)).toBe(toHex(concatenate([smaller, open, larger, parentCv(smaller, open)])))
    expect(toHex(builder.root())).toBe(toHex(rootOf(larger, parentCv(smaller, open))))
  })
})

it.each(EDGES.filter((edge) => edge < 40 * GROUP_BYTES))("completes the outboard of %i bytes", (edge) => {
  const bytes = noise(edge, 60)
  const whole = hashTree(bytes)
  const stable = whole.outboard.slice(0, stablePairs(edge) * PAIR_BYTES)
  const completed = complete({ ...whole, outboard: stable }, bytes.subarray(tailStart(edge)))
  for (let position = 0; position < whole.outboard.length / PAIR_BYTES; position++) {
    expect(toHex(pairAt(completed, position))).toBe(toHex(pairAt(whole, position)))
  }
})
