import { execFileSync } from "node:child_process"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { quotedFor, splitLine } from "../../../../src/cli/completions/line.ts"

describe("splitLine", () => {
  it.each([
    ["", [], "", ""],
    ["pond ", ["pond"], "", ""],
    ["pond  cat\t/a", ["pond", "cat"], "/a", ""],
    ["pond a\\ b '' c", ["pond", "a b", ""], "c", ""],
    [`pond "a 'b`, ["pond"], "a 'b", '"'],
    [`pond 'a "b\\`, ["pond"], 'a "b\\', "'"],
    [`pond "\\$x\\y`, ["pond"], "$x\\y", '"'],
    [`pond x'y'"z`, ["pond"], "xyz", '"'],
    ["pond a\\", ["pond"], "a", ""]
  ] as const)("splits %j", (text, words, current, quote) => {
    expect(splitLine(text)).toEqual({ words, current, quote })
  })
})

describe("quotedFor", () => {
  it("writes words that Bash and splitLine read again as they were", () => {
    const word = fc.string({ minLength: 1, unit: "grapheme" }).map((text) => text.replaceAll(/[\0\n\r]/g, "x"))
    const written = fc.array(fc.tuple(word, fc.constantFrom("", "'", '"') as fc.Arbitrary<"" | "'" | '"'>), {
      minLength: 1,
      maxLength: 20
    })
    fc.assert(
      fc.property(written, (words) => {
        const line = words.map(([text, quote]) => `${quote}${quotedFor(quote, text)}${quote}`).join(" ")
        expect(splitLine(`${line} `).words).toEqual(words.map(([text]) => text))
        const read = execFileSync("bash", ["-c", `printf '%s\\0' ${line}`], { encoding: "utf8" })
        expect(read.split("\0").slice(0, -1)).toEqual(words.map(([text]) => text))
      }),
      { numRuns: 25 }
    )
  })
})
