/** The frontier: the same subtrees and the same pairs, however groups are closed. */
import { expect, it } from "vitest"
import { GROUP_BYTES, HASH_BYTES, PAIR_BYTES } from "../../../src/bao/constants.ts"
import { Frontier } from "../../../src/bao/frontier.ts"
import { toHex } from "../../../src/bao/hex.ts"
import { HASH } from "../../../src/bao/mode.ts"
import { parentCv } from "../../../src/bao/subtree.ts"
import { noise } from "../../support/bao/content.ts"
import { pairsOf, referenceTree } from "../../support/bao/reference.ts"

const CVS = noise(300 * HASH_BYTES, 4)

/** Closes the groups of `CVS` in portions, and returns what was emitted and the topmost pair over one more group. */
const close = (portions: ReadonlyArray<number>): { readonly pairs: string; readonly top: string } => {
  const frontier = new Frontier(HASH)
  const pairs: Array<string> = []
  for (const count of portions) {
    frontier.add(CVS.subarray(frontier.closed * HASH_BYTES), count, (some) => pairs.push(toHex(some)))
  }
  return { pairs: pairs.join(""), top: toHex(frontier.fold(noise(HASH_BYTES))) }
}

it("gives the same pairs in the same order for groups closed one by one and in runs of any length", () => {
  for (const total of [1, 2, 3, 63, 64, 65, 127, 128, 200, 300]) {
    const single = close(Array.from({ length: total }, () => 1))
    expect(close([total])).toEqual(single)
    expect(close([Math.floor(total / 3), total - Math.floor(total / 3)])).toEqual(single)
    expect(close([1, total - 1])).toEqual(single)
  }
})

it("does not change the chaining values it is given", () => {
  const before = toHex(CVS)
  close([300])
  expect(toHex(CVS)).toBe(before)
})

it("takes a complete subtree by its chaining value as well as by its groups", () => {
  const cv = (group: number) => CVS.subarray(group * HASH_BYTES, (group + 1) * HASH_BYTES)
  const groups = new Frontier(HASH)
  const subtrees = new Frontier(HASH)
  for (let at = 0; at < 12; at += 4) {
    groups.add(cv(at), 1)
    groups.add(CVS.subarray((at + 1) * HASH_BYTES), 3)
    subtrees.push(parentCv(parentCv(cv(at), cv(at + 1)), parentCv(cv(at + 2), cv(at + 3))), 2)
    expect(subtrees.closed).toBe(groups.closed)
    expect(toHex(subtrees.fold(cv(99)))).toBe(toHex(groups.fold(cv(99))))
  }
})

it("leaves the last group open, also where groups end exactly", () => {
  const content = noise(8 * GROUP_BYTES)
  for (const [size, closed] of [
    [0, 0],
    [1, 0],
    [GROUP_BYTES, 0],
    [GROUP_BYTES + 1, 1],
    [8 * GROUP_BYTES, 7]
  ] as const) {
    const frontier = new Frontier(HASH)
    expect(frontier.feed(content.subarray(0, size))).toBe(closed * GROUP_BYTES)
    expect(frontier.closed).toBe(closed)
  }
})

it("emits the ragged edge bottom up, and folding changes nothing", () => {
  const content = noise(7 * GROUP_BYTES + 5, 2)
  const frontier = new Frontier(HASH)
  const pairs: Array<Uint8Array> = []
  frontier.feed(content, (some) => pairs.push(some.slice()))
  const reference = referenceTree(content, GROUP_BYTES)
  const cv = reference.postOrder.at(-1)!.pair.subarray(HASH_BYTES)
  expect(toHex(Buffer.concat(pairs))).toBe(toHex(pairsOf(reference.postOrder.slice(0, 4))))
  const first = frontier.fold(cv)
  expect(frontier.fold(cv)).toEqual(first)
  expect(first).toHaveLength(PAIR_BYTES)
})

it("goes on by itself after a copy", () => {
  const frontier = new Frontier(HASH)
  frontier.add(CVS, 11)
  const copy = frontier.clone()
  const before = toHex(copy.fold(noise(HASH_BYTES)))
  frontier.add(CVS, 5)
  expect(toHex(copy.fold(noise(HASH_BYTES)))).toBe(before)
  copy.add(CVS, 5)
  expect(toHex(copy.fold(noise(HASH_BYTES)))).toBe(toHex(frontier.fold(noise(HASH_BYTES))))
})
