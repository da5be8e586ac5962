/** Geometry: compared, for every tree up to 200 leaves, with its definition by recursion. */
import { expect, it } from "vitest"
import { CHUNK_BYTES, GROUP_BYTES } from "../../../src/bao/constants.ts"
import {
  closedGroups,
  groupsOf,
  leavesOf,
  leftOf,
  nodes,
  outboardBytes,
  pairsWithin,
  postOf,
  stablePairs,
  subtreesOf
} from "../../../src/bao/tree.ts"

interface Inner {
  readonly start: number
  readonly length: number
}

/** The inner nodes over leaves, in pre-order and in post-order, by definition. */
const define = (
  start: number,
  length: number
): { readonly pre: ReadonlyArray<Inner>; readonly post: ReadonlyArray<Inner> } => {
  if (length === 1) return { pre: [], post: [] }
  let left = 1
  while (left * 2 < length) left *= 2
  const [one, other] = [define(start, left), define(start + left, length - left)]
  const node = { start, length }
  return { pre: [node, ...one.pre, ...other.pre], post: [...one.post, ...other.post, node] }
}

const inner = (leaves: number, from?: number, to?: number) =>
  [...nodes(leaves, from, to)].filter(({ length }) => length > 1)

it("splits off the largest power of two below the number of leaves", () => {
  expect([2, 3, 4, 5, 8, 9, 2 ** 32, 2 ** 32 + 1, 2 ** 43].map(leftOf)).toEqual([
    1,
    2,
    2,
    4,
    4,
    8,
    2 ** 31,
    2 ** 32,
    2 ** 42
  ])
})

it("puts every node where the definition puts it, in both orders", () => {
  for (let leaves = 1; leaves <= 200; leaves++) {
    const { pre, post } = define(0, leaves)
    const found = inner(leaves)
    expect(found.map(({ start, length }) => ({ start, length }))).toEqual(pre)
    expect(found.map((node) => node.pre)).toEqual(pre.map((_, i) => i))
    const sorted = found.toSorted((a, b) => postOf(a) - postOf(b))
    expect(sorted.map(({ start, length }) => ({ start, length }))).toEqual(post)
    expect(sorted.map(postOf)).toEqual(post.map((_, i) => i))
  }
})

it("visits exactly the nodes over a range", () => {
  for (const leaves of [1, 2, 7, 64, 65]) {
    const all = [...nodes(leaves)]
    for (let from = 0; from < leaves; from++) {
      for (let to = from + 1; to <= leaves; to++) {
        const over = all.filter(({ start, length }) => start < to && start + length > from)
        expect([...nodes(leaves, from, to)]).toEqual(over)
      }
    }
  }
})

it("keeps stable pairs where they are, whatever is appended", () => {
  for (let groups = 1; groups <= 100; groups++) {
    const stable = stablePairs(groups * GROUP_BYTES)
    const before = define(0, groups).post.slice(0, stable)
    for (let more = groups + 1; more <= groups + 40; more++)
      expect(define(0, more).post.slice(0, stable)).toEqual(before)
    // And no other pair is stable: the next one changes with the next group.
    if (stable < groups - 1) expect(define(0, groups + 1).post[stable]).not.toEqual(define(0, groups).post[stable])
  }
})

it("counts leaves, groups, pairs and closed groups", () => {
  expect([0, 1, 1024, 1025].map((size) => leavesOf(size, CHUNK_BYTES))).toEqual([1, 1, 1, 2])
  expect([0, 1, 16_384, 16_385, 5 * 2 ** 40].map(groupsOf)).toEqual([1, 1, 1, 2, 5 * 2 ** 26])
  expect([0, 16_384, 16_385, 2 ** 20].map(outboardBytes)).toEqual([0, 0, 64, 63 * 64])
  expect([0, 1, 16_384, 16_385, 32_768, 32_769].map(closedGroups)).toEqual([0, 0, 0, 1, 1, 2])
  expect([0, 16_384, 32_767, 32_768, 65_536, 65_537, 2 ** 53 - 1].map(stablePairs)).toEqual([
    0,
    0,
    0,
    1,
    3,
    3,
    2 ** 39 - 1 - 39
  ])
  expect([0, 1, 7, 8, 2 ** 40 + 1].map(subtreesOf)).toEqual([0, 1, 3, 1, 2])
  expect([0, 1, 2, 3, 4, 2 ** 40].map(pairsWithin)).toEqual([0, 0, 1, 1, 3, 2 ** 40 - 1])
})
