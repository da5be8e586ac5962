/**
 * Values against Schemas, completely: every problem at once, each with the path of its key, unknown keys with the nearest known one.
 */
import { Exit, Schema, SchemaIssue } from "effect"
import type { Problem } from "./errors.ts"
import { nearest } from "./nearest.ts"

/** One problem, and the keys that lead to it. */
export interface LocatedProblem extends Problem {
  readonly path: ReadonlyArray<PropertyKey>
  /** It is about a key that is missing or not known, whatever its value. */
  readonly isAboutKey: boolean
}

/** A value as a Schema takes it, or all that is wrong with it. */
export type Decoded = { readonly value: unknown } | { readonly problems: ReadonlyArray<LocatedProblem> }

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

/** What the Schema says of keys that are missing and of keys that it does not know. */
const MISSING = "Missing key"
const UNKNOWN = "Expected no excess property"

/** What a key's problem is, in words. */
const wordsOf = (message: string, keys: ReadonlyArray<PropertyKey>, known: ReadonlyArray<string>): string => {
  if (message === MISSING) return "is missing"
  if (message !== UNKNOWN) return message
  const key = String(keys.at(-1))
  const meant = keys.length === 1 ? nearest(key, known) : undefined
  return `is not a known key${meant === undefined ? "" : `: did you mean ${JSON.stringify(meant)}?`}`
}

/** Decodes a value by a Schema that asks for no services; keys that it does not know are problems. */
export const decodeStrictly = (schema: Schema.Top, fields: Schema.Struct.Fields, value: unknown): Decoded => {
  const decode = Schema.decodeUnknownExit(schema as unknown as Schema.Codec<unknown>)
  const decoded = decode(value, { errors: "all", onExcessProperty: "error" })
  if (Exit.isSuccess(decoded)) return { value: decoded.value }
  const failure = decoded.cause.reasons.find((reason) => reason._tag === "Fail")
  const issues = failure === undefined ? [] : formatIssue(failure.error.issue).issues
  const known = Object.keys(fields)
  const problems = issues.map(({ message, path = [] }) => {
    const keys = path.map((key) => (typeof key === "object" ? key.key : key))
    const isAboutKey = message === MISSING || message === UNKNOWN
    return { at: keys.join("."), problem: wordsOf(message, keys, known), path: keys, isAboutKey }
  })
  return { problems }
}
