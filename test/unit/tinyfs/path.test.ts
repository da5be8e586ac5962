import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { formatPath, NAME_BYTES_MAX, nameProblem, parsePath, PATH_BYTES_MAX } from "../../../src/tinyfs/path.ts"

const parsed = (text: string) => Result.getOrThrow(parsePath(text))
const reasonOf = (text: string): string =>
  Result.match(parsePath(text), { onSuccess: () => "", onFailure: ({ reason }) => reason })

describe("a name", () => {
  it("may be anything that is text and no part of a path's grammar (R11)", () => {
    const names = ["a", " ", "\n", "…", "__proto__", "constructor", "toString", "a\\b", "C:", "x".repeat(255), "\u202e"]
    for (const name of names) expect(nameProblem(name)).toBeUndefined()
  })

  it("is refused with a reason (R11)", () => {
    expect(nameProblem("")).toBe("a name is empty")
    expect(nameProblem(".")).toBe('"." is not a name')
    expect(nameProblem("..")).toBe('".." is not a name')
    expect(nameProblem("a/b")).toBe('the name "a/b" holds a slash')
    expect(nameProblem("a\0")).toBe("a name holds a NUL character")
    expect(nameProblem("a\ud800")).toBe("a name is not Unicode text")
    expect(nameProblem("é".repeat(128))).toBe(`a name has 256 bytes; at most ${NAME_BYTES_MAX} are allowed`)
    expect(nameProblem(`${"é".repeat(127)}a`)).toBeUndefined()
  })
})

describe("a path as it is typed", () => {
  it.each([
    ["/", [], true],
    ["a", ["a"], false],
    ["/a/b", ["a", "b"], false],
    ["//a///b", ["a", "b"], false],
    ["/a/./b", ["a", "b"], false],
    ["/a/../b", ["b"], false],
    ["a/b/../..", [], true],
    ["/a/", ["a"], true],
    ["/a/.", ["a"], true],
    ["/a/b/..", ["a"], true],
    [".", [], true],
    ["a.", ["a."], false],
    ["/a/...", ["a", "..."], false],
    ["...", ["..."], false],
    ["/ /\u00e9/e\u0301", [" ", "\u00e9", "e\u0301"], false]
  ])("reads %j", (text, names, isDirectory) => {
    expect(parsed(text)).toStrictEqual({ names, isDirectory })
  })

  it.each([
    ["", "it is empty; the root is /"],
    ["..", "it leads above the root"],
    ["/..", "it leads above the root"],
    ["/a/../../b", "it leads above the root"],
    ["/a/\0", "a name holds a NUL character"],
    [`/${"x".repeat(256)}`, "a name has 256 bytes; at most 255 are allowed"],
    [`/${"a/".repeat(PATH_BYTES_MAX / 2)}`, `it has more than ${PATH_BYTES_MAX} bytes`]
  ])("refuses %.20j", (text, reason) => {
    expect(reasonOf(text)).toBe(reason)
  })

  it("is as long as is allowed, in bytes", () => {
    expect(parsed(`/${"é/".repeat(10)}`).names.length).toBe(10)
    const longest = `${"a/".repeat(PATH_BYTES_MAX / 2 - 1)}aa`
    expect(parsed(longest).names.length).toBe(PATH_BYTES_MAX / 2)
    expect(reasonOf(`${longest}a`)).toBe(`it has more than ${PATH_BYTES_MAX} bytes`)
  })

  it("has one stored form, which reads as the same names", () => {
    expect(formatPath([])).toBe("/")
    expect(formatPath(["a", "b"])).toBe("/a/b")
    for (const text of ["/", "a//b/./c/../d", "/x/"]) {
      const { names } = parsed(text)
      expect(parsed(formatPath(names)).names).toStrictEqual(names)
    }
  })
})
