/**
 * Statistics of a data file: how many rows, and least, greatest and null counts by column, as the JSON text in `add.stats` (D17).
 *
 * Bounds are never wrong, at worst absent or wide: whole numbers are exact, long strings are cut to a bound below or above,
 * timestamps are cut to milliseconds (a reader adds one to the greatest), a column with NaN has no bounds, an infinite bound is left out,
 * binary, boolean, lists and maps have none. Strings are ordered by their UTF-8 bytes.
 */
import { compareKeys } from "../store/key.ts"
import { formatDate, formatTimestamp } from "./calendar.ts"
import { formatDecimal } from "./decimal.ts"
import { encodeJson } from "./json.ts"
import type { Json } from "./json.ts"
import type { DataType, Row, StructType, Value } from "./schema.ts"

/** UTF-16 units of a string that are kept in a bound. */
export const PREFIX_UNITS = 32
/** Greater than every other character. */
const TIE_BREAKER = "\u{10ffff}"

/** The first units of a text, never ending inside a surrogate pair. */
const prefix = (text: string, units: number): string => {
  const last = text.charCodeAt(units - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? units - 1 : units)
}

/** A text not greater than this one, of at most 32 units. */
export const lowerBound = (text: string): string => (text.length <= PREFIX_UNITS ? text : prefix(text, PREFIX_UNITS))

/** A text not less than this one: cut, and raised by a last character that is greater than what was cut off. */
export const upperBound = (text: string): string => {
  if (text.length <= PREFIX_UNITS) return text
  let kept = prefix(text, PREFIX_UNITS)
  // What is cut off begins with the greatest character itself: keep it, until something smaller follows.
  while (text.startsWith(TIE_BREAKER, kept.length)) kept += TIE_BREAKER
  return kept.length === text.length ? text : kept + TIE_BREAKER
}

/** Whether a type has bounds: the others only count nulls. */
const isOrdered = (type: DataType): boolean =>
  typeof type === "string" ? type !== "binary" && type !== "boolean" : type.type === "decimal"

/** Orders two values of one ordered type, neither null nor NaN: negative, 0 or positive. */
export const compareValues = (left: Value, right: Value): number => {
  if (typeof left === "string" && typeof right === "string") return compareKeys(left, right)
  return (left as number) < (right as number) ? -1 : (left as number) > (right as number) ? 1 : 0
}

/** A bound in the JSON of statistics; `undefined`: it cannot be told. Decimals are written digit by digit, see `Raw`. */
const boundJson = (value: Value, type: DataType, isMax: boolean): Json | Raw | undefined => {
  if (typeof type !== "string")
    return type.type === "decimal" ? new Raw(formatDecimal(value as bigint, type.scale)) : undefined
  switch (type) {
    case "string":
      return isMax ? upperBound(value as string) : lowerBound(value as string)
    case "date":
      return formatDate(value as number)
    case "timestamp": {
      const text = formatTimestamp(value as bigint, 3)
      return text === undefined ? undefined : `${text}Z`
    }
    case "timestamp_ntz":
      return formatTimestamp(value as bigint, 3)
    case "float":
    case "double":
      return Number.isFinite(value) ? (value as number) : undefined
    default:
      return value as number | bigint
  }
}

/** A number whose digits are given. */
class Raw {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

interface Leaf {
  readonly type: DataType
  nulls: number
  least: Value
  greatest: Value
  hasNaN: boolean
}
type Collected = Leaf | Map<string, Collected>

const collector = (type: DataType): Collected =>
  typeof type !== "string" && type.type === "struct"
    ? new Map(type.fields.map((field) => [field.name, collector(field.type)]))
    : { type, nulls: 0, least: null, greatest: null, hasNaN: false }

const collect = (into: Collected, value: Value): void => {
  if (into instanceof Map) {
    const object = value as { readonly [field: string]: Value } | null
    for (const [name, inner] of into) {
      collect(inner, object !== null && Object.hasOwn(object, name) ? (object[name] ?? null) : null)
    }
    return
  }
  if (value === null) {
    into.nulls++
    return
  }
  if (!isOrdered(into.type)) return
  if (typeof value === "number" && Number.isNaN(value)) {
    into.hasNaN = true
    return
  }
  if (into.least === null || compareValues(value, into.least) < 0) into.least = value
  if (into.greatest === null || compareValues(value, into.greatest) > 0) into.greatest = value
}

const render = (from: Map<string, Collected>, leaf: (leaf: Leaf) => Json | Raw | undefined): string => {
  const parts: Array<string> = []
  for (const [name, inner] of from) {
    const value = inner instanceof Map ? new Raw(render(inner, leaf)) : leaf(inner)
    if (value === undefined || (value instanceof Raw && value.text === "{}")) continue
    parts.push(`${JSON.stringify(name)}:${value instanceof Raw ? value.text : encodeJson(value)}`)
  }
  return `{${parts.join(",")}}`
}

/** Collects the statistics of rows as they are written. `columns`: the top-level ones to look at, all by default. */
export class StatisticsCollector {
  private readonly root: Map<string, Collected>
  private rowCount = 0

  constructor(schema: StructType, columns?: ReadonlySet<string>) {
    const fields = schema.fields.filter(({ name }) => columns?.has(name) ?? true)
    this.root = new Map(fields.map((field) => [field.name, collector(field.type)]))
  }

  add(row: Row): void {
    this.rowCount++
    collect(this.root, row as { readonly [field: string]: Value })
  }

  /** The text for `add.stats`. */
  finish(): string {
    const bound = (isMax: boolean) =>
      render(this.root, ({ type, hasNaN, greatest, least }) => {
        const value = isMax ? greatest : least
        return hasNaN || value === null ? undefined : boundJson(value, type, isMax)
      })
    const nulls = render(this.root, (leaf) => leaf.nulls)
    return `{"numRecords":${this.rowCount},"minValues":${bound(false)},"maxValues":${bound(true)},"nullCount":${nulls}}`
  }
}
