/** Hashing piece by piece. */
import { describe, expect, it } from "vitest"
import { GROUP_BYTES } from "../../../src/bao/constants.ts"
import { hash, Hasher, hashStream } from "../../../src/bao/hasher.ts"
import { toHex } from "../../../src/bao/hex.ts"
import { EDGES, noise } from "../../support/bao/content.ts"

it("hashes nothing to the hash that everybody knows", () => {
  const nothing = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
  expect(toHex(hash(new Uint8Array(0)))).toBe(nothing)
  expect(toHex(new Hasher().root())).toBe(nothing)
  expect(toHex(new Hasher().update(new Uint8Array(0)).root())).toBe(nothing)
})

it("counts bytes, and asking for the hash changes nothing", () => {
  const content = noise(5 * GROUP_BYTES, 1)
  const hasher = new Hasher()
  for (const [from, to] of [
    [0, 1],
    [1, GROUP_BYTES],
    [GROUP_BYTES, GROUP_BYTES],
    [GROUP_BYTES, 2 * GROUP_BYTES],
    [2 * GROUP_BYTES, 5 * GROUP_BYTES]
  ] as const) {
    hasher.update(content.subarray(from, to))
    expect(hasher.sizeBytes).toBe(to)
    const expected = toHex(hash(content.subarray(0, to)))
    expect([toHex(hasher.root()), toHex(hasher.root()), toHex(hasher.output().root())]).toEqual([
      expected,
      expected,
      expected
    ])
  }
})

it("does not keep what it was given: buffers may be used again", () => {
  const content = noise(3 * GROUP_BYTES + 100, 6)
  const hasher = new Hasher()
  const buffer = new Uint8Array(1000)
  for (let at = 0; at < content.length; at += buffer.length) {
    const part = content.subarray(at, at + buffer.length)
    buffer.set(part)
    hasher.update(buffer.subarray(0, part.length))
    buffer.fill(0)
  }
  expect(toHex(hasher.root())).toBe(toHex(hash(content)))
})

describe("a copy", () => {
  it.each(EDGES.filter((size) => size < 6 * GROUP_BYTES))("after %i bytes goes on by itself", (size) => {
    const content = noise(size + 2 * GROUP_BYTES, 9)
    const hasher = new Hasher().update(content.subarray(0, size))
    const copy = hasher.clone()
    hasher.update(noise(20_000, 77))
    expect(toHex(copy.root())).toBe(toHex(hash(content.subarray(0, size))))
    expect(toHex(copy.update(content.subarray(size)).root())).toBe(toHex(hash(content)))
    expect(toHex(hasher.root())).toBe(toHex(hash(Buffer.concat([content.subarray(0, size), noise(20_000, 77)]))))
  })
})

describe("a stream", () => {
  it("is hashed as it comes", async () => {
    const content = noise(100_000, 12)
    const stream = async function* () {
      for (let at = 0; at < content.length; at += 7_777) yield content.subarray(at, at + 7_777)
    }
    expect(toHex(await hashStream(stream()))).toBe(toHex(hash(content)))
    expect(toHex(await hashStream(new Blob([content.slice()]).stream()))).toBe(toHex(hash(content)))
  })

  it("that fails has no hash", async () => {
    const stream = async function* () {
      yield noise(10)
      throw new Error("cable pulled")
    }
    await expect(hashStream(stream())).rejects.toThrow("cable pulled")
  })
})
