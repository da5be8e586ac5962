/** Slices: what they hold, and what a decoder believes. */
import { describe, expect, it } from "vitest"
import { CHUNK_BYTES, GROUP_BYTES, HEADER_BYTES, PAIR_BYTES } from "../../../src/bao/constants.ts"
import { InvalidSize, RangeOutside, SizeMismatch, VerificationFailed, WrongLength } from "../../../src/bao/errors.ts"
import { keyed } from "../../../src/bao/mode.ts"
import { hashTree } from "../../../src/bao/outboard.ts"
import {
  decodeRange,
  decodeSlice,
  encodeOutboard,
  encodeSlice,
  readHeader,
  writeHeader
} from "../../../src/bao/slice.ts"
import { runAsync } from "../../../src/bao/steps.ts"
import { flip, noise } from "../../support/bao/content.ts"
import { bytesOf, collect, outcomeOf, reading, same } from "../../support/bao/outcome.ts"

const content = noise(70 * GROUP_BYTES + 2000, 90)
const tree = hashTree(content)
const last = content.length - 2000

describe("a header", () => {
  it("is the size, little-endian", () => {
    expect([...writeHeader(0x01020304)]).toEqual([4, 3, 2, 1, 0, 0, 0, 0])
    for (const size of [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) expect(readHeader(writeHeader(size))).toBe(size)
  })

  it("that claims more than can be counted is refused", () => {
    expect(() => readHeader(new Uint8Array(8).fill(255))).toThrow(new InvalidSize(2n ** 64n - 1n))
    expect(() => readHeader(Uint8Array.of(0, 0, 0, 0, 0, 0, 32, 0))).toThrow(new InvalidSize(2n ** 53n))
  })
})

describe("a slice in groups", () => {
  const slice = (start: number, length: number) => bytesOf(encodeSlice(tree, start, length, "groups"), reading(content))

  it("holds header, the pairs on the way and whole groups", () => {
    // 71 groups: the first lies under seven pairs, the last under three (64 + 4 + 2 + 1).
    expect(slice(0, 1)).toHaveLength(HEADER_BYTES + 7 * PAIR_BYTES + GROUP_BYTES)
    expect(slice(last, 1)).toHaveLength(HEADER_BYTES + 3 * PAIR_BYTES + 2000)
    expect(slice(0, content.length)).toHaveLength(HEADER_BYTES + 70 * PAIR_BYTES + content.length)
  })

  it("of nothing, or beyond the end, proves something all the same", () => {
    expect(same(slice(5, 0), slice(0, 1))).toBe(true)
    for (const start of [content.length, content.length + 1, Number.MAX_SAFE_INTEGER]) {
      expect(same(slice(start, 100), slice(last, 1))).toBe(true)
      const steps = decodeSlice({ root: tree.root }, start, 100, "groups")
      expect(outcomeOf(steps, [slice(start, 100)])).toEqual({ bytes: new Uint8Array(0), error: undefined })
      const damaged = flip(slice(start, 100), 8 * (slice(start, 100).length - 1))
      expect(outcomeOf(decodeSlice({ root: tree.root }, start, 100, "groups"), [damaged]).error).toEqual(
        new VerificationFailed("content", last, content.length)
      )
    }
  })

  it("longer than the content is clipped", () => {
    const steps = decodeSlice({ root: tree.root }, last, Number.MAX_SAFE_INTEGER, "groups")
    expect(same(bytesOf(steps, [slice(last, 2 ** 50)]), content.subarray(last))).toBe(true)
  })
})

describe("an encoder", () => {
  it("verifies what it sends", () => {
    const damaged = flip(content, 8 * 20 * GROUP_BYTES)
    const { bytes, error } = outcomeOf(encodeSlice(tree, 0, content.length, "groups"), reading(damaged))
    expect(error).toEqual(new VerificationFailed("content", 20 * GROUP_BYTES, 21 * GROUP_BYTES))
    // Whoever receives what came before can use it.
    const received = outcomeOf(decodeSlice(tree, 0, content.length, "groups"), [bytes])
    expect(received.error).toBeInstanceOf(WrongLength)
    expect(same(received.bytes, content.subarray(0, 20 * GROUP_BYTES))).toBe(true)
    const outboard = flip(tree.outboard, 0)
    expect(outcomeOf(encodeSlice({ ...tree, outboard }, 0, 1, "chunks"), reading(content)).error).toEqual(
      new VerificationFailed("pair", 0, 2 * GROUP_BYTES)
    )
  })

  it("reads up to 1 MiB at once, and only what it sends", () => {
    const spans: Array<readonly [number, number]> = []
    bytesOf(encodeSlice(tree, 60 * GROUP_BYTES + 5, 6 * GROUP_BYTES, "chunks"), (start, end) => {
      spans.push([start / GROUP_BYTES, end / GROUP_BYTES])
      return content.subarray(start, end)
    })
    expect(spans).toEqual([
      [60, 64],
      [64, 67]
    ])
  })

  it("works in every mode", () => {
    const mode = keyed(noise(32))
    const other = hashTree(content, mode)
    for (const leaves of ["chunks", "groups"] as const) {
      const encoding = bytesOf(encodeSlice(other, 0, content.length, leaves), reading(content))
      expect(
        same(bytesOf(decodeSlice({ root: other.root, mode }, 0, content.length, leaves), [encoding]), content)
      ).toBe(true)
      const plain = outcomeOf(decodeSlice({ root: other.root }, 0, content.length, leaves), [encoding])
      expect(plain.error).toBeInstanceOf(VerificationFailed)
    }
  })
})

describe("a decoder", () => {
  const encoding = bytesOf(encodeSlice(tree, 0, content.length, "groups"), reading(content))

  it("asks for one node at a time, whatever size is claimed", () => {
    for (const claimed of [content.length, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      const lying = encoding.slice()
      lying.set(writeHeader(claimed))
      const asked: Array<number> = []
      const outcome = outcomeOf(
        decodeSlice({ root: tree.root }, 0, Number.MAX_SAFE_INTEGER, "groups"),
        (start, end) => {
          asked.push(end - start)
          return lying.subarray(start, end)
        }
      )
      expect(Math.max(...asked)).toBeLessThanOrEqual(GROUP_BYTES)
      expect(outcome.error === undefined).toBe(claimed === content.length)
      if (claimed !== content.length) expect(outcome.bytes.length).toBe(0)
    }
  })

  it("that knows the size refuses another before anything else", () => {
    const wanted = { root: tree.root, sizeBytes: content.length + 1 }
    expect(outcomeOf(decodeSlice(wanted, 0, 1, "groups"), [encoding]).error).toEqual(
      new SizeMismatch(content.length + 1, content.length)
    )
  })

  it("gives each leaf as soon as it is verified, before more has arrived", () => {
    const small = content.subarray(0, 3 * CHUNK_BYTES)
    const { root } = hashTree(small)
    const slice = bytesOf(encodeSlice(hashTree(small), 0, small.length, "chunks"), reading(small))
    const given = outcomeOf(decodeSlice({ root }, 0, small.length, "chunks"), [
      slice.subarray(0, slice.length - CHUNK_BYTES)
    ])
    expect(same(given.bytes, small.subarray(0, 2 * CHUNK_BYTES))).toBe(true)
    expect(given.error).toEqual(new WrongLength("encoding", CHUNK_BYTES, 0))
  })

  it("reads a range out of a whole encoding without the rest", () => {
    let asked = 0
    const steps = decodeRange(tree, last + 5, 10, "groups")
    const bytes = bytesOf(steps, (start, end) => {
      asked += end - start
      return encoding.subarray(start, end)
    })
    expect(same(bytes, content.subarray(last + 5, last + 15))).toBe(true)
    expect(asked).toBe(HEADER_BYTES + 3 * PAIR_BYTES + 2000)
  })

  it("takes a stream from the network", async () => {
    const stream = async function* () {
      for (let at = 0; at < encoding.length; at += 1500) yield encoding.subarray(at, at + 1500)
    }
    const steps = decodeSlice({ root: tree.root }, 0, content.length, "groups")
    expect(same(await collect(runAsync(steps, stream())), content)).toBe(true)
  })
})

describe("ranges that cannot be are refused:", () => {
  it.each([
    [-1, 5],
    [0, -1],
    [0.5, 1],
    [0, Number.NaN],
    [2 ** 53, 1]
  ])("%d with length %d", (start, length) => {
    for (const leaves of ["chunks", "groups"] as const) {
      const outside = new RangeOutside(start, start + length, content.length)
      expect(outcomeOf(encodeSlice(tree, start, length, leaves), reading(content)).error).toEqual(outside)
      expect(outcomeOf(decodeSlice(tree, start, length, leaves), [writeHeader(content.length)]).error).toBeInstanceOf(
        RangeOutside
      )
    }
  })
})

it("an outboard in bao's format has a pair for every chunk but one", () => {
  const outboard = bytesOf(encodeOutboard(tree), reading(content))
  expect(outboard).toHaveLength(HEADER_BYTES + (Math.ceil(content.length / CHUNK_BYTES) - 1) * PAIR_BYTES)
})
