/**
 * JSON whose integers are exact: whole numbers beyond 2^53 are `bigint`, so that sizes, counts and statistics survive (D17).
 *
 * Objects keep every own key, `__proto__` included, as an own property; look keys up with `Object.hasOwn` or through `Fields`.
 */
import { Malformed } from "./errors.ts"

/** A JSON value. Whole numbers that a double cannot hold exactly are `bigint`. */
export type Json = null | boolean | number | bigint | string | ReadonlyArray<Json> | JsonObject

/** A JSON object. An `undefined` value is left out when encoding. */
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

/** Only texts with a run of 16 digits can hold a whole number beyond 2^53; all others take the fast path. */
const MAY_BE_LARGE = /\d{16}/
const WHOLE = /^-?\d+$/

const exactly = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === "number" &&
  !Number.isSafeInteger(value) &&
  context?.source !== undefined &&
  WHOLE.test(context.source)
    ? BigInt(context.source)
    : value

/** Parses JSON exactly. Throws `Malformed`. */
export const parseJson = (text: string): Json => {
  try {
    return MAY_BE_LARGE.test(text) ? JSON.parse(text, exactly) : JSON.parse(text)
  } catch (cause) {
    throw new Malformed(`not JSON (${cause instanceof Error ? cause.message : String(cause)})`)
  }
}

const encodeNumber = (value: number): string => (Object.is(value, -0) ? "-0.0" : JSON.stringify(value))

/** Encodes a JSON value on one line; `bigint` as an exact number, -0 as `-0.0`, maps as objects. */
export const encodeJson = (value: Json | ReadonlyMap<string, Json>): string => {
  if (typeof value === "bigint") return value.toString()
  if (typeof value === "number") return encodeNumber(value)
  if (value === null || typeof value !== "object") return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item: Json) => encodeJson(item)).join(",")}]`
  const entries = value instanceof Map ? value : Object.entries(value)
  let text = ""
  for (const [key, item] of entries) {
    if (item === undefined) continue
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${encodeJson(item)}`
  }
  return `{${text}}`
}

/** Whether a JSON value is an object. */
export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

/**
 * Strict access to the fields of one object: unknown fields are ignored, missing or mistyped ones throw `Malformed` with the
 * field's path. A field that is null counts as absent. Maps are read from objects (JSON) and from `Map`s (Parquet).
 */
export class Fields {
  readonly at: string
  readonly object: JsonObject

  constructor(value: Json | undefined, at: string) {
    if (!isJsonObject(value)) throw new Malformed(`${at} must be an object`)
    this.at = at
    this.object = value
  }

  /** The raw value of a field, `undefined` when absent or null. */
  raw(key: string): Json | undefined {
    return Object.hasOwn(this.object, key) ? (this.object[key] ?? undefined) : undefined
  }

  private wrong(key: string, expected: string): Malformed {
    return new Malformed(`${this.at}.${key} must be ${expected}`)
  }

  optionalString(key: string): string | undefined {
    const value = this.raw(key)
    if (value !== undefined && typeof value !== "string") throw this.wrong(key, "a string")
    return value
  }

  string(key: string): string {
    const value = this.optionalString(key)
    if (value === undefined) throw this.wrong(key, "a string")
    return value
  }

  optionalBoolean(key: string): boolean | undefined {
    const value = this.raw(key)
    if (value !== undefined && typeof value !== "boolean") throw this.wrong(key, "true or false")
    return value
  }

  boolean(key: string): boolean {
    const value = this.optionalBoolean(key)
    if (value === undefined) throw this.wrong(key, "true or false")
    return value
  }

  optionalInt64(key: string): bigint | undefined {
    const value = this.raw(key)
    if (value === undefined) return undefined
    if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value)
    if (typeof value === "bigint" && value >= INT64_MIN && value <= INT64_MAX) return value
    throw this.wrong(key, "a 64-bit whole number")
  }

  int64(key: string): bigint {
    const value = this.optionalInt64(key)
    if (value === undefined) throw this.wrong(key, "a 64-bit whole number")
    return value
  }

  /** A whole number from 0 to 2^53 - 1. */
  count(key: string): number {
    const value = this.raw(key)
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw this.wrong(key, "a count")
    return value
  }

  optionalStrings(key: string): ReadonlyArray<string> | undefined {
    const value = this.raw(key)
    if (value === undefined) return undefined
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value as ReadonlyArray<string>
    throw this.wrong(key, "a list of strings")
  }

  /** A map from strings to strings or null. */
  optionalNullableMap(key: string): ReadonlyMap<string, string | null> | undefined {
    const value = this.raw(key)
    if (value === undefined) return undefined
    if (!isJsonObject(value)) throw this.wrong(key, "a map of strings")
    const map = new Map<string, string | null>()
    for (const [name, item] of value instanceof Map ? value : Object.entries(value)) {
      if (item !== null && typeof item !== "string") throw this.wrong(`${key}.${name}`, "a string or null")
      map.set(name, item)
    }
    return map
  }

  /** A map from strings to strings. */
  optionalMap(key: string): ReadonlyMap<string, string> | undefined {
    const map = this.optionalNullableMap(key)
    for (const [name, item] of map ?? []) if (item === null) throw this.wrong(`${key}.${name}`, "a string")
    return map as ReadonlyMap<string, string> | undefined
  }
}
