/**
 * Rules on words that must not be left anywhere in the repository, whatever the kind of file.
 *
 * The words are spelled in pieces, so that this file keeps its own rules.
 */
import type { Repository, Rule, Violation } from "./repository.ts"
import { sourcesIn } from "./repository.ts"
import type { Node } from "./source.ts"
import { lineOf, nameOf, walk } from "./source.ts"

/** The lines of all files that match a pattern, each with the message for what matched. */
const linesMatching = (
  repository: Repository,
  pattern: RegExp,
  message: (found: string) => string
): ReadonlyArray<Violation> =>
  [...repository.texts].flatMap(([file, text]) =>
    text.split("\n").flatMap((line, index) => {
      const found = pattern.exec(line)
      return found === null ? [] : [{ file, line: index + 1, message: message(found[0]) }]
    })
  )

const LEFTOVERS = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX"].join("|")})\\b`)

/** No note to self is left: work that remains is done, or planned where plans are kept. */
export const leftovers: Rule = {
  name: "leftovers",
  asks: "no note of unfinished work in any file",
  check: (repository) =>
    linesMatching(repository, LEFTOVERS, (found) => `says ${found}; finish it, or take the note out`)
}

const MACHINE = new RegExp(
  [
    String.raw`(?<![\w.])/wor${"k"}/[\w.-]+`,
    String.raw`(?<![\w.])/hom${"e"}/[\w.-]+`,
    String.raw`(?<![\w.])/Use${"rs"}/[\w.-]+`,
    String.raw`(?<![\w.])/roo${"t"}/[\w.-]+`,
    String.raw`\b[A-Z]:\\Use${"rs"}\\`
  ].join("|")
)

const HOSTS = new RegExp(
  [
    String.raw`\bregis${"try"}\.[\w-]+\.\w+`,
    String.raw`\bnpm${"js"}\.(org|com)`,
    String.raw`\bpy${"pi"}\.org`,
    String.raw`\bpythonhos${"ted"}\.org`,
    String.raw`//[\w.:@/-]*(artifac${"tory"}|nex${"us"}|verdac${"cio"})`,
    String.raw`_auth${"Token"}`
  ].join("|"),
  "i"
)

/** No path of one machine and no package host: the repository is the same everywhere. */
export const places: Rule = {
  name: "places",
  asks: "no path of one machine and no registry host in any file",
  check: (repository) => [
    ...linesMatching(repository, MACHINE, (found) => `names ${found}; write the path relative to the project`),
    ...linesMatching(repository, HOSTS, (found) => `names ${found}; leave the host to the user's npm configuration`)
  ]
}

/** What keeps a test from running, or keeps the others from it. */
const SWITCHES = new Set(["skip", "only", "todo", "skipIf", "runIf", "fails"])
const RUNNERS = new Set(["it", "test", "describe", "suite", "bench", "layer", "context", "ctx", "expect"])
const ALIASES = new Set(["xit", "xtest", "xdescribe", "fit", "fdescribe"])

/** The identifier at the head of a chain of calls and member accesses: `it` of `it.effect.each(…).skip`. */
const headOf = (node: Node): string | undefined => {
  const below = node["object"] ?? node["callee"]
  return below === undefined ? nameOf(node) : headOf(below as Node)
}

/** Every test runs, always. */
export const tests: Rule = {
  name: "tests",
  asks: "no skipped, focused or unwritten test",
  check: (repository) =>
    sourcesIn(repository, "test").flatMap((source) => {
      const found: Array<Violation> = []
      walk(source.program, (node) => {
        const property = node.type === "MemberExpression" ? nameOf(node["property"]) : undefined
        const called = node.type === "CallExpression" ? nameOf(node["callee"]) : undefined
        const switched = property !== undefined && SWITCHES.has(property) && RUNNERS.has(headOf(node) ?? "")
        const aliased = called !== undefined && ALIASES.has(called)
        if (!switched && !aliased) return
        const what = switched ? `${headOf(node)}.${property}` : called
        const message = `uses ${what}; let the test run always, or delete it`
        found.push({ file: source.path, line: lineOf(source.text, node.start), message })
      })
      return found
    })
}
