/**
 * YAML that somebody else may have written, read within bounds (R11): size, number of values with those that aliases repeat, depth.
 */
import { Result } from "effect"
import { Yaml } from "effect/encoding"

/** The longest text, in characters. */
export const YAML_LENGTH_MAX = 64 * 1024
/** The most values, those that aliases repeat counted each time, and how deep they may lie. */
const VALUES_MAX = 10_000
const DEPTH_MAX = 20

/** Keys and values. */
export type Mapping = Readonly<Record<string, unknown>>

/** Whether a value is a mapping of keys to values. */
export const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Whether a value is small: aliases may make a huge one out of a short text. */
const isSmall = (value: unknown): boolean => {
  let left = VALUES_MAX
  const visit = (one: unknown, depth: number): boolean => {
    if (--left < 0 || depth > DEPTH_MAX) return false
    if (Array.isArray(one)) return one.every((item) => visit(item, depth + 1))
    return !isMapping(one) || Object.values(one).every((item) => visit(item, depth + 1))
  }
  return visit(value, 0)
}

/** Reads a text that is a mapping, an empty one where it says nothing; or tells why it is none. */
export const parseMapping = (text: string): Result.Result<Mapping, string> => {
  if (text.length > YAML_LENGTH_MAX) return Result.fail(`it is longer than ${YAML_LENGTH_MAX} bytes`)
  try {
    const value = Yaml.parse(text) ?? {}
    if (!isSmall(value)) return Result.fail("it has too many values, or lies too deep")
    return isMapping(value) ? Result.succeed(value) : Result.fail("it is not a mapping of keys to values")
  } catch (cause) {
    return Result.fail(`it is not YAML: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}
