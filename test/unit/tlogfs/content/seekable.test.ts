import { expect, it } from "vitest"
import { FRAME_BYTES } from "../../../../src/tlogfs/content/limits.ts"
import { parseSeekTable, SEEK_TABLE_BYTES_MAX, SeekTable } from "../../../../src/tlogfs/content/seekable.ts"
import { flip } from "../../../support/bao/content.ts"

const table = new SeekTable([1000, 70, 300], 2 * FRAME_BYTES + 5)
const bytes = table.encode()
const fileBytes = 1370 + bytes.length

it("lays a table out as the zstd seekable format does", () => {
  expect(Buffer.from(bytes).toString("hex")).toBe(
    ["5e2a4d18", "21000000", "e8030000", "00001000", "46000000", "00001000", "2c010000", "05000000"].join("") +
      ["03000000", "00", "b1ea928f"].join("")
  )
})

it("says where each frame is, in the file and in the content", () => {
  expect(table.frames).toBe(3)
  expect(table.compressedBytes).toBe(1370)
  expect(table.compressedOf(1)).toEqual({ start: 1000, end: 1070 })
  expect(table.contentOf(1)).toEqual({ start: FRAME_BYTES, end: 2 * FRAME_BYTES })
  expect(table.contentOf(2)).toEqual({ start: 2 * FRAME_BYTES, end: 2 * FRAME_BYTES + 5 })
})

it("is read back from the end of its file, also with frames before it and with none", () => {
  const tail = new Uint8Array([...new Uint8Array(200), ...bytes])
  for (const end of [bytes, tail]) expect(parseSeekTable(end, fileBytes)).toEqual(table)
  const empty = new SeekTable([], 0).encode()
  expect(parseSeekTable(empty, empty.length)).toEqual(new SeekTable([], 0))
})

it("holds the table of the largest blob in its limit", () => {
  const lengths = Array.from({ length: 1024 }, () => 5)
  const largest = new SeekTable(lengths, 1024 * FRAME_BYTES).encode()
  expect(largest.length).toBe(SEEK_TABLE_BYTES_MAX)
  expect(parseSeekTable(largest, largest.length + 5 * 1024)).toBeInstanceOf(SeekTable)
  const larger = new SeekTable([...lengths, 5], 1025 * FRAME_BYTES).encode()
  expect(parseSeekTable(larger, larger.length + 5 * 1025)).toMatch(/claims 1025 frames/)
})

it("refuses a table in which any bit is flipped, but for the size of the last frame, which decompressing checks", () => {
  const lastSize = 8 + 2 * 8 + 4
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const read = parseSeekTable(flip(bytes, bit), fileBytes)
    if (typeof read !== "string") {
      expect(bit >> 3).toBeGreaterThanOrEqual(lastSize)
      expect(bit >> 3).toBeLessThan(lastSize + 4)
    }
  }
})

it("refuses a table that is cut short, or that describes a file of another length", () => {
  for (let length = 0; length < bytes.length; length++) {
    expect(typeof parseSeekTable(bytes.subarray(0, length), 1370 + length)).toBe("string")
    expect(typeof parseSeekTable(bytes.subarray(bytes.length - length), fileBytes)).toBe("string")
  }
  for (const other of [fileBytes - 1, fileBytes + 1, bytes.length]) {
    expect(parseSeekTable(bytes, other)).toMatch(/describes 1370 bytes/)
  }
})

it("refuses frames that no blob has: empty, larger than zstd makes them, or short before the last", () => {
  const odd = [
    new SeekTable([0, 5], FRAME_BYTES + 1),
    new SeekTable([FRAME_BYTES + 20_000], FRAME_BYTES),
    new SeekTable([5, 5], FRAME_BYTES)
  ]
  for (const one of odd) {
    const encoded = one.encode()
    expect(parseSeekTable(encoded, one.compressedBytes + encoded.length)).toMatch(/impossible entry/)
  }
})
