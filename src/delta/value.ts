/**
 * Values and their types: whether a value is of a type, and how many bytes it takes.
 */
import { Malformed } from "./errors.ts"
import type { DataType, StructType, Value } from "./schema.ts"

/** Sets an own property, whatever the name: a plain assignment to `__proto__` would set the prototype instead. */
export const setOwn = <V>(object: Record<string, V>, name: string, value: V): void => {
  if (name === "__proto__")
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
  else object[name] = value
}

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

const wholeWithin = (value: Value, bits: number): boolean =>
  typeof value === "number" && Number.isInteger(value) && value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1)

const int64 = (value: Value): boolean => typeof value === "bigint" && value >= INT64_MIN && value <= INT64_MAX

const wrong = (at: string, expected: string, value: Value): Malformed => {
  const given =
    value === null ? "null" : typeof value === "object" ? "an object" : `${typeof value} ${String(value).slice(0, 40)}`
  return new Malformed(`${at} must be ${expected}, not ${given}`)
}

/** Bytes of a value of a type without parts, or -1 when it is not of that type. */
const primitiveBytes = (value: Value, type: Extract<DataType, string>): number => {
  switch (type) {
    case "string":
      return typeof value === "string" && value.isWellFormed() ? value.length : -1
    case "binary":
      return value instanceof Uint8Array ? value.length : -1
    case "long":
    case "timestamp":
    case "timestamp_ntz":
      return int64(value) ? 8 : -1
    case "integer":
    case "date":
      return wholeWithin(value, 32) ? 4 : -1
    case "short":
      return wholeWithin(value, 16) ? 4 : -1
    case "byte":
      return wholeWithin(value, 8) ? 4 : -1
    case "float":
      return typeof value === "number" && (Object.is(Math.fround(value), value) || Number.isNaN(value)) ? 4 : -1
    case "double":
      return typeof value === "number" ? 8 : -1
    case "boolean":
      return typeof value === "boolean" ? 1 : -1
  }
}

const structBytes = (value: Value, type: StructType, at: string): number => {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array || Array.isArray(value)) {
    throw wrong(at, "a struct", value)
  }
  const object = value as { readonly [field: string]: Value | undefined }
  let bytes = 0
  for (const field of type.fields) {
    const isOwn = Object.hasOwn(object, field.name)
    // The encoder reads fields by plain access: an inherited one, such as `constructor`, must not stand in for an absent one.
    if (!isOwn && field.name in object) throw wrong(`${at}.${field.name}`, "an own property", null)
    const item = isOwn ? (object[field.name] ?? null) : null
    bytes += measure(item, field.type, field.nullable, `${at}.${field.name}`)
  }
  return bytes
}

/**
 * The bytes that a value takes, roughly; strings count one per UTF-16 unit. Throws `Malformed` naming the place `at` when the value
 * is not exactly of the type: nothing is rounded, wrapped or replaced later.
 */
export const measure = (value: Value, type: DataType, nullable: boolean, at: string): number => {
  if (value === null) {
    if (!nullable) throw wrong(at, "present", value)
    return 1
  }
  if (typeof type === "string") {
    const bytes = primitiveBytes(value, type)
    if (bytes < 0) throw wrong(at, `of type ${type}`, value)
    return bytes
  }
  switch (type.type) {
    case "decimal": {
      const limit = 10n ** BigInt(type.precision)
      if (typeof value !== "bigint" || value >= limit || value <= -limit) {
        throw wrong(at, `a decimal of ${type.precision} digits (unscaled)`, value)
      }
      return 16
    }
    case "array": {
      if (!Array.isArray(value)) throw wrong(at, "an array", value)
      let bytes = 4
      for (const item of value as ReadonlyArray<Value>) bytes += measure(item, type.elementType, type.containsNull, at)
      return bytes
    }
    case "map": {
      if (!(value instanceof Map)) throw wrong(at, "a map", value)
      let bytes = 4
      for (const [key, item] of value as ReadonlyMap<Value, Value>) {
        bytes += measure(key, type.keyType, false, `${at} key`)
        bytes += measure(item, type.valueType, type.valueContainsNull, `${at} value`)
      }
      return bytes
    }
    case "struct":
      return structBytes(value, type, at)
  }
}
