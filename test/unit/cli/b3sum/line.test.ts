import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { frameOf, parseCheckLine } from "../../../../src/cli/b3sum/line.ts"

const HASH = "0123456789abcdef".repeat(4)

const lineOf = (name: string, tagged: boolean): string => {
  const { before, after } = frameOf(name, tagged)
  return before + HASH + after
}

describe("frameOf", () => {
  it.each([
    ["plain", `${HASH}  plain\n`, `BLAKE3 (plain) = ${HASH}\n`],
    ["a\nb", `\\${HASH}  a\\nb\n`, `\\BLAKE3 (a\\nb) = ${HASH}\n`],
    ["a\rb", `\\${HASH}  a\\rb\n`, `\\BLAKE3 (a\\rb) = ${HASH}\n`],
    ["a\\nb", `\\${HASH}  a\\\\nb\n`, `\\BLAKE3 (a\\\\nb) = ${HASH}\n`],
    [" ) = ", `${HASH}   ) = \n`, `BLAKE3 ( ) = ) = ${HASH}\n`]
  ])("%j", (name, plain, tagged) => {
    expect([lineOf(name, false), lineOf(name, true)]).toEqual([plain, tagged])
  })
})

describe("parseCheckLine", () => {
  it("reads back every name that is not refused, in both styles", () => {
    const names = fc
      .array(
        fc.oneof(fc.constantFrom("\\", "\n", "\r", "  ", ") = ", "BLAKE3 (", "n", "r"), fc.string({ unit: "binary" }))
      )
      .map((parts) => parts.join(""))
      .filter((name) => name !== "" && !/[\0\ufffd]/.test(name))
    fc.assert(
      fc.property(names, fc.boolean(), fc.constantFrom("", "\n", "\r\n"), (name, tagged, ending) => {
        const line = lineOf(name, tagged).slice(0, -1) + ending
        expect(parseCheckLine(line)).toMatchObject({ name, hash: HASH })
      })
    )
  })

  it("keeps the name as it is written, for the report", () => {
    expect(parseCheckLine(`\\${HASH}  a\\nb`)).toEqual({ shown: "\\a\\nb", name: "a\nb", hash: HASH })
    expect(parseCheckLine(`${HASH}  a\\nb`)).toEqual({ shown: "a\\nb", name: "a\\nb", hash: HASH })
  })

  it.each([
    ["", "Empty line"],
    ["\r\n", "Empty line"],
    ["x", "Invalid check line format"],
    ["\\", "Invalid check line format"],
    [`${HASH} x`, "Invalid check line format"],
    [`BLAKE3 (x)= ${HASH}`, "Invalid check line format"],
    [`blake3 (x) = ${HASH}`, "Invalid check line format"],
    [`${HASH}0  x`, "Invalid hash length"],
    [`${HASH.slice(1)}  x`, "Invalid hash length"],
    [` ${HASH}  x`, "Invalid hash length"],
    [`BLAKE3 (x) = ${HASH} `, "Invalid hash length"],
    [`${HASH.toUpperCase()}  x`, "Invalid hex"],
    [`${"é".repeat(32)}  x`, "Invalid hex"],
    [`${HASH}  `, "empty file path"],
    [`BLAKE3 () = ${HASH}`, "empty file path"],
    [`${HASH}  a\0b`, "Null character in path"],
    [`${HASH}  a\ufffdb`, "Unicode replacement character in path"],
    [`\\${HASH}  a\\`, "Invalid backslash escape"],
    [`\\${HASH}  a\\tb`, "Invalid backslash escape"],
    [`\\${HASH}  a\\\\\\`, "Invalid backslash escape"],
    [`${HASH}  a\udcffb`, "stream did not contain valid UTF-8"]
  ])("refuses %j", (line, problem) => {
    expect(parseCheckLine(line)).toEqual({ problem })
  })
})
