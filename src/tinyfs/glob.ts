/**
 * Globs over paths, with captures: `*`, `?`, `[a-z]`, `{a,b}` within a name, `**` for any number of directories, `\`
 * before what stands for itself.
 *
 * No pattern takes a matcher hostage (R11): a star, of names or of characters, gives back only what it took itself,
 * never recursively, so that matching is quadratic at worst. Nothing is lost by that: what lies between two stars
 * matches best where it matches first. A name that begins with a dot is matched only by a component that does; `**`
 * passes it by.
 */
import { Result } from "effect"
import { InvalidPath } from "./errors.ts"

/** Most alternatives that the braces of one pattern may make. */
const ALTERNATIVES_MAX = 1000
/** Most characters of a pattern. */
const PATTERN_CHARACTERS_MAX = 4096

type Token =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "any" }
  | { readonly kind: "one" }
  | { readonly kind: "set"; readonly isNegated: boolean; readonly ranges: ReadonlyArray<readonly [string, string]> }

/** One component of a glob: `**`, or tokens. */
type Component = "globstar" | ReadonlyArray<Token>

/** A glob that was understood: a path matches when it matches one of the alternatives. */
export interface Glob {
  readonly pattern: string
  readonly alternatives: ReadonlyArray<ReadonlyArray<Component>>
}

/** Where the braces that open at `open` divide and close; `undefined` when they do not close. */
const bracesAt = (pattern: ReadonlyArray<string>, open: number): ReadonlyArray<number> | undefined => {
  const cuts = [open]
  let depth = 0
  for (let at = open; at < pattern.length; at++) {
    const character = pattern[at]
    if (character === "\\") at += 1
    if (character === "{") depth += 1
    if (character === "}") depth -= 1
    if (character === "," && depth === 1) cuts.push(at)
    if (depth === 0) return [...cuts, at]
  }
  return undefined
}

/**
 * Expands braces; those that do not close, or hold no comma, stand for themselves. `undefined` when there would be too
 * many.
 */
const expandBraces = (pattern: ReadonlyArray<string>, from = 0): ReadonlyArray<ReadonlyArray<string>> | undefined => {
  let open = from
  while (open < pattern.length && pattern[open] !== "{") open += pattern[open] === "\\" ? 2 : 1
  if (open >= pattern.length) return [pattern]
  const cuts = bracesAt(pattern, open)
  if (cuts === undefined || cuts.length === 2) return expandBraces(pattern, open + 1)
  const all: Array<ReadonlyArray<string>> = []
  for (let part = 0; part + 1 < cuts.length; part++) {
    const middle = pattern.slice(cuts[part]! + 1, cuts[part + 1])
    const one = [...pattern.slice(0, open), ...middle, ...pattern.slice(cuts.at(-1)! + 1)]
    const rest = expandBraces(one, open)
    if (rest === undefined || all.length + rest.length > ALTERNATIVES_MAX) return undefined
    for (const further of rest) all.push(further)
  }
  return all
}

const parseSet = (inside: ReadonlyArray<string>): Token => {
  const isNegated = inside[0] === "!" || inside[0] === "^"
  const characters = isNegated ? inside.slice(1) : inside
  const ranges: Array<readonly [string, string]> = []
  for (let at = 0; at < characters.length; at++) {
    if (characters[at + 1] === "-" && at + 2 < characters.length) {
      ranges.push([characters[at]!, characters[at + 2]!])
      at += 2
    } else ranges.push([characters[at]!, characters[at]!])
  }
  return { kind: "set", isNegated, ranges }
}

/** Where the set that opens at `open` closes; a bracket right after its beginning belongs to it. */
const setEnd = (characters: ReadonlyArray<string>, open: number): number =>
  characters.indexOf("]", open + (characters[open + 1] === "!" || characters[open + 1] === "^" ? 3 : 2))

const parseComponent = (characters: ReadonlyArray<string>): Component => {
  if (characters.length === 2 && characters.every((character) => character === "*")) return "globstar"
  const tokens: Array<Token> = []
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!
    const close = character === "[" ? setEnd(characters, at) : -1
    if (character === "*") {
      if (tokens.at(-1)?.kind !== "any") tokens.push({ kind: "any" })
    } else if (character === "?") tokens.push({ kind: "one" })
    else if (close > 0) {
      tokens.push(parseSet(characters.slice(at + 1, close)))
      at = close
    } else {
      const isEscape = character === "\\" && at + 1 < characters.length
      tokens.push({ kind: "text", text: isEscape ? characters[++at]! : character })
    }
  }
  return tokens
}

