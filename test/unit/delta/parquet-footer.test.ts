import { describe, expect, it } from "@effect/vitest"
import { Malformed, Unsupported } from "../../../src/delta/errors.ts"
import { footerBytes, parseFooter } from "../../../src/delta/parquet-footer.ts"
import { encodeParquet } from "../../../src/delta/parquet-write.ts"
import { field, struct } from "../../../src/delta/schema.ts"

const FILE = encodeParquet(struct(field("x", "long"), field("y", "string")), [
  { x: 1n, y: "a" },
  { x: 2n, y: "b" }
])

const withLength = (length: number): Uint8Array => {
  const bytes = FILE.slice()
  new DataView(bytes.buffer).setUint32(bytes.length - 8, length, true)
  return bytes
}

describe("parseFooter", () => {
  it("says where the columns of each row group lie", () => {
    const { groups, rowCount } = parseFooter(FILE, FILE.length)
    expect(rowCount).toBe(2)
    expect(groups).toHaveLength(1)
    expect([...(groups[0]?.chunks.keys() ?? [])]).toEqual(["x", "y"])
    for (const { end, start } of groups[0]?.chunks.values() ?? []) {
      expect(start).toBeGreaterThanOrEqual(4)
      expect(end).toBeLessThan(FILE.length)
    }
  })

  it("needs only the end of the file", () => {
    const tail = FILE.subarray(-footerBytes(FILE, FILE.length))
    expect(parseFooter(tail, FILE.length)).toEqual(parseFooter(FILE, FILE.length))
  })

  it.each([
    ["an empty file", new Uint8Array(), "too few"],
    ["a file cut short", FILE.slice(0, -1), "does not end with PAR1"],
    ["other bytes", new Uint8Array(100), "does not end with PAR1"],
    ["a footer longer than the file", withLength(FILE.length), "claims"],
    ["a footer of 4 GB", withLength(0xffff_fff0), "claims"],
    ["a footer that is cut", withLength(20), "cannot be read"]
  ])("refuses %s", (_, bytes, message) => {
    expect(() => parseFooter(bytes, bytes.length)).toThrow(Malformed)
    expect(() => parseFooter(bytes, bytes.length)).toThrow(message)
  })

  it("refuses a file that is shorter than its columns say", () => {
    expect(() => parseFooter(FILE, FILE.length - 40)).toThrow(/footer claims|lies outside the file/)
  })

  it("names encryption", () => {
    const bytes = FILE.slice()
    bytes.set(Buffer.from("PARE"), bytes.length - 4)
    expect(() => parseFooter(bytes, bytes.length)).toThrow(Unsupported)
  })
})
