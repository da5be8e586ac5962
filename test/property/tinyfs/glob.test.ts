/**
 * Globs against the plainest matcher there is, which tries everything.
 */
import { Result } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  beginGlob,
  enterGlob,
  type GlobProgress,
  isAtMatch,
  isUnderway,
  matchGlob,
  parseGlob,
  wantedNames
} from "../../../src/tinyfs/glob.ts"

/** A component as it is generated: how it is written, and what it matches. */
interface Item {
  readonly text: string
  /** All ways to match the beginning of a text: the lengths. */
  readonly lengths: (rest: string) => ReadonlyArray<number>
  readonly isCaptured: boolean
  readonly isStar: boolean
}

const literal = (character: string): Item => ({
  text: `${"*?[]{},\\".includes(character) ? "\\" : ""}${character}`,
  lengths: (rest) => (rest.startsWith(character) ? [character.length] : []),
  isCaptured: false,
  isStar: false
})
const star: Item = {
  text: "*",
  lengths: (rest) => Array.from({ length: rest.length + 1 }, (_, length) => length),
  isCaptured: true,
  isStar: true
}
const one: Item = {
  text: "?",
  lengths: (rest) => (rest.length > 0 ? [1] : []),
  isCaptured: true,
  isStar: false
}
const set = (negated: boolean, members: string): Item => ({
  text: `[${negated ? "!" : ""}${members}]`,
  lengths: (rest) => (rest.length > 0 && members.includes(rest[0]!) !== negated ? [1] : []),
  isCaptured: true,
  isStar: false
})

const item = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("a", "b", ".", "*", "[", "\\").map(literal) },
  { weight: 3, arbitrary: fc.constant(star) },
  { weight: 1, arbitrary: fc.constant(one) },
  { weight: 1, arbitrary: fc.tuple(fc.boolean(), fc.constantFrom("a", "ab", "b.")).map(([not, all]) => set(not, all)) }
)
const isName = (items: ReadonlyArray<Item>): boolean => ![".", ".."].includes(items.map(({ text }) => text).join(""))
/** Two stars side by side are one. */
const component = fc
  .array(item, { minLength: 1, maxLength: 5 })
  .map((items) => items.filter(({ isStar }, at) => !(isStar && items[at - 1]?.isStar)))
  .filter(isName)
const glob = fc.array(fc.oneof({ weight: 3, arbitrary: component }, fc.constant("**" as const)), {
  minLength: 1,
  maxLength: 5
})
const name = fc
  .array(fc.constantFrom("a", "b", "a", ".", "*", "[", "\\"), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(""))
  .filter((text) => text !== "." && text !== "..")
const names = fc.array(name, { maxLength: 6 })

type Parts = ReadonlyArray<"**" | ReadonlyArray<Item>>

/** All matches of items with a name, as captures. */
function* nameMatches(items: ReadonlyArray<Item>, rest: string): Generator<ReadonlyArray<string>> {
  const [first, ...others] = items
  if (first === undefined) {
    if (rest === "") yield []
    return
  }
  for (const length of first.lengths(rest)) {
    for (const further of nameMatches(others, rest.slice(length))) {
      yield first.isCaptured ? [rest.slice(0, length), ...further] : further
    }
  }
}

function* pathMatches(parts: Parts, path: ReadonlyArray<string>): Generator<ReadonlyArray<string>> {
  const [first, ...others] = parts
  if (first === undefined) {
    if (path.length === 0) yield []
    return
  }
  if (first === "**") {
    for (let count = 0; count <= path.length; count++) {
      if (path.slice(0, count).some((taken) => taken.startsWith("."))) return
      for (const further of pathMatches(others, path.slice(count))) yield [path.slice(0, count).join("/"), ...further]
    }
    return
  }
  const [head, ...below] = path
  if (head === undefined) return
  if (head.startsWith(".") && first[0]!.text !== ".") return
  for (const captures of nameMatches(first, head)) {
    for (const further of pathMatches(others, below)) yield [...captures, ...further]
  }
}

