/**
 * Globs over paths, with captures: `*`, `?`, `[a-z]`, `{a,b}` within a name, `**` for any number of directories.
 *
 * Matching a name is linear in practice and quadratic at worst, whatever the pattern: a star gives back characters only to the star before it, never
 * recursively, so that no pattern takes a matcher hostage (R11). A name that begins with a dot is matched only by a pattern that does.
 */
import { Result } from "effect"
import { InvalidPath } from "./errors.ts"

/** Most alternatives that the braces of one pattern may make. */
const ALTERNATIVES_MAX = 1000

type Token =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "any" }
  | { readonly kind: "one" }
  | { readonly kind: "set"; readonly isNegated: boolean; readonly ranges: ReadonlyArray<readonly [string, string]> }

/** One component of a glob: `**`, or tokens. */
type Component = "globstar" | ReadonlyArray<Token>

/** A glob that was understood. */
export interface Glob {
  readonly pattern: string
  readonly alternatives: ReadonlyArray<ReadonlyArray<Component>>
}

/** Expands the outermost braces; nested ones on the way. `undefined` when there would be too many. */
const expandBraces = (pattern: string): ReadonlyArray<string> | undefined => {
  const open = pattern.indexOf("{")
  if (open < 0) return [pattern]
  let depth = 0
  const cuts = [open]
  for (let at = open; at < pattern.length; at++) {
    const character = pattern[at]
    if (character === "{") depth += 1
    if (character === "}") depth -= 1
    if (character === "," && depth === 1) cuts.push(at)
    if (depth > 0) continue
    if (cuts.length === 1) break
    cuts.push(at)
    const all: Array<string> = []
    for (let part = 0; part + 1 < cuts.length; part++) {
      const middle = pattern.slice(cuts[part]! + 1, cuts[part + 1])
      const rest = expandBraces(pattern.slice(0, open) + middle + pattern.slice(at + 1))
      if (rest === undefined || all.length + rest.length > ALTERNATIVES_MAX) return undefined
      for (const one of rest) all.push(one)
    }
    return all
  }
  // A brace that is not closed, or holds no comma, stands for itself.
  const rest = expandBraces(pattern.slice(open + 1))
  return rest?.map((one) => `${pattern.slice(0, open)}{${one}`)
}

const parseSet = (text: string): Token => {
  const isNegated = /^[!^]/.test(text)
  const characters = [...(isNegated ? text.slice(1) : text)]
  const ranges: Array<readonly [string, string]> = []
  for (let at = 0; at < characters.length; at++) {
    if (characters[at + 1] === "-" && at + 2 < characters.length) {
      ranges.push([characters[at]!, characters[at + 2]!])
      at += 2
    } else ranges.push([characters[at]!, characters[at]!])
  }
  return { kind: "set", isNegated, ranges }
}

const parseComponent = (component: string): Component => {
  if (component === "**") return "globstar"
  const tokens: Array<Token> = []
  for (let at = 0; at < component.length; at++) {
    const character = component[at]!
    const close = character === "[" ? component.indexOf("]", at + 2) : -1
    if (character === "*") {
      if (tokens.at(-1)?.kind !== "any") tokens.push({ kind: "any" })
    } else if (character === "?") tokens.push({ kind: "one" })
    else if (close > 0) {
      tokens.push(parseSet(component.slice(at + 1, close)))
      at = close
    } else {
      const escaped = character === "\\" && at + 1 < component.length
      tokens.push({ kind: "text", text: escaped ? component[++at]! : character })
    }
  }
  return tokens
}

/** Reads a glob over absolute paths; what is relative means from the root. Fails with `InvalidPath`. */
export const parseGlob = (pattern: string): Result.Result<Glob, InvalidPath> => {
  const invalid = (reason: string) => Result.fail(new InvalidPath({ path: pattern, reason }))
  if (pattern.length > 4096) return invalid("a pattern has at most 4,096 characters")
  const expanded = expandBraces(pattern)
  if (expanded === undefined) return invalid(`its braces make more than ${ALTERNATIVES_MAX} patterns`)
  const alternatives: Array<ReadonlyArray<Component>> = []
  for (const one of expanded) {
    const components = one.split("/").filter((part) => part !== "" && part !== ".")
    if (components.includes("..")) return invalid("a pattern may not hold ..")
    alternatives.push(components.map(parseComponent))
  }
  return Result.succeed({ pattern, alternatives })
}

