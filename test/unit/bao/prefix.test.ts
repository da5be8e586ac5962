/** Prefixes, as a mirror asks for them: is the file that I know the beginning of the file that is there now? */
import { describe, expect, it } from "vitest"
import { tailStart } from "../../../src/bao/append.ts"
import { GROUP_BYTES } from "../../../src/bao/constants.ts"
import { WrongLength } from "../../../src/bao/errors.ts"
import { hash } from "../../../src/bao/hasher.ts"
import { hashTree } from "../../../src/bao/outboard.ts"
import { commonPrefix, isPrefix } from "../../../src/bao/prefix.ts"
import { EDGES, flip, noise } from "../../support/bao/content.ts"

const now = noise(80 * GROUP_BYTES + 123, 44)
const tree = hashTree(now)

describe("a known beginning", () => {
  const known = (bytes: Uint8Array) => ({ root: hash(bytes), sizeBytes: bytes.length })
  const tail = (size: number) => now.subarray(tailStart(size), size)

  it.each(EDGES.filter((size) => size <= now.length))("of %i bytes is recognised by size and hash", (size) => {
    expect(isPrefix(known(now.subarray(0, size)), tree, tail(size))).toBe(true)
    if (size > 0) expect(isPrefix(known(flip(now.subarray(0, size), 0)), tree, tail(size))).toBe(false)
    if (size > 0) expect(isPrefix(known(flip(now.subarray(0, size), 8 * size - 1)), tree, tail(size))).toBe(false)
  })

  it("may be everything, but not more", () => {
    expect(isPrefix(known(now), tree, tail(now.length))).toBe(true)
    expect(isPrefix(known(noise(now.length + 1, 44)), tree, new Uint8Array(0))).toBe(false)
  })

  it("needs the right tail", () => {
    expect(() => isPrefix(known(now.subarray(0, 1000)), tree, tail(999))).toThrow(new WrongLength("content", 1000, 999))
  })
})

describe("the longest common beginning", () => {
  const common = (left: Uint8Array, right: Uint8Array) => {
    const [one, other] = [hashTree(left), hashTree(right)]
    expect(commonPrefix(one, other)).toBe(commonPrefix(other, one))
    return commonPrefix(one, other)
  }

  it("of a content with itself is all of it; with another, nothing", () => {
    expect(common(now, now)).toBe(now.length)
    expect(common(now, noise(now.length, 45))).toBe(0)
    expect(common(now, new Uint8Array(0))).toBe(0)
  })

  it("ends before the first group that differs, wherever that is", () => {
    for (let group = 0; group <= 80; group++) {
      expect(common(now, flip(now, 8 * group * GROUP_BYTES + 3))).toBe(group * GROUP_BYTES)
    }
  })

  it("of a content with its beginning is the whole groups of that, but of one group nothing can be told", () => {
    for (const size of [
      2 * GROUP_BYTES,
      3 * GROUP_BYTES,
      3 * GROUP_BYTES + 1,
      64 * GROUP_BYTES,
      65 * GROUP_BYTES - 1
    ]) {
      expect(common(now, now.subarray(0, size))).toBe(Math.floor(size / GROUP_BYTES) * GROUP_BYTES)
    }
    expect(common(now, now.subarray(0, GROUP_BYTES))).toBe(0)
    expect(common(flip(now, 0).subarray(0, GROUP_BYTES), now.subarray(0, GROUP_BYTES))).toBe(0)
  })

  it("is found by a pair or two per level", () => {
    let reads = 0
    const counted = {
      ...tree,
      outboard: (position: number) => {
        reads += 1
        return tree.outboard.subarray(position * 64, position * 64 + 64)
      }
    }
    expect(commonPrefix(counted, hashTree(flip(now, 8 * 37 * GROUP_BYTES)))).toBe(37 * GROUP_BYTES)
    expect(reads).toBeLessThanOrEqual(8)
  })
})
