/** Outboards: what they hold, and what a growing content adds to them. */
import { describe, expect, it } from "vitest"
import { GROUP_BYTES, PAIR_BYTES } from "../../../src/bao/constants.ts"
import { Misaligned, WrongLength } from "../../../src/bao/errors.ts"
import { hash } from "../../../src/bao/hasher.ts"
import { toHex } from "../../../src/bao/hex.ts"
import { keyed } from "../../../src/bao/mode.ts"
import { concatenate, hashTree, OutboardBuilder, pairAt } from "../../../src/bao/outboard.ts"
import { subtreeCv } from "../../../src/bao/subtree.ts"
import { outboardBytes } from "../../../src/bao/tree.ts"
import { noise } from "../../support/bao/content.ts"

const content = noise(5 * GROUP_BYTES, 40)
const cv = (group: number) =>
  subtreeCv(content.subarray(group * GROUP_BYTES, (group + 1) * GROUP_BYTES), group * GROUP_BYTES)

it("holds the pairs children first: five groups", () => {
  const four = [
    subtreeCv(content.subarray(0, 2 * GROUP_BYTES), 0),
    subtreeCv(content.subarray(2 * GROUP_BYTES, 4 * GROUP_BYTES), 2 * GROUP_BYTES)
  ]
  const expected = [cv(0), cv(1), cv(2), cv(3), ...four, subtreeCv(content.subarray(0, 4 * GROUP_BYTES), 0), cv(4)]
  expect(toHex(hashTree(content).outboard)).toBe(toHex(concatenate(expected)))
})

it("is empty for one group", () => {
  for (const size of [0, 1, GROUP_BYTES]) {
    const tree = hashTree(content.subarray(0, size))
    expect(tree).toMatchObject({ sizeBytes: size, outboard: new Uint8Array(0) })
    expect(toHex(tree.root)).toBe(toHex(hash(content.subarray(0, size))))
  }
})

it("remembers its mode", () => {
  const mode = keyed(noise(32))
  const tree = hashTree(content, mode)
  expect(tree.mode).toBe(mode)
  expect(toHex(tree.root)).toBe(toHex(hash(content, mode)))
})

describe("a builder", () => {
  it("gives a pair as soon as nothing can change it, and once", () => {
    const builder = new OutboardBuilder()
    const given = (from: number, to: number) => builder.update(content.subarray(from, to)).length / PAIR_BYTES
    expect(given(0, GROUP_BYTES)).toBe(0)
    expect(given(GROUP_BYTES, 2 * GROUP_BYTES - 1)).toBe(0)
    expect(given(2 * GROUP_BYTES - 1, 2 * GROUP_BYTES)).toBe(1)
    expect(given(2 * GROUP_BYTES, 2 * GROUP_BYTES + 1)).toBe(0)
    expect(given(2 * GROUP_BYTES + 1, 4 * GROUP_BYTES)).toBe(2)
    expect(given(4 * GROUP_BYTES, 4 * GROUP_BYTES)).toBe(0)
    expect(builder.edge()).toHaveLength(0)
    expect(given(4 * GROUP_BYTES, 5 * GROUP_BYTES)).toBe(0)
    expect(builder.edge()).toHaveLength(PAIR_BYTES)
  })

  it("completes what it gave with the edge, at any size; the edge is the only thing that changes", () => {
    const builder = new OutboardBuilder()
    const stable: Array<Uint8Array> = []
    for (let at = 0; at < content.length; at += 5_000) {
      stable.push(builder.update(content.subarray(at, at + 5_000)))
      const size = Math.min(content.length, at + 5_000)
      const whole = concatenate([...stable, builder.edge()])
      expect(whole).toHaveLength(outboardBytes(size))
      expect(toHex(whole)).toBe(toHex(hashTree(content.subarray(0, size)).outboard))
    }
  })

  it("is not changed through what it returned", () => {
    const builder = new OutboardBuilder()
    builder.update(content)
    builder.root().fill(0)
    builder.edge().fill(0)
    expect(toHex(builder.root())).toBe(toHex(hash(content)))
    expect(toHex(builder.edge())).toBe(toHex(hashTree(content).outboard.subarray(-PAIR_BYTES)))
  })

  it("takes subtrees that were hashed elsewhere, between bytes, and gives the same pairs", () => {
    const eight = noise(8 * GROUP_BYTES + 1, 41)
    const subtree = (first: number, groups: number) => {
      const pairs: Array<Uint8Array> = []
      const bytes = eight.subarray(first * GROUP_BYTES, (first + groups) * GROUP_BYTES)
      const value = subtreeCv(bytes, first * GROUP_BYTES, undefined, (some) => pairs.push(some.slice()))
      return [value, Math.log2(groups), concatenate(pairs)] as const
    }
    const builder = new OutboardBuilder()
    const given = [
      builder.update(eight.subarray(0, 2 * GROUP_BYTES)),
      builder.addSubtree(...subtree(2, 2)),
      builder.addSubtree(...subtree(4, 2)),
      builder.addSubtree(...subtree(6, 1)),
      builder.update(eight.subarray(7 * GROUP_BYTES)),
      builder.edge()
    ]
    const tree = hashTree(eight)
    expect(toHex(builder.root())).toBe(toHex(tree.root))
    expect(toHex(concatenate(given))).toBe(toHex(tree.outboard))
  })

  it("refuses a subtree where none begins", () => {
    const builder = new OutboardBuilder()
    builder.update(content.subarray(0, GROUP_BYTES))
    expect(() => builder.addSubtree(cv(1), 1, new Uint8Array(PAIR_BYTES))).toThrow(Misaligned)
    builder.update(content.subarray(GROUP_BYTES, GROUP_BYTES + 1))
    expect(() => builder.addSubtree(cv(1), 0, new Uint8Array(0))).toThrow(Misaligned)
  })

  it("copies itself, to try what an append would give", () => {
    const builder = new OutboardBuilder()
    builder.update(content.subarray(0, 70_000))
    const copy = builder.clone()
    const added = copy.update(content.subarray(70_000))
    expect(toHex(copy.root())).toBe(toHex(hash(content)))
    expect(builder.sizeBytes).toBe(70_000)
    expect(toHex(builder.update(content.subarray(70_000)))).toBe(toHex(added))
  })
})

describe("a pair", () => {
  const { outboard } = hashTree(content)

  it("is read from memory or by a function", () => {
    expect(pairAt({ outboard }, 3)).toEqual(outboard.subarray(3 * PAIR_BYTES))
    expect(pairAt({ outboard: (position) => outboard.subarray(position * PAIR_BYTES) }, 3)).toHaveLength(PAIR_BYTES)
  })

  it("that is not there is an error", () => {
    expect(() => pairAt({ outboard }, 4)).toThrow(new WrongLength("outboard", 5 * PAIR_BYTES, 4 * PAIR_BYTES))
    expect(() => pairAt({ outboard: () => new Uint8Array(63) }, 0)).toThrow(new WrongLength("outboard", 64, 63))
  })
})
