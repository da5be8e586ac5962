/** The modes of BLAKE3, and what they are made of. */
import { expect, it } from "vitest"
import { IV } from "../../../src/bao/constants.ts"
import { InvalidKey } from "../../../src/bao/errors.ts"
import { hash } from "../../../src/bao/hasher.ts"
import { toHex } from "../../../src/bao/hex.ts"
import { bytesOf, HASH, keyed, wordsOf } from "../../../src/bao/mode.ts"
import { noise } from "../../support/bao/content.ts"

it("reads little-endian words, of a view too, and writes them back", () => {
  const bytes = Uint8Array.of(0, 0x67, 0xe6, 0x09, 0x6a, 0xff, 0xff, 0xff, 0xff).subarray(1)
  expect([...wordsOf(bytes)]).toEqual([0x6a09e667, 0xffffffff])
  expect([...bytesOf(wordsOf(bytes))]).toEqual([...bytes])
})

it.each([0, 31, 33, 64])("refuses a key of %i bytes", (lengthBytes) => {
  expect(() => keyed(new Uint8Array(lengthBytes))).toThrow(new InvalidKey(lengthBytes))
})

it("hashes otherwise with every key, and with the initial value as key: a key is also a domain", () => {
  const bytes = noise(40_000)
  const hashes = [HASH, keyed(noise(32, 1)), keyed(noise(32, 2)), keyed(bytesOf(IV))].map((mode) =>
    toHex(hash(bytes, mode))
  )
  expect(new Set(hashes).size).toBe(4)
})
