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

/** Names of fields, each once: structures of SQL may have fields without names, and several of one name. */
export const uniqueNames = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const taken = new Set(names)
  const seen = new Set<string>()
  return names.map((name, at) => {
    if (name !== "" && !seen.has(name)) {
      seen.add(name)
      return name
    }
    let unique = `${name}_${at + 1}`
    while (taken.has(unique) || seen.has(unique)) unique += "_"
    seen.add(unique)
    return unique
  })
}

/** A type as far as its parts go. */
interface Parted {
  readonly entryNames?: ReadonlyArray<string>
  readonly entryTypes?: ReadonlyArray<Engine.DuckDBType>
  readonly valueType?: Engine.DuckDBType
}

/** Whether objects cannot have the names of a structure: the engine's package would lose values. */
const isOdd = (type: Engine.DuckDBType): boolean => {
  const { entryNames = [], entryTypes = [], valueType } = type as Parted
  const hasOddNames =
    entryNames.includes("__proto__") || entryNames.some((name, at) => uniqueNames(entryNames)[at] !== name)
  return hasOddNames || [...entryTypes, ...(valueType === undefined ? [] : [valueType])].some(isOdd)
}

/** An item of a vector whose type has odd names. */
const itemAt = (vector: Engine.DuckDBVector, at: number): unknown => {
  if ("entryVectorAt" in vector) {
    const struct = vector as Engine.DuckDBStructVector
    if (!struct.isItemValid(at)) return null
    const names = uniqueNames(struct.type.entryNames)
    return { entries: Object.fromEntries(names.map((name, entry) => [name, itemAt(struct.entryVectorAt(entry), at)])) }
  }
  if ("getEntryOffset" in vector) {
    const list = vector as Engine.DuckDBListVector
    if (list.getItemVector(at) === null) return null
    const start = list.getEntryOffset(at)
    return {
      items: Array.from({ length: list.getEntryLength(at) }, (_, item) => itemAt(list.childVector, start + item))
    }
  }
  return vector.getItem(at)
}

/** The columns of a chunk, each a list of the engine's values; fields of structures have unique names. */
export const columnsOf = (chunk: Engine.DuckDBDataChunk): ReadonlyArray<ReadonlyArray<unknown>> =>
  Array.from({ length: chunk.columnCount }, (_, column) => {
    const vector = chunk.getColumnVector(column)
    if (!isOdd(vector.type)) return vector.toArray()
    return Array.from({ length: chunk.rowCount }, (_item, at) => itemAt(vector, at))
  })

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
