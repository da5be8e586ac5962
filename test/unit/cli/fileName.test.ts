import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { escapeControls, nameForDisplay, nameFromBytes, nameToBytes } from "../../../src/cli/fileName.ts"

/** Bytes that are likely to be nearly UTF-8. */
const nearlyText = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.string({ unit: "grapheme" }).map((text) => Buffer.from(text))
    )
  )
  .map((parts) => Buffer.concat(parts))

describe("names", () => {
  it("of any bytes survive being text", () => {
    fc.assert(
      fc.property(nearlyText, (bytes) => {
        expect(nameToBytes(nameFromBytes(bytes))).toEqual(bytes)
      })
    )
  })

  it("that are text stay as they are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(nameFromBytes(Buffer.from(text))).toBe(text)
        expect(nameForDisplay(text)).toBe(text)
      })
    )
  })

  it("are shown as any decoder of UTF-8 shows them", () => {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
    fc.assert(
      fc.property(nearlyText, (bytes) => {
        expect(nameForDisplay(nameFromBytes(bytes))).toBe(decoder.decode(bytes))
      })
    )
  })

  it.each([
    [[0x61, 0xff, 0x62], "a\udcffb"],
    [[0xc0, 0x80], "\udcc0\udc80"],
    [[0xed, 0xa0, 0x80], "\udced\udca0\udc80"],
    [[0xf0, 0x9f, 0x98], "\udcf0\udc9f\udc98"],
    [[0xf0, 0x9f, 0x98, 0x80], "😀"],
    [[0xef, 0xbf, 0xbd], "\ufffd"]
  ])("%j is %j", (bytes, name) => {
    expect(nameFromBytes(Uint8Array.from(bytes))).toBe(name)
  })
})

describe("escapeControls", () => {
  it("leaves text, and makes what a terminal would obey visible", () => {
    expect(escapeControls("plain ünï 😀 \\n")).toBe("plain ünï 😀 \\n")
    expect(escapeControls("\n\r\t\0\u001b[2J\u007f\u0085\u202e")).toBe(
      "\\n\\r\\t\\u0000\\u001b[2J\\u007f\\u0085\\u202e"
    )
  })
})