const matchesOne = (token: Token, character: string): boolean => {
  if (token.kind === "one") return true
  if (token.kind === "text") return token.text === character
  if (token.kind === "any") return false
  return token.ranges.some(([low, high]) => character >= low && character <= high) !== token.isNegated
}

/** Matches a name against tokens; gives what each star and question mark stands for, or `undefined`. */
const matchName = (tokens: ReadonlyArray<Token>, name: string): ReadonlyArray<string> | undefined => {
  const characters = [...name]
  if (name.startsWith(".") && !(tokens[0]?.kind === "text" && tokens[0].text === ".")) return undefined
  const spans: Array<readonly [number, number]> = []
  const starts = new Array<number>(tokens.length).fill(0)
  let token = 0
  let at = 0
  let star = -1
  let starAt = 0
  while (at < characters.length || token < tokens.length) {
    const current = tokens[token]
    if (current?.kind === "any") {
      star = token
      starAt = at
      starts[token] = at
      token += 1
    } else if (current !== undefined && at < characters.length && matchesOne(current, characters[at]!)) {
      starts[token] = at
      token += 1
      at += 1
    } else if (star >= 0 && starAt < characters.length) {
      starAt += 1
      at = starAt
      token = star + 1
    } else return undefined
  }
  tokens.forEach(({ kind }, index) => {
    const end =
      kind === "any" ? (index + 1 < tokens.length ? starts[index + 1]! : characters.length) : starts[index]! + 1
    if (kind !== "text") spans.push([starts[index]!, end])
  })
  return spans.map(([start, end]) => characters.slice(start, end).join(""))
}

const matchNames = (
  components: ReadonlyArray<Component>,
  names: ReadonlyArray<string>
): ReadonlyArray<string> | undefined => {
  const [first, ...rest] = components
  if (first === undefined) return names.length === 0 ? [] : undefined
  if (first === "globstar") {
    for (let count = 0; count <= names.length; count++) {
      if (names.slice(0, count).some((name) => name.startsWith("."))) return undefined
      const further = matchNames(rest, names.slice(count))
      if (further !== undefined) return [names.slice(0, count).join("/"), ...further]
    }
    return undefined
  }
  const [name, ...others] = names
  if (name === undefined) return undefined
  const captures = matchName(first, name)
  const further = captures === undefined ? undefined : matchNames(rest, others)
  return captures === undefined || further === undefined ? undefined : [...captures, ...further]
}

/** What the wildcards of a glob stand for in a path given by its names, or `undefined` when it does not match. */
export const matchGlob = (glob: Glob, names: ReadonlyArray<string>): ReadonlyArray<string> | undefined => {
  for (const components of glob.alternatives) {
    const captures = matchNames(components, names)
    if (captures !== undefined) return captures
  }
  return undefined
}

/** Whether a directory, given by its names, can hold matches below it: a walk descends only there. */
export const mayDescend = (glob: Glob, names: ReadonlyArray<string>): boolean =>
  glob.alternatives.some((components) => {
    const star = components.indexOf("globstar")
    const depth = star < 0 ? components.length - 1 : Number.POSITIVE_INFINITY
    if (names.length > depth) return false
    return names.every((name, at) => {
      const component = components[at]
      if (star >= 0 && at >= star) return !name.startsWith(".") || components.length > star + 1
      return component !== undefined && component !== "globstar" && matchName(component, name) !== undefined
    })
  })

/** Puts captures into a pattern for output: `$1` is what the first wildcard stands for, `$$` a dollar sign. */
export const substitute = (pattern: string, captures: ReadonlyArray<string>): string =>
  pattern.replace(/\$(\$|\d+)/g, (whole, what: string) => (what === "$" ? "$" : (captures[Number(what) - 1] ?? whole)))
