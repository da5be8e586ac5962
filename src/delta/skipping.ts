/**
 * Leaving out files by their statistics and partition values: whether a file can hold a value in a range. Pure, and never wrong in
 * leaving out: whatever is absent, unreadable or inexact counts as "it may".
 */
import type { Add } from "./actions.ts"
import { parseDate, parseTimestamp } from "./calendar.ts"
import { parseDecimal } from "./decimal.ts"
import { isJsonObject, parseJson } from "./json.ts"
import type { Json, JsonObject } from "./json.ts"
import { parsePartitionValue } from "./partition.ts"
import type { DataType, Value } from "./schema.ts"
import type { Snapshot } from "./snapshot.ts"
import { compareValues } from "./statistics.ts"

/** Rows whose column is not null and lies between two values, both included; an absent one is no limit. */
export interface Range {
  readonly column: string
  readonly min?: NonNullable<Value>
  readonly max?: NonNullable<Value>
}

/** Greatest and least of timestamps are cut to milliseconds: the greatest may lie up to this much later. */
const CUT_MICROS = 999n
/** Significant digits that a JSON number keeps through a double. */
const EXACT_DIGITS = 15

const member = (object: Json | undefined, name: string): Json | undefined =>
  isJsonObject(object) && Object.hasOwn(object, name) ? object[name] : undefined

const timestamp = (json: Json, isMax: boolean): Value | undefined => {
  const micros = typeof json === "string" ? parseTimestamp(json) : undefined
  return micros === undefined ? undefined : isMax ? micros + CUT_MICROS : micros
}

/** A bound in statistics as a value, `undefined` when it says nothing certain. */
const bound = (json: Json | undefined, type: DataType, isMax: boolean): Value | undefined => {
  if (json === undefined || json === null) return undefined
  if (typeof type !== "string") {
    const isExact = type.type === "decimal" && type.precision <= EXACT_DIGITS && typeof json === "number"
    return isExact ? parseDecimal(String(json), type.scale) : undefined
  }
  switch (type) {
    case "string":
      return typeof json === "string" && json.isWellFormed() ? json : undefined
    case "long":
      return typeof json === "bigint" || Number.isSafeInteger(json) ? BigInt(json as number | bigint) : undefined
    case "integer":
    case "short":
    case "byte":
    case "double":
    case "float":
      return typeof json === "number" ? json : undefined
    case "date":
      return typeof json === "string" ? parseDate(json) : undefined
    case "timestamp":
    case "timestamp_ntz":
      return timestamp(json, isMax)
    default:
      return undefined
  }
}

const statisticsOf = (add: Add): JsonObject | undefined => {
  if (add.stats === undefined) return undefined
  try {
    const json = parseJson(add.stats)
    return isJsonObject(json) ? json : undefined
  } catch {
    return undefined
  }
}

const overlaps = (least: Value | undefined, greatest: Value | undefined, { max, min }: Range): boolean => {
  if (min !== undefined && greatest !== undefined && compareValues(greatest, min) < 0) return false
  return !(max !== undefined && least !== undefined && compareValues(least, max) > 0)
}

const partitionMayMatch = (text: string | null, type: DataType, range: Range): boolean => {
  try {
    const value = parsePartitionValue(text, type, range.column)
    return value !== null && overlaps(value, value, range)
  } catch {
    return true
  }
}

/** Whether a file may hold a row inside all ranges. Columns that the table lacks match nothing. */
export const mayMatch = (snapshot: Snapshot, add: Add, ranges: ReadonlyArray<Range>): boolean => {
  const statistics = statisticsOf(add)
  return ranges.every((range) => {
    const field = snapshot.schema.fields.find(({ name }) => name === range.column)
    if (field === undefined) return false
    if (snapshot.metadata.partitionColumns.includes(field.name)) {
      return partitionMayMatch(add.partitionValues.get(field.name) ?? null, field.type, range)
    }
    const nulls = member(member(statistics, "nullCount"), field.name)
    if (typeof nulls === "number" && nulls === member(statistics, "numRecords")) return false
    const least = bound(member(member(statistics, "minValues"), field.name), field.type, false)
    const greatest = bound(member(member(statistics, "maxValues"), field.name), field.type, true)
    return overlaps(least, greatest, range)
  })
}
