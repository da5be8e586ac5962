/**
 * Paths of any text: what is accepted is stored in one form, and never leads above the root (R11).
 */
import { Result } from "effect"
import * as fc from "fast-check"
import { posix } from "node:path"
import { describe, expect, it } from "vitest"
import { formatPath, NAME_BYTES_MAX, nameProblem, parsePath } from "../../../src/tinyfs/path.ts"

const part = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom("a", "b", "__proto__", "constructor", "é", "e\u0301", " ", "\\", "C:", "\n")
  },
  { weight: 2, arbitrary: fc.constantFrom(".", "..", "", "...", "..a") },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom("\0", "a\0b", "\ud800", "x".repeat(255), "x".repeat(256), "é".repeat(128)) }
)
const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join("/"))

describe("paths", () => {
  it("are resolved as everywhere, or refused when they lead above the root or hold what is no name", () => {
    fc.assert(
      fc.property(text, (typed) => {
        const result = parsePath(typed)
        let depth = 0
        const parts = typed.split("/").filter((one) => one !== "" && one !== ".")
        const isAbove = parts.some((one) => (depth += one === ".." ? -1 : 1) < 0)
        const isOdd = parts.some(
          (one) =>
            one !== ".." && (one.includes("\0") || !one.isWellFormed() || Buffer.byteLength(one) > NAME_BYTES_MAX)
        )
        expect(Result.isFailure(result)).toBe(typed === "" || isAbove || isOdd)
        if (Result.isFailure(result)) {
          expect(result.failure.path).toBe(typed)
          return
        }
        const stored = formatPath(result.success.names)
        const normal = posix.normalize(`/${typed}`)
        expect(stored).toBe(normal === "/" ? "/" : normal.replace(/\/$/, ""))
        expect(result.success.isDirectory).toBe(stored === "/" || /(?:^|\/)\.{0,2}$/.test(typed))
      }),
      { numRuns: 5000 }
    )
  })

  it("have one stored form, of names that each may be stored", () => {
    fc.assert(
      fc.property(text, (typed) => {
        const result = parsePath(typed)
        if (Result.isFailure(result)) return
        const { names } = result.success
        expect(names.map(nameProblem)).toStrictEqual(names.map(() => undefined))
        expect(Result.getOrThrow(parsePath(formatPath(names))).names).toStrictEqual(names)
        expect(Result.getOrThrow(parsePath(`${formatPath(names)}/`))).toStrictEqual({ names, isDirectory: true })
      }),
      { numRuns: 3000 }
    )
  })
})
