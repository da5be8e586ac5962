import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type EventTimeField, EventTimes, LINE_BYTES_MAX } from "../../../../src/factories/logfile/event-times.ts"

const scan = (text: string | Uint8Array, source: EventTimeField, chunkBytes = 1 << 20) => {
  const bytes = Buffer.from(text)
  const scanner = new EventTimes(source)
  const buffer = new Uint8Array(Math.min(chunkBytes, Math.max(1, bytes.length)))
  for (let at = 0; at < bytes.length; at += buffer.length) {
    const part = bytes.subarray(at, at + buffer.length)
    buffer.fill(0x7b)
    buffer.set(part)
    scanner.push(buffer.subarray(0, part.length))
  }
  return scanner.finish()
}

const boundsOf = (values: ReadonlyArray<string>, unit: EventTimeField["unit"]) =>
  scan(values.map((value) => `{"ts":${value}}\n`).join(""), { field: "ts", unit }).bounds

const at = (minMicros: number, maxMicros = minMicros) => ({ minMicros, maxMicros })

describe("units", () => {
  it.each([
    ["1700000000", "s", at(1_700_000_000_000_000)],
    ["1700000000.25", "s", at(1_700_000_000_250_000)],
    ["1700000000.1234567", "s", at(1_700_000_000_123_456, 1_700_000_000_123_457)],
    ["1.7e9", "s", at(1_700_000_000_000_000)],
    ["-0.0000001", "s", at(-1, 0)],
    ["-1.5", "us", at(-2, -1)],
    ["1700000000123", "ms", at(1_700_000_000_123_000)],
    ["1700000000123.4567", "ms", at(1_700_000_000_123_456, 1_700_000_000_123_457)],
    ["1700000000123456", "us", at(1_700_000_000_123_456)],
    ["1700000000123456001", "ns", at(1_700_000_000_123_456, 1_700_000_000_123_457)],
    ["1700000000123456000", "ns", at(1_700_000_000_123_456)],
    ['"1700000000123456789"', "ns", at(1_700_000_000_123_456, 1_700_000_000_123_457)],
    ['" 17 "', "us", at(17)],
    ['"2024-02-29T12:00:00Z"', "iso", at(Date.UTC(2024, 1, 29, 12) * 1000)],
    ['"2024-02-29T12:00:00.5+02:00"', "iso", at(Date.UTC(2024, 1, 29, 10) * 1000 + 500_000)],
    [
      '"2024-02-29 12:00:00,123456789-0130"',
      "iso",
      at(Date.UTC(2024, 1, 29, 13, 30) * 1000 + 123_456, Date.UTC(2024, 1, 29, 13, 30) * 1000 + 123_457)
    ],
    ['"2024-02-29"', "iso", at(Date.UTC(2024, 1, 29) * 1000)],
    ['"1969-12-31T23:59:59.9999999Z"', "iso", at(-1, 0)],
    ["0", "s", at(0)],
    ["1e-400", "s", at(0)]
  ] as const)("%s in %s", (value, unit, expected) => {
    expect(boundsOf([value], unit)).toEqual(expected)
  })

  it.each([
    ["true", "s"],
    ["null", "ms"],
    ['"yesterday"', "s"],
    ['"2024-13-01"', "iso"],
    ['"2024-01-01T25:00:00Z"', "iso"],
    ["1700000000", "iso"],
    ["[1]", "s"],
    ['""', "ns"]
  ] as const)("%s is no time in %s", (value, unit) => {
    expect(scan(`{"ts":${value}}\n`, { field: "ts", unit })).toEqual({ bounds: undefined, isMissing: true })
  })

  it.each([
    ["1e300", "s"],
    ['"99999999999999999999999999"', "us"],
    ["1e99999", "ns"],
    ['"9999999-01"', "s"]
  ] as const)("%s in %s leaves no bounds, or is no time", (value, unit) => {
    expect(boundsOf(["1", value, "2"], unit)).toEqual(value.includes("-") ? at(1_000_000, 2_000_000) : undefined)
  })
})

it("are the least and the greatest, in whatever order they come", () => {
  expect(boundsOf(["5", "3", "9", "4"], "us")).toEqual(at(3, 9))
})

it("are never narrower than the times, and never a microsecond wider", () => {
  const time = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n })
  fc.assert(
    fc.property(fc.array(time, { minLength: 1, maxLength: 20 }), (times) => {
      const { maxMicros, minMicros } = boundsOf(times.map(String), "ns")!
      const sorted = times.toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0))
      const [least, greatest] = [sorted[0]!, sorted.at(-1)!]
      const [min, max] = [BigInt(minMicros) * 1000n, BigInt(maxMicros) * 1000n]
      return min <= least && least - min < 1000n && max >= greatest && max - greatest < 1000n
    })
  )
})

it("passes over what is no line with a time", () => {
  const lines = ["", "   ", "text", "\0\0\0\0", '{"ts":', '"ts"', "[1]", '{"other":1}', '{"ts":7}', '\0\0{"ts":8}\r']
  expect(scan(lines.join("\n"), { field: "ts", unit: "us" })).toEqual({ bounds: at(7, 8), isMissing: false })
})

it("is the field of the line, not one inside it", () => {
  const line = '{"a":{"ts":5},"ts":1700000000123456001,"b":[{"ts":6}]}'
  expect(scan(line, { field: "ts", unit: "ns" }).bounds).toEqual(at(1_700_000_000_123_456, 1_700_000_000_123_457))
  expect(scan('{"a":{"ts":5}}', { field: "ts", unit: "ns" })).toEqual({ bounds: undefined, isMissing: true })
  expect(scan('{"a":1}', { field: "toString", unit: "s" }).isMissing).toBe(true)
})

it("is missing only where lines could have it", () => {
  for (const text of ["", "no json at all\n", "half of a li", '7,"x":1}\n']) {
    expect(scan(text, { field: "ts", unit: "s" })).toEqual({ bounds: undefined, isMissing: false })
  }
  expect(scan('{"time":1}\n', { field: "ts", unit: "s" }).isMissing).toBe(true)
})

it("does not depend on where chunks end", () => {
  const line = fc.oneof(
    fc.integer({ min: -1000, max: 1000 }).map((value) => `{"é":"\\n","ts":${value}}`),
    fc.string({ maxLength: 12 }),
    fc.constant("\0\0")
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.integer({ min: 1, max: 40 }), (lines, chunkBytes) => {
      const text = lines.join("\n")
      const source = { field: "ts", unit: "us" } as const
      expect(scan(text, source, chunkBytes)).toEqual(scan(text, source))
    })
  )
})

it("passes over a line that is too long, and only over that", () => {
  const long = (bytes: number) => `{"ts":1,"x":"${"y".repeat(bytes - 15)}"}`
  const text = [long(LINE_BYTES_MAX + 1), '{"ts":5}', long(3 * LINE_BYTES_MAX), '{"ts":4}'].join("\n")
  for (const chunkBytes of [1000, 1 << 22]) {
    expect(scan(text, { field: "ts", unit: "us" }, chunkBytes).bounds).toEqual(at(4, 5))
  }
  expect(scan(long(LINE_BYTES_MAX), { field: "ts", unit: "us" }, 999).bounds).toEqual(at(1))
})
