/** Verified reads: what is asked for, what is given, what is refused. */
import { describe, expect, it } from "vitest"
import { BATCH_GROUPS, GROUP_BYTES, PAIR_BYTES } from "../../../src/bao/constants.ts"
import { RangeOutside, VerificationFailed, WrongLength } from "../../../src/bao/errors.ts"
import { hash } from "../../../src/bao/hasher.ts"
import { keyed } from "../../../src/bao/mode.ts"
import { hashTree } from "../../../src/bao/outboard.ts"
import { run, runAsync } from "../../../src/bao/steps.ts"
import { verify, verifyRange } from "../../../src/bao/verify.ts"
import { flip, noise } from "../../support/bao/content.ts"
import { bytesOf, collect, outcomeOf, reading, same } from "../../support/bao/outcome.ts"

const BATCH = BATCH_GROUPS * GROUP_BYTES
const content = noise(3 * BATCH + 2 * GROUP_BYTES + 77, 80)
const tree = hashTree(content)

/** The spans that reading a range asks for. */
const asked = (start: number, end: number): Array<readonly [number, number]> => {
  const spans: Array<readonly [number, number]> = []
  bytesOf(verifyRange(tree, start, end), (from, to) => {
    spans.push([from, to])
    return content.subarray(from, to)
  })
  return spans
}

describe("a range", () => {
  it("is read in whole groups, at most 1 MiB at once, split at multiples of 1 MiB", () => {
    expect(asked(0, 0)).toEqual([])
    expect(asked(5, 6)).toEqual([[0, GROUP_BYTES]])
    expect(asked(GROUP_BYTES - 1, GROUP_BYTES + 1)).toEqual([[0, 2 * GROUP_BYTES]])
    expect(asked(content.length - 1, content.length)).toEqual([[content.length - 77, content.length]])
    expect(asked(BATCH - 1, 2 * BATCH + 1)).toEqual([
      [BATCH - GROUP_BYTES, BATCH],
      [BATCH, 2 * BATCH],
      [2 * BATCH, 2 * BATCH + GROUP_BYTES]
    ])
    expect(asked(0, content.length)).toHaveLength(4)
  })

  it("is given as views, without what lies around it", () => {
    expect(verify(tree, content, 100, 200)).toHaveLength(100)
    expect(verify(tree, content, 100, 200).buffer).toBe(content.buffer)
    expect(same(verify(tree, content), content)).toBe(true)
    expect(verify(tree, content, 7, 7)).toHaveLength(0)
  })

  it.each([
    [-1, 5],
    [5, 4],
    [0, content.length + 1],
    [content.length + 1, content.length + 1],
    [0.5, 2],
    [0, Number.NaN]
  ])("from %d to %d does not lie in the content", (start, end) => {
    expect(() => verify(tree, content, start, end)).toThrow(new RangeOutside(start, end, content.length))
  })
})

describe("damage", () => {
  it("is named; everything outside of the damaged group stays readable", () => {
    const damaged = flip(content, 8 * (BATCH + 5 * GROUP_BYTES))
    const error = new VerificationFailed("content", BATCH + 5 * GROUP_BYTES, BATCH + 6 * GROUP_BYTES)
    expect(() => verify(tree, damaged)).toThrow(error)
    expect(same(verify(tree, damaged, 0, error.start), content.subarray(0, error.start))).toBe(true)
    expect(same(verify(tree, damaged, error.end), content.subarray(error.end))).toBe(true)
    const outcome = outcomeOf(verifyRange(tree, 3, content.length), reading(damaged))
    expect(outcome.error).toEqual(error)
    expect(same(outcome.bytes, content.subarray(3, error.start))).toBe(true)
  })

  it("of a pair makes unreadable only what lies below it", () => {
    const outboard = flip(tree.outboard, 0)
    const error = new VerificationFailed("pair", 0, 2 * GROUP_BYTES)
    expect(() => verify({ ...tree, outboard }, content, 0, 1)).toThrow(error)
    expect(() => verify({ ...tree, outboard }, content, 2 * GROUP_BYTES - 1, 2 * GROUP_BYTES)).toThrow(error)
    expect(same(verify({ ...tree, outboard }, content, error.end), content.subarray(error.end))).toBe(true)
  })

  it("cannot be vouched for by an outboard that was changed with it", () => {
    const damaged = flip(content, 0)
    const { outboard } = hashTree(damaged)
    expect(() => verify({ ...tree, outboard }, damaged, 0, 1)).toThrow(VerificationFailed)
  })

  it("of a content of one group is found without an outboard", () => {
    const small = content.subarray(0, 5000)
    expect(() => verify(hashTree(small), flip(small, 39_999))).toThrow(new VerificationFailed("content", 0, 5000))
  })

  it("in the last, short group is named with its true end", () => {
    const damaged = flip(content, 8 * content.length - 1)
    expect(() => verify(tree, damaged)).toThrow(new VerificationFailed("content", content.length - 77, content.length))
  })
})

describe("what does not belong together is refused:", () => {
  it("an outboard that is too short or too long", () => {
    const needed = tree.outboard.length
    const long = new Uint8Array(needed + PAIR_BYTES)
    for (const outboard of [tree.outboard.subarray(1), long, new Uint8Array(0)]) {
      expect(() => verify({ ...tree, outboard }, content, 0, 1)).toThrow(
        new WrongLength("outboard", needed, outboard.length)
      )
    }
  })

  it("a content that is too short or too long", () => {
    const one = content.subarray(0, content.length - 1)
    expect(() => verify(tree, one, 0, 1)).toThrow(new WrongLength("content", content.length, one.length))
    const { error, bytes } = outcomeOf(verifyRange(tree, 0, content.length), reading(one))
    expect(error).toEqual(new WrongLength("content", 2 * GROUP_BYTES + 77, 2 * GROUP_BYTES + 76))
    expect(same(bytes, content.subarray(0, 3 * BATCH))).toBe(true)
  })

  it("the hash in another mode", () => {
    expect(() => verify({ ...tree, mode: keyed(noise(32)) }, content, 0, 1)).toThrow(VerificationFailed)
  })

  it("a size one off", () => {
    const sizeBytes = content.length - 1
    expect(() => verify({ ...tree, sizeBytes }, content.subarray(0, sizeBytes))).toThrow(VerificationFailed)
  })
})

describe("an empty content", () => {
  const empty = new Uint8Array(0)

  it("is verified by its hash", () => {
    expect(verify(hashTree(empty), empty)).toHaveLength(0)
    expect([...run(verifyRange(hashTree(empty), 0, 0), [])]).toEqual([])
    expect(() => verify({ ...hashTree(empty), root: hash(noise(1)) }, empty)).toThrow(
      new VerificationFailed("content", 0, 0)
    )
  })
})

describe("reads that take time", () => {
  it("are verified one after the other", async () => {
    let underWay = 0
    const read = async (start: number, end: number) => {
      underWay += 1
      expect(underWay).toBe(1)
      await Promise.resolve()
      underWay -= 1
      return content.subarray(start, end)
    }
    expect(same(await collect(runAsync(verifyRange(tree, 1, content.length), read)), content.subarray(1))).toBe(true)
  })

  it("fail as they fail", async () => {
    const read = () => Promise.reject(new Error("connection lost"))
    await expect(collect(runAsync(verifyRange(tree, 0, 1), read))).rejects.toThrow("connection lost")
  })
})
