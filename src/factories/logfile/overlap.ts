/**
 * Whether two patterns can match the same name: two mirrors in one directory of the pond must not (P14).
 */
import type { Glob } from "../../tinyfs/index.ts"

/** The last component of a pattern, as the glob holds it. */
type Component = Glob["alternatives"][number][number]
type Tokens = Exclude<Component, "globstar">
type Token = Tokens[number]

const isText = (token: Token): token is Extract<Token, { readonly kind: "text" }> => token.kind === "text"

const isIn = (token: Token, text: string): boolean => {
  if (token.kind === "set") return token.ranges.some(([low, high]) => text >= low && text <= high) !== token.isNegated
  return token.kind === "one" || (isText(token) && token.text === text)
}

/** Whether one character can be what both tokens stand for; of two sets this is assumed. */
const haveCommon = (left: Token, right: Token): boolean =>
  isText(left) ? isIn(right, left.text) : isText(right) ? isIn(left, right.text) : true

/** Whether one name can match both. Quadratic: what follows a pair of positions is looked at once. */
const canMeet = (left: Tokens, right: Tokens): boolean => {
  const seen = new Set<number>()
  const pending: Array<readonly [number, number]> = [[0, 0]]
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [at, other] = pair
    const key = at * (right.length + 1) + other
    if (seen.has(key)) continue
    seen.add(key)
    const [one, two] = [left[at], right[other]]
    if (one === undefined && two === undefined) return true
    if (one?.kind === "any") pending.push([at + 1, other])
    if (two?.kind === "any") pending.push([at, other + 1])
    if (one === undefined || two === undefined) continue
    if (one.kind === "any") pending.push([at, other + 1])
    else if (two.kind === "any") pending.push([at + 1, other])
    else if (haveCommon(one, two)) pending.push([at + 1, other + 1])
  }
  return false
}

const lastNames = ({ alternatives }: Glob): ReadonlyArray<Component> =>
  alternatives.flatMap((components) => components.slice(-1))

/** Whether one base name can match both patterns, whatever their directories. */
export const canShareName = (left: Glob, right: Glob): boolean =>
  lastNames(left).some((one) =>
    lastNames(right).some((two) => one === "globstar" || two === "globstar" || canMeet(one, two))
  )
