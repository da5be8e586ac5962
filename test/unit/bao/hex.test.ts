/** Hashes as text. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { InvalidHex } from "../../../src/bao/errors.ts"
import { fromHex, sameHash, toHex } from "../../../src/bao/hex.ts"

it("writes and reads hashes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const text = toHex(bytes)
      expect(text).toMatch(/^[0-9a-f]{64}$/)
      expect([...fromHex(text)]).toEqual([...bytes])
      expect([...fromHex(text.toUpperCase())]).toEqual([...bytes])
    })
  )
})

it("writes only the bytes of a view", () => {
  expect(toHex(Uint8Array.of(1, 2, 254, 255).subarray(1, 3))).toBe("02fe")
})

it.each(["", "ab", "g".repeat(64), "0".repeat(63), "0".repeat(65), `${"0".repeat(64)}\n`, ` ${"0".repeat(63)}`])(
  "refuses %j",
  (text) => {
    expect(() => fromHex(text)).toThrow(InvalidHex)
    expect(() => fromHex(text)).toThrow(JSON.stringify(text))
  }
)

it("tells hashes apart by every byte and by length", () => {
  const hash = Uint8Array.from({ length: 32 }, (_, i) => i)
  expect(sameHash(hash, hash.slice())).toBe(true)
  for (let i = 0; i < 32; i++) expect(sameHash(hash, hash.with(i, 99))).toBe(false)
  expect(sameHash(hash, hash.subarray(0, 31))).toBe(false)
})
