/** What a caller and a person are told. */
import { expect, it } from "vitest"
import * as errors from "../../../src/bao/errors.ts"

const CASES: ReadonlyArray<readonly [Error & { readonly _tag: string }, string]> = [
  [
    new errors.VerificationFailed("content", 16384, 20000),
    "bytes 16384 to 20000 do not match the hash: the content is damaged there"
  ],
  [
    new errors.VerificationFailed("pair", 0, 32768),
    "the hash tree over bytes 0 to 32768 does not match the root: the outboard or slice is damaged there"
  ],
  [new errors.RangeOutside(5, 9, 8), "range 5 to 9 does not lie in a content of 8 bytes"],
  [new errors.WrongLength("outboard", 128, 64), "the outboard has 64 bytes where 128 are needed"],
  [
    new errors.InvalidSize(2n ** 64n - 1n),
    "18446744073709551615 is not the size of a content: a whole number from 0 to 9007199254740991 is needed"
  ],
  [new errors.SizeMismatch(10, 11), "the encoding claims a content of 11 bytes where one of 10 bytes was asked for"],
  [
    new errors.Misaligned(16384, 32768),
    "no subtree of 32768 bytes begins at byte 16384: its offset must be a multiple of its span"
  ],
  [new errors.InvalidKey(31), "a BLAKE3 key has 32 bytes, not 31"],
  [new errors.InvalidHex("xyz"), '"xyz" is not a hash: 64 hexadecimal digits are needed'],
  [
    new errors.StateMismatch(7),
    "the last bytes, size 7 and outboard do not give the recorded root: they belong to another content"
  ],
  [
    new errors.KernelBroken("wasm-simd"),
    'the BLAKE3 kernel "wasm-simd" does not give the known answers on this machine; nothing was hashed with it'
  ],
  [new errors.NotAFile(7), "descriptor 7 is not a regular file's; say how many bytes to hash, or hash it as a stream"],
  [
    new errors.WorkerFailed(new Error("out of memory")),
    "a hashing thread ended unexpectedly (Error: out of memory); trying again starts another"
  ],
  [new errors.PoolClosed(), "the hashing pool was closed before the hash was complete; make another pool"]
]

it.each(CASES)("%o", (error, message) => {
  expect(error).toBeInstanceOf(Error)
  expect(error.message).toBe(message)
  expect(error.name).toBe(error._tag)
  expect(error.constructor.name).toBe(error._tag)
})

it("covers every class", () => {
  const classes = Object.keys(errors)
  expect(new Set(CASES.map(([error]) => error._tag))).toEqual(new Set(classes))
})

it("does not repeat a whole page of text that is no hash", () => {
  expect(new errors.InvalidHex("z".repeat(10_000)).message.length).toBeLessThan(200)
})
