/**
 * Walks by a glob against matching every path there is, by a matcher that tries everything.
 */
import { Effect } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { formatPath, Transaction } from "../../../src/tinyfs/index.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"

const NAMES = ["a", "b", "ab", ".a", ".", "a.b", "**"]
const component = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("a", "b", "ab", ".a", "**", "*", "?", "*b", "a*", "*a*", ".*", "*.*", "??") },
  fc.array(fc.constantFrom("a", "b", "*", "?", "."), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""))
)
const pattern = fc
  .array(component, { maxLength: 5 })
  .map((parts) => parts.filter((part) => part !== "." && part !== ".."))
const name = fc.oneof(
  fc.constantFrom(...NAMES.filter((one) => one !== ".")),
  fc
    .array(fc.constantFrom("a", "b", "."), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join(""))
    .filter((one) => one !== "." && one !== "..")
)
const names = fc.array(name, { maxLength: 5 })

/** Whether a name matches, by trying every length of every star. */
const nameMatches = (glob: string, text: string): boolean => {
  if (glob === "") return text === ""
  if (glob.startsWith("*")) {
    return [...Array(text.length + 1).keys()].some((taken) => nameMatches(glob.slice(1), text.slice(taken)))
  }
  return text !== "" && (glob[0] === "?" || glob[0] === text[0]) && nameMatches(glob.slice(1), text.slice(1))
}

const componentMatches = (glob: string, text: string): boolean =>
  (!text.startsWith(".") || glob.startsWith(".")) && nameMatches(glob, text)

/** Whether a path matches, by trying every length of every `**`. */
const pathMatches = (globs: ReadonlyArray<string>, path: ReadonlyArray<string>): boolean => {
  const [first, ...rest] = globs
  if (first === undefined) return path.length === 0
  if (first !== "**") return path.length > 0 && componentMatches(first, path[0]!) && pathMatches(rest, path.slice(1))
  if (pathMatches(rest, path)) return true
  return path.length > 0 && !path[0]!.startsWith(".") && pathMatches(globs, path.slice(1))
}

describe("walks", () => {
  it("find by walking what matches among all paths", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(names, { maxLength: 12 }),
        fc.array(pattern, { minLength: 1, maxLength: 8 }),
        (all, patterns) =>
          Effect.runPromise(
            Effect.gen(function* () {
              const pond = yield* openAt(memoryStore(), true, undefined)
              const make = Effect.forEach(all, (path) =>
                Effect.flatMap(Transaction, (open) => open.mkdir(formatPath(path), { parents: true }))
              )
              yield* pond.transaction(make)
              const head = yield* pond.head
              const known = new Set(all.flatMap((path) => path.map((_, at) => formatPath(path.slice(0, at + 1)))))
              for (const parts of patterns) {
                const found = yield* head.glob(`/${parts.join("/")}`)
                const wanted = [...known].filter((path) => pathMatches(parts, path.slice(1).split("/")))
                expect(found.map(({ path }) => path)).toStrictEqual(wanted.toSorted())
              }
            })
          )
      ),
      { numRuns: 150 }
    )
  })
})