const textOf = (parts: Parts): string =>
  `/${parts.map((part) => (part === "**" ? part : part.map(({ text }) => text).join(""))).join("/")}`

/** Names that match often: some of the pattern's own components, with something in place of the wildcards. */
const likely = (parts: Parts): fc.Arbitrary<ReadonlyArray<string>> =>
  fc
    .tuple(
      ...parts.map((part) =>
        part === "**"
          ? names
          : fc
              .tuple(
                ...part.map(({ isCaptured, isStar, text }) =>
                  isStar
                    ? fc.constantFrom("", "a", "ab", "b.")
                    : isCaptured
                      ? fc.constantFrom("a", "b", ".")
                      : fc.constant(text.at(-1)!)
                )
              )
              .map((all) => [all.join("")])
      )
    )
    .map((all) => all.flat().filter((text) => text !== "" && text !== "." && text !== ".."))

const pair = glob.chain((parts) => fc.tuple(fc.constant(parts), fc.oneof(names, likely(parts))))

describe("globs", () => {
  it("match what trying everything matches, with its first captures", () => {
    fc.assert(
      fc.property(pair, ([parts, path]) => {
        const parsed = Result.getOrThrow(parseGlob(textOf(parts)))
        const [wanted] = pathMatches(parts, path)
        expect(matchGlob(parsed, path)).toStrictEqual(wanted)
      }),
      { numRuns: 5000 }
    )
  })

  it("lead a walk to every match, and say by which names", () => {
    fc.assert(
      fc.property(pair, ([parts, path]) => {
        const parsed = Result.getOrThrow(parseGlob(textOf(parts)))
        let progress: GlobProgress = beginGlob(parsed)
        let isLost = false
        for (const [at, entered] of path.entries()) {
          const wanted = wantedNames(progress)
          const isWanted = wanted === undefined || wanted.has(entered)
          progress = enterGlob(progress, entered)
          const matched = matchGlob(parsed, path.slice(0, at + 1)) !== undefined
          expect(isAtMatch(progress)).toBe(matched)
          if (matched) expect([isLost, isWanted]).toStrictEqual([false, true])
          isLost ||= !isWanted || !isUnderway(progress)
        }
      }),
      { numRuns: 3000 }
    )
  })

  it("in braces match what one of the alternatives matches", () => {
    fc.assert(
      fc.property(component, component, component, fc.array(name, { minLength: 1, maxLength: 1 }), (a, b, c, path) => {
        fc.pre(isName([...a, ...c]) && isName([...b, ...c]))
        const text = (items: ReadonlyArray<Item>) => items.map((one) => one.text).join("")
        const isMatch = (pattern: string) => matchGlob(Result.getOrThrow(parseGlob(pattern)), path) !== undefined
        expect(isMatch(`/{${text(a)},${text(b)}}${text(c)}`)).toBe(
          isMatch(`/${text(a)}${text(c)}`) || isMatch(`/${text(b)}${text(c)}`)
        )
      }),
      { numRuns: 2000 }
    )
  })

  it("take any text, and hold nobody up", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), names, (pattern, path) => {
        const parsed = parseGlob(pattern)
        if (Result.isSuccess(parsed)) matchGlob(parsed.success, path)
        else expect(parsed.failure._tag).toBe("InvalidPath")
      }),
      { numRuns: 3000 }
    )
    const isMatch = (pattern: string, text: string) =>
      matchGlob(Result.getOrThrow(parseGlob(pattern)), [text]) !== undefined
    const timesMs = Array.from({ length: 5 }, () => {
      const startMs = performance.now()
      expect(isMatch("*a*a*a*a*a*b", "a".repeat(10_000))).toBe(false)
      expect(isMatch("*a*a*a*a*a*b", `${"a".repeat(10_000)}b`)).toBe(true)
      return performance.now() - startMs
    })
    expect(Math.min(...timesMs)).toBeLessThan(50)
  })
})
