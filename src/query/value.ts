/**
 * Values of the engine as plain data, as JSON can hold it: integers that a double cannot hold and decimals are text, times are text in ISO form.
 */
import type * as Engine from "@duckdb/node-api"

/** Values of the engine that hold others. */
interface Holder {
  readonly items?: ReadonlyArray<unknown>
  readonly entries?: unknown
  readonly value?: unknown
  readonly tag?: string
}

/** Turns a value into plain data: null, truth, numbers, text, lists and objects. */
export const plainValue = (value: Engine.DuckDBValue | unknown): unknown => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value)
  if (typeof value === "bigint") {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value)
  }
  const { entries, items, tag, value: inner } = value as Holder
  if (items !== undefined) return items.map(plainValue)
  if (Array.isArray(entries)) {
    // A map: its keys may be anything.
    return (entries as ReadonlyArray<{ readonly key: unknown; readonly value: unknown }>).map((entry) => ({
      key: plainValue(entry.key),
      value: plainValue(entry.value)
    }))
  }
  if (typeof entries === "object" && entries !== null) {
    return Object.fromEntries(Object.entries(entries).map(([name, field]) => [name, plainValue(field)]))
  }
  if (tag !== undefined && inner !== undefined && inner !== value) return plainValue(inner)
  return String(value)
}
