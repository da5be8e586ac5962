import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { matchGlob, parseGlob, substitute } from "../../../src/tinyfs/glob.ts"

const match = (pattern: string, path: string) =>
  matchGlob(Result.getOrThrow(parseGlob(pattern)), path === "/" ? [] : path.slice(1).split("/"))
const reasonOf = (pattern: string): string =>
  Result.match(parseGlob(pattern), { onSuccess: () => "", onFailure: ({ reason }) => reason })

describe("a glob", () => {
  it.each<[string, string, ReadonlyArray<string>]>([
    ["/a/b", "/a/b", []],
    ["a/b", "/a/b", []],
    ["/*", "/a", ["a"]],
    ["/*.log", "/app.log", ["app"]],
    ["/*-*.log", "/a-b-c.log", ["a", "b-c"]],
    ["/?x", "/ax", ["a"]],
    ["/[a-c]?", "/b1", ["b", "1"]],
    ["/[!a-c]", "/d", ["d"]],
    ["/[^a-c]", "/d", ["d"]],
    ["/[]]", "/]", ["]"]],
    ["/[!]]", "/x", ["x"]],
    ["/[a-]", "/-", ["-"]],
    ["/{a,b}/x", "/b/x", []],
    ["/{a,b{c,d}}*", "/bd1", ["1"]],
    ["/a{}", "/a{}", []],
    ["/{a", "/{a", []],
    ["/\\*", "/*", []],
    ["/\\{a,b}", "/{a,b}", []],
    ["/**", "/", [""]],
    ["/**", "/a/b", ["a/b"]],
    ["/**/x", "/x", [""]],
    ["/**/x", "/a/b/x", ["a/b"]],
    ["/a/**/b/**/c", "/a/1/b/2/3/c", ["1", "2/3"]],
    ["/**/*.log", "/a/b.log", ["a", "b"]],
    ["/.*", "/.a", ["a"]],
    ["/.a/**", "/.a/b", ["b"]],
    ["/\u{1f600}?", "/\u{1f600}\u{1f601}", ["\u{1f601}"]],
    ["/__proto__/*", "/__proto__/constructor", ["constructor"]],
    ["/", "/", []],
    ["/./a//b/", "/a/b", []]
  ])("%j matches %j", (pattern, path, captures) => {
    expect(match(pattern, path)).toStrictEqual(captures)
  })

  it.each([
    ["/a", "/b"],
    ["/a", "/a/b"],
    ["/*", "/a/b"],
    ["/*", "/"],
    ["/?", "/ab"],
    ["/*", "/.a"],
    ["/?a", "/.a"],
    ["/[.]a", "/.a"],
    ["/**", "/.git/x"],
    ["/**/x", "/a/.b/x"],
    ["/[a-c]", "/d"],
    ["/[!a-c]", "/b"],
    ["/**a", "/b/a"],
    ["/\u00e9", "/e\u0301"],
    ["/A", "/a"]
  ])("%j does not match %j", (pattern, path) => {
    expect(match(pattern, path)).toBeUndefined()
  })

  it("is refused with a reason", () => {
    expect(reasonOf("")).toBe("it is empty; /** is everything")
    expect(reasonOf("/a/../b")).toBe("a pattern may not hold ..")
    expect(reasonOf("{a,..}/b")).toBe("a pattern may not hold ..")
    expect(reasonOf("x".repeat(4097))).toBe("a pattern has at most 4096 characters")
    expect(reasonOf("{a,b}".repeat(10))).toBe("its braces make more than 1000 patterns")
    expect(reasonOf("{a,b}".repeat(9))).toBe("")
  })

  it("takes no time whatever the pattern (R11)", () => {
    const start = performance.now()
    expect(match(`/${"*a".repeat(50)}b`, `/${"a".repeat(10_000)}`)).toBeUndefined()
    expect(match(`/${"**/a/".repeat(50)}b`, `/${"a/".repeat(2000)}c`)).toBeUndefined()
    expect(reasonOf("{".repeat(4000))).toBe("")
    expect(performance.now() - start).toBeLessThan(2000)
  })

  it("says in a pattern for output what its wildcards stand for", () => {
    expect(substitute("/$1/$2.log", ["a", "b"])).toBe("/a/b.log")
    expect(substitute("$$1 $3 $10", ["a", "b"])).toBe("$1 $3 $10")
    expect(substitute("$1", ["$2"])).toBe("$2")
  })
})
