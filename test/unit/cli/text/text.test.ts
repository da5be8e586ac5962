/**
 * Widths, tables and units.
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { tableLines } from "../../../../src/cli/text/table.ts"
import { exactTime, formatCount, formatDuration, formatSize, formatTime } from "../../../../src/cli/text/units.ts"
import { columnsOf } from "../../../../src/cli/text/width.ts"

describe("columnsOf", () => {
  it.each([
    ["", 0],
    ["app.log", 7],
    ["naïve", 5],
    ["nai\u0308ve", 5],
    ["日本語.log", 10],
    ["ログ", 4],
    ["한국", 4],
    ["ＡＢ", 4],
    ["😀", 2],
    ["👩‍👩‍👧", 2],
    ["🇩🇪", 2],
    ["❤️", 2],
    ["❤", 1],
    ["a\u200bb", 2]
  ])("takes %j to be so many columns: %i", (text, columns) => {
    expect(columnsOf(text)).toBe(columns)
  })
})

describe("tableLines", () => {
  it("lines columns up, the last without padding", () => {
    const rows = [
      ["日本", "1", "x"],
      ["app.log", "1000", ""],
      ["😀", "22", "yes"]
    ]
    expect(tableLines(["left", "right", "left"], rows)).toEqual([
      "日本        1  x",
      "app.log  1000",
      "😀         22  yes"
    ])
  })

  it("escapes what could move the cursor", () => {
    expect(tableLines(["left", "left"], [["a\u001b[2Jb", "x\ny"]])).toEqual(["a\\u001b[2Jb  x\\ny"])
  })

  it("gives columns the same place in every line", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.string()), { minLength: 1 }), (rows) => {
        const lines = tableLines(
          ["left", "left"],
          rows.map(([left, right]) => [left, `|${right}`])
        )
        expect(lines).toHaveLength(rows.length)
        expect(lines.join("")).not.toMatch(/[\u0000-\u001f]/)
      })
    )
  })
})

describe("units", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1536, "1.5 KiB"],
    [1024 * 1024 - 1, "1.0 MiB"],
    [102_348, "99.9 KiB"],
    [102_399, "100 KiB"],
    [358 * 1024 * 1024, "358 MiB"],
    [Number.MAX_SAFE_INTEGER, "8.0 PiB"]
  ])("formats %i bytes", (bytes, text) => {
    expect(formatSize(bytes)).toBe(text)
  })

  it.each([
    [-5, "0 s"],
    [999, "0 s"],
    [59_999, "59 s"],
    [60_000, "1 min"],
    [185_000, "3 min 5 s"],
    [3_600_000 + 59_000, "1 h"],
    [2 * 86_400_000 + 4 * 3_600_000, "2 d 4 h"]
  ])("formats %i ms", (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text)
  })

  it("formats times of the history", () => {
    expect(formatTime(1_795_238_799_123_456)).toBe("2026-11-21T05:26:39Z")
    expect(exactTime(1_795_238_799_123_456)).toBe("2026-11-21T05:26:39.123456Z")
    expect(exactTime(1_795_238_799_000_007)).toBe("2026-11-21T05:26:39.000007Z")
    expect(exactTime(-1)).toBe("1969-12-31T23:59:59.999999Z")
  })

  it("counts", () => {
    expect([formatCount(1, "file"), formatCount(0, "file"), formatCount(2, "entry", "entries")]).toEqual([
      "1 file",
      "0 files",
      "2 entries"
    ])
  })
})
