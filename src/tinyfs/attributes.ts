/**
 * Attributes as text: canonical JSON, so that equal attributes are equal bytes (format.md section 4).
 */
import { compareKeys } from "../store/key.ts"
import type { Attributes } from "./node.ts"

/** Most bytes of the attributes of one node. */
export const ATTRIBUTES_BYTES_MAX = 64 * 1024

const utf8 = new TextEncoder()

/** Why attributes cannot be stored, or `undefined` when they can. */
export const attributesProblem = (attributes: Attributes): string | undefined => {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "number" && !Number.isSafeInteger(value)) {
      return `${JSON.stringify(key)} is not a whole number within 2^53`
    }
    if (!["string", "number", "boolean"].includes(typeof value))
      return `${JSON.stringify(key)} is not text, number or boolean`
    if (!key.isWellFormed() || (typeof value === "string" && !value.isWellFormed()))
      return `${JSON.stringify(key)} is not Unicode text`
  }
  const bytes = utf8.encode(encodeAttributes(attributes) ?? "").length
  return bytes > ATTRIBUTES_BYTES_MAX ? `they have ${bytes} bytes; at most ${ATTRIBUTES_BYTES_MAX} are kept` : undefined
}

/** The canonical JSON of attributes; `null` when there are none. */
export const encodeAttributes = (attributes: Attributes): string | null => {
  const keys = Object.keys(attributes).toSorted(compareKeys)
  if (keys.length === 0) return null
  return `{${keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(attributes[key])}`).join(",")}}`
}

/**
 * Attributes from their canonical JSON. Throws a `TypeError` when it is something else, a `SyntaxError` when it is no
 * JSON.
 */
export const decodeAttributes = (text: string): Attributes => {
  const json: unknown = JSON.parse(text)
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new TypeError("attributes are not an object")
  const attributes: Record<string, string | number | boolean> = Object.create(null) as Record<string, never>
  for (const [key, value] of Object.entries(json)) attributes[key] = value as string | number | boolean
  const problem = attributesProblem(attributes)
  if (problem !== undefined) throw new TypeError(`attributes: ${problem}`)
  return attributes
}
