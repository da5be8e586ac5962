/** Extended output: any part of it, however far, is what the whole holds there. */
import fc from "fast-check"
import { createHash } from "blake3-wasm"
import { describe, expect, it } from "vitest"
import { RangeOutside } from "../../../src/bao/errors.ts"
import { Hasher } from "../../../src/bao/hasher.ts"
import { toHex } from "../../../src/bao/hex.ts"
import { noise } from "../../support/bao/content.ts"
import { extendedHash } from "../../support/bao/oracles.ts"

const SIZES = [0, 1, 64, 65, 1024, 1025, 3000, 16_384, 16_385, 100_000]

describe.each(SIZES)("of %i bytes", (size) => {
  const content = noise(size, 13)
  const output = new Hasher().update(content).output()

  it("is what another implementation gives", () => {
    expect(toHex(output.read(0, 1000))).toBe(extendedHash(content, 1000))
    expect(toHex(output.root())).toBe(extendedHash(content, 32))
  })

  it("can be read from anywhere", () => {
    const whole = toHex(output.read(0, 600))
    fc.assert(
      fc.property(fc.nat(600), fc.nat(600), (one, other) => {
        const [start, end] = [Math.min(one, other), Math.max(one, other)]
        expect(toHex(output.read(start, end - start))).toBe(whole.slice(2 * start, 2 * end))
        expect(toHex(output.read(BigInt(start), end - start))).toBe(whole.slice(2 * start, 2 * end))
      })
    )
  })

  it.each([2n ** 32n * 64n - 7n, 2n ** 53n - 1n, 2n ** 59n + 1n, 2n ** 63n + 77n])(
    "at byte %i is another's",
    (offset) => {
      const reader = createHash().update(Buffer.from(content)).reader()
      reader.position = offset
      expect(toHex(output.read(offset, 200))).toBe(reader.read(200).toString("hex"))
    }
  )
})

describe("its end", () => {
  const output = new Hasher().output()

  it("is at byte 2^64 - 1", () => {
    expect(output.read(2n ** 64n - 33n, 32)).toHaveLength(32)
    expect(output.read(2n ** 64n - 1n, 0)).toHaveLength(0)
    expect(() => output.read(2n ** 64n - 33n, 33)).toThrow(RangeOutside)
    expect(() => output.read(2n ** 64n, 0)).toThrow(RangeOutside)
  })

  it.each([
    [-1, 1],
    [-1n, 1],
    [0.5, 1],
    [2 ** 53, 1],
    [0, -1],
    [0, 1.5],
    [Number.NaN, 1]
  ])("and %s with length %d is outside", (offset, length) => {
    const start = Number(offset)
    expect(() => output.read(offset, length)).toThrow(new RangeOutside(start, start + length, 2 ** 64))
  })
})
