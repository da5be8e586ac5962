/**
 * Keys of objects: relative, `/`-separated, valid wherever Pond stores anything (R11).
 *
 * Each store checks every key it is given with `invalidKey`, once, before it does anything else; a key that passes cannot leave
 * the store's root. Keys are compared and listed in the order of their UTF-8 bytes, as S3 does.
 */
import { InvalidObjectKey } from "./errors.ts"

/** The longest key in UTF-8 bytes (S3's limit). */
export const KEY_BYTES_MAX = 1024

/** The longest component in UTF-8 bytes (`NAME_MAX` of file systems). */
export const COMPONENT_BYTES_MAX = 255

/** The folder in which stores keep what is not published yet; no key begins with it. `.` hides it from table engines. */
export const STAGING = ".staging"

const reasonAgainst = (components: ReadonlyArray<string>): string | undefined => {
  for (const component of components) {
    if (component === "") return "it has an empty component (a leading, trailing or double slash, or nothing at all)"
    if (component === "." || component === "..") return `it has a component ${JSON.stringify(component)}`
    if (component.length * 3 > COMPONENT_BYTES_MAX && Buffer.byteLength(component) > COMPONENT_BYTES_MAX) {
      return `a component has more than ${COMPONENT_BYTES_MAX} bytes`
    }
  }
  return undefined
}

const reasonAgainstText = (text: string): string | undefined => {
  if (text.includes("\0")) return "it has a NUL character"
  if (!text.isWellFormed()) return "it has half a surrogate pair, which UTF-8 cannot express"
  if (text.length * 3 > KEY_BYTES_MAX && Buffer.byteLength(text) > KEY_BYTES_MAX) {
    return `it has more than ${KEY_BYTES_MAX} bytes`
  }
  return undefined
}

/** Tells why text cannot be a key, or `undefined` when it can. */
export const invalidKey = (key: string): InvalidObjectKey | undefined => {
  const components = key.split("/")
  const reason =
    reasonAgainstText(key) ??
    reasonAgainst(components) ??
    (components[0] === STAGING ? `the folder ${STAGING} belongs to the store itself` : undefined)
  return reason === undefined ? undefined : new InvalidObjectKey({ key, reason })
}

/**
 * Tells why text cannot be a prefix of keys, or `undefined` when it can. A prefix may be empty, end with a slash, or end
 * within a component (`_delta_log/0000`).
 */
export const invalidPrefix = (prefix: string): InvalidObjectKey | undefined => {
  const directories = prefix.split("/").slice(0, -1)
  const reason = reasonAgainstText(prefix) ?? reasonAgainst(directories)
  return reason === undefined ? undefined : new InvalidObjectKey({ key: prefix, reason })
}

/** Moves surrogates behind the rest of the basic plane, where their code points' UTF-8 sorts. */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800)

/** Compares two well-formed texts by their UTF-8 bytes, without encoding them: negative, 0 or positive. */
export const compareKeys = (left: string, right: string): number => {
  const shared = Math.min(left.length, right.length)
  for (let at = 0; at < shared; at++) {
    const leftUnit = left.charCodeAt(at)
    const rightUnit = right.charCodeAt(at)
    if (leftUnit !== rightUnit) return rank(leftUnit) - rank(rightUnit)
  }
  return left.length - right.length
}