const componentsOf = (characters: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> => {
  const components: Array<Array<string>> = [[]]
  for (const character of characters) {
    if (character === "/") components.push([])
    else components.at(-1)!.push(character)
  }
  return components.filter((component) => component.length > 0 && component.join("") !== ".")
}

/** Reads a glob over absolute paths; what is relative means from the root. Fails with `InvalidPath`. */
export const parseGlob = (pattern: string): Result.Result<Glob, InvalidPath> => {
  const invalid = (reason: string) => Result.fail(new InvalidPath({ path: pattern, reason }))
  if (pattern.length > PATTERN_CHARACTERS_MAX) {
    return invalid(`a pattern has at most ${PATTERN_CHARACTERS_MAX} characters`)
  }
  if (pattern === "") return invalid("it is empty; /** is everything")
  const expanded = expandBraces([...pattern])
  if (expanded === undefined) return invalid(`its braces make more than ${ALTERNATIVES_MAX} patterns`)
  const alternatives = expanded.map(componentsOf)
  if (alternatives.some((components) => components.some((component) => component.join("") === ".."))) {
    return invalid("a pattern may not hold ..")
  }
  return Result.succeed({ pattern, alternatives: alternatives.map((components) => components.map(parseComponent)) })
}

const matchesOne = (token: Token, character: string): boolean => {
  if (token.kind === "one") return true
  if (token.kind === "text") return token.text === character
  if (token.kind === "any") return false
  return token.ranges.some(([low, high]) => character >= low && character <= high) !== token.isNegated
}

/**
 * Matches items against parts, where a star takes any number of them. Gives where each part begins, or `undefined`.
 * `mayTake` says what a star takes.
 */
const align = <P, I>(
  parts: ReadonlyArray<P>,
  items: ReadonlyArray<I>,
  isStar: (part: P) => boolean,
  matches: (part: P, item: I) => boolean,
  mayTake: (item: I) => boolean
): ReadonlyArray<number> | undefined => {
  const starts = parts.map(() => 0)
  let part = 0
  let at = 0
  let star = -1
  let starEnd = 0
  while (at < items.length || part < parts.length) {
    if (part < parts.length && isStar(parts[part]!)) {
      star = part
      starEnd = at
      starts[part] = at
      part += 1
    } else if (part < parts.length && at < items.length && matches(parts[part]!, items[at]!)) {
      starts[part] = at
      part += 1
      at += 1
    } else if (star >= 0 && starEnd < items.length && mayTake(items[starEnd]!)) {
      starEnd += 1
      at = starEnd
      part = star + 1
    } else return undefined
  }
  return starts
}

const isHidden = (name: string): boolean => name.startsWith(".")

const alignName = (tokens: ReadonlyArray<Token>, name: string): ReadonlyArray<number> | undefined => {
  const [first] = tokens
  if (isHidden(name) && !(first?.kind === "text" && first.text === ".")) return undefined
  return align(
    tokens,
    [...name],
    ({ kind }) => kind === "any",
    matchesOne,
    () => true
  )
}

/** What each wildcard of a component stands for in a name that matches it. */
const nameCaptures = (tokens: ReadonlyArray<Token>, name: string): ReadonlyArray<string> => {
  const starts = alignName(tokens, name)!
  const characters = [...name]
  return tokens.flatMap(({ kind }, index) =>
    kind === "text" ? [] : [characters.slice(starts[index], starts[index + 1] ?? characters.length).join("")]
  )
}

const matchesName = (component: Component, name: string): boolean =>
  component !== "globstar" && alignName(component, name) !== undefined

/** What the wildcards of a glob stand for in a path given by its names, or `undefined` when it does not match. */
export const matchGlob = ({ alternatives }: Glob, names: ReadonlyArray<string>): ReadonlyArray<string> | undefined => {
  for (const components of alternatives) {
    const starts = align(
      components,
      names,
      (component) => component === "globstar",
      matchesName,
      (name) => !isHidden(name)
    )
    if (starts === undefined) continue
    return components.flatMap((component, index) =>
      component === "globstar"
        ? [names.slice(starts[index], starts[index + 1] ?? names.length).join("/")]
        : nameCaptures(component, names[starts[index]!]!)
    )
  }
  return undefined
}

/** How much of each alternative a walk from the root has behind it: for each, the components that may come next. */
export type GlobProgress = ReadonlyArray<{
  readonly components: ReadonlyArray<Component>
  readonly next: ReadonlySet<number>
}>

const progressOf = (components: ReadonlyArray<Component>, positions: Iterable<number>): GlobProgress[number] => {
  const next = new Set(positions)
  // A `**` may also stand for nothing; what is added here is visited as well.
  for (const position of next) if (components[position] === "globstar") next.add(position + 1)
  return { components, next }
}

/** The progress of a walk that stands at the root. */
export const beginGlob = ({ alternatives }: Glob): GlobProgress =>
  alternatives.map((components) => progressOf(components, [0]))

/** The progress of a walk that comes to a name. */
export const enterGlob = (progress: GlobProgress, name: string): GlobProgress =>
  progress.flatMap(({ components, next }) => {
    const positions: Array<number> = []
    for (const position of next) {
      const component = components[position]
      if (component === "globstar" && !isHidden(name)) positions.push(position)
      else if (component !== undefined && matchesName(component, name)) positions.push(position + 1)
    }
    return positions.length === 0 ? [] : [progressOf(components, positions)]
  })

/** Whether the path that a walk came to matches. */
export const isAtMatch = (progress: GlobProgress): boolean =>
  progress.some(({ components, next }) => next.has(components.length))

/** Whether something below the path that a walk came to may match. */
export const isUnderway = (progress: GlobProgress): boolean =>
  progress.some(({ components, next }) => [...next].some((position) => position < components.length))

/** The only names in the directory that can matter to a walk; `undefined` when that depends on what is there. */
export const wantedNames = (progress: GlobProgress): ReadonlySet<string> | undefined => {
  const names = new Set<string>()
  for (const { components, next } of progress) {
    for (const position of next) {
      const component = components[position]
      if (component === undefined) continue
      if (component === "globstar") return undefined
      let name = ""
      for (const token of component) {
        if (token.kind !== "text") return undefined
        name += token.text
      }
      names.add(name)
    }
  }
  return names
}

/** Puts captures into a pattern for output: `$1` is what the first wildcard stands for, `$$` a dollar sign. */
export const substitute = (pattern: string, captures: ReadonlyArray<string>): string =>
  pattern.replace(/\$(\$|\d+)/g, (whole, what: string) => (what === "$" ? "$" : (captures[Number(what) - 1] ?? whole)))
