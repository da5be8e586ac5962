import { describe, expect, it } from "vitest"
import { ByteSink, THRIFT } from "../../../src/delta/byte-sink.ts"

const bytesOf = (write: (sink: ByteSink) => void): ReadonlyArray<number> => {
  const sink = new ByteSink(1)
  write(sink)
  return [...sink.copy()]
}

describe("ByteSink", () => {
  it("writes numbers of fixed width, the least significant byte first", () => {
    expect(bytesOf((sink) => sink.int32(-2))).toEqual([254, 255, 255, 255])
    for (const value of [0, 1, -1, 2 ** 32, -(2 ** 32) - 1, 2 ** 53 - 1, -(2 ** 53) + 1]) {
      const bytes = bytesOf((sink) => sink.int64(value))
      expect(Buffer.from(bytes).readBigInt64LE()).toBe(BigInt(value))
    }
  })

  it("writes numbers in as few bytes as they need", () => {
    expect(bytesOf((sink) => sink.varint(127))).toEqual([127])
    expect(bytesOf((sink) => sink.varint(300))).toEqual([0xac, 2])
    expect(bytesOf((sink) => sink.varint(2 ** 53 - 1))).toEqual([255, 255, 255, 255, 255, 255, 255, 15])
  })

  it("writes texts in UTF-8 behind their length", () => {
    expect(bytesOf((sink) => sink.text32("a\u{1f600}"))).toEqual([5, 0, 0, 0, 97, 0xf0, 0x9f, 0x98, 0x80])
  })

  it("writes structs within structs, fields by their distance, long lists with their own length", () => {
    const bytes = bytesOf((sink) => {
      sink.begin()
      sink.number(1, 3)
      sink.struct(4)
      sink.flag(2, false)
      sink.end()
      sink.list(5, 15, THRIFT.i32)
      sink.end()
    })
    expect(bytes).toEqual([0x15, 6, 0x3c, 0x22, 0, 0x19, 0xf5, 15, 0])
  })

  it("grows, and is used again", () => {
    const sink = new ByteSink(2)
    sink.raw(new Uint8Array(1000).fill(7))
    const copy = sink.copy()
    sink.clear()
    sink.byte(9)
    expect([sink.length, ...sink.view()]).toEqual([1, 9])
    expect(copy).toEqual(new Uint8Array(1000).fill(7))
  })
})
