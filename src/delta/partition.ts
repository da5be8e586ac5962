/**
 * Partition values: typed in memory, text in the log; null and the empty string are null (D10).
 */
import { formatDate, formatTimestamp, parseDate, parseTimestamp } from "./calendar.ts"
import { formatDecimal, parseDecimal } from "./decimal.ts"
import { Malformed, Unsupported } from "./errors.ts"
import type { DataType, Value } from "./schema.ts"
import { measure } from "./value.ts"

const WHOLE = /^[+-]?\d+$/

const number = (text: string): number | undefined => {
  const value = Number(text)
  return text.trim() === "" || (Number.isNaN(value) && text !== "NaN") ? undefined : value
}

const parsed = (text: string, type: DataType): Value | undefined => {
  if (typeof type !== "string") {
    if (type.type === "decimal") return parseDecimal(text, type.scale)
    throw new Unsupported(`partition columns of type ${type.type}`)
  }
  switch (type) {
    case "string":
      return text
    case "long":
      return WHOLE.test(text) ? BigInt(text) : undefined
    case "integer":
    case "short":
    case "byte":
      return WHOLE.test(text) ? Number(text) : undefined
    case "double":
      return number(text)
    case "float": {
      const value = number(text)
      return value === undefined ? undefined : Math.fround(value)
    }
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined
    case "binary":
      return Uint8Array.from(text, (character) => character.charCodeAt(0))
    case "date":
      return parseDate(text)
    case "timestamp":
    case "timestamp_ntz":
      return parseTimestamp(text)
  }
}

/** The value of a partition column. Throws `Malformed` when the text is none of its type. */
export const parsePartitionValue = (text: string | null, type: DataType, column: string): Value => {
  if (text === null || text === "") return null
  const value = parsed(text, type)
  if (value === undefined) throw new Malformed(`partition value ${JSON.stringify(text)} does not fit column ${column}`)
  measure(value, type, true, `partition column ${column}`)
  return value
}

const formatted = (value: Value, type: DataType): string | undefined => {
  if (typeof type !== "string") return type.type === "decimal" ? formatDecimal(value as bigint, type.scale) : undefined
  switch (type) {
    case "date":
      return formatDate(value as number)
    case "timestamp": {
      const text = formatTimestamp(value as bigint, 6)
      return text === undefined ? undefined : `${text}Z`
    }
    case "timestamp_ntz":
      return formatTimestamp(value as bigint, 6)?.replace("T", " ")
    case "binary":
      return String.fromCharCode(...(value as Uint8Array))
    case "string":
      return value as string
    default:
      return String(value)
  }
}

/** The text of a partition column's value. Throws `Malformed` for one that has none: the empty string would be read as null. */
export const formatPartitionValue = (value: Value, type: DataType, column: string): string | null => {
  if (value === null) return null
  measure(value, type, true, `partition column ${column}`)
  const text = formatted(value, type)
  if (text === undefined || text === "")
    throw new Malformed(`the value of partition column ${column} cannot be written as text`)
  return text
}
