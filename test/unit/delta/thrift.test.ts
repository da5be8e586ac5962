import { describe, expect, it } from "@effect/vitest"
import { Malformed } from "../../../src/delta/errors.ts"
import { endOfStruct } from "../../../src/delta/thrift.ts"

describe("endOfStruct", () => {
  it.each<[string, ReadonlyArray<number>]>([
    ["an empty struct", [0]],
    ["a number, text and a flag", [0x15, 0x80, 0x01, 0x18, 2, 97, 98, 0x11, 0]],
    ["a field with a long id", [0x05, 0x90, 0x01, 7, 0]],
    ["a list of two structs", [0x19, 0x2c, 0x15, 2, 0, 0, 0]],
    ["a list of flags", [0x19, 0x21, 1, 2, 0]],
    ["a double and a byte", [0x17, 1, 2, 3, 4, 5, 6, 7, 8, 0x13, 9, 0]]
  ])("finds the end of %s", (_, bytes) => expect(endOfStruct(Uint8Array.from([...bytes, 0xaa]), 0)).toBe(bytes.length))

  it.each<[string, ReadonlyArray<number>]>([
    ["an end that is missing", [0x15, 2]],
    ["nothing", []],
    ["a number of more than 64 bits", [0x16, ...Array.from({ length: 1000 }, () => 0x80), 0, 0]],
    ["a text longer than the rest", [0x18, 0xff, 0xff, 0xff, 0xff, 0x0f, 97, 0]],
    ["a list longer than the rest", [0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]],
    ["an unknown type", [0x1d, 0]],
    ["structs in structs without end", Array.from({ length: 10_000 }, () => 0x1c)]
  ])("refuses %s", (_, bytes) => expect(() => endOfStruct(Uint8Array.from(bytes), 0)).toThrow(Malformed))
})
