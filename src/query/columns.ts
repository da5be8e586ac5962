/**
 * Columns of parts of a table, put together: what is missing is null, integers widen to floating point, objects have all keys, what contradicts becomes text.
 *
 * Types are DuckDB's, as text. `NULL` is the type of a column that no row has a value of: it gives way to every other.
 */
import { Effect } from "effect"
import type { Database } from "./database.ts"
import { type Field, fieldsOf, NOTHING, structOf } from "./struct-type.ts"

/** A column: its name, and its type in DuckDB's words. */
export type Column = readonly [name: string, type: string]

/** The type of a column that no row has a value of. */
export const UNKNOWN = "NULL"

const WHOLE: ReadonlySet<string> = new Set(["TINYINT", "SMALLINT", "INTEGER", "BIGINT"])

/** Columns by their names, which are the same whatever their case. */
const byName = (columns: ReadonlyArray<Column>): ReadonlyMap<string, Column> =>
  new Map(columns.map((column) => [column[0].toLowerCase(), column]))

/** The columns of both, those of `left` first; `merge` says what two different types become. */
export const mergeColumns = (
  left: ReadonlyArray<Column>,
  right: ReadonlyArray<Column>,
  merge: (left: string, right: string) => string
): ReadonlyArray<Column> => {
  const added = byName(right)
  const known = byName(left)
  return [
    ...left.map(([name, type]): Column => {
      const other = added.get(name.toLowerCase())?.[1] ?? UNKNOWN
      if (other === type || other === UNKNOWN) return [name, type]
      return [name, type === UNKNOWN ? other : merge(type, other)]
    }),
    ...right.filter(([name]) => !known.has(name.toLowerCase()))
  ]
}

/**
 * Whether rows that were read with the columns `before` are those that reading them with `after` would give: columns were added, and keys of objects, and
 * integers became floating point.
 */
export const isKept = (before: ReadonlyArray<Column>, after: ReadonlyArray<Column>): boolean => {
  const next = byName(after)
  return before.every(([name, type]) => {
    const now = next.get(name.toLowerCase())?.[1]
    return now === type || type === UNKNOWN || (now !== undefined && widened(type, now) === now)
  })
}

/** What two types become within one file; `undefined`: it has to be read again. Objects have the keys of both, those of the first before others. */
export const widened = (left: string, right: string): string | undefined => {
  if (left === right || right === NOTHING) return left
  if (left === NOTHING) return right
  const [fields, others] = [fieldsOf(left), fieldsOf(right)]
  if (fields !== undefined && others !== undefined) return widenedObject(fields, others)
  const pair = [left, right]
  return pair.includes("DOUBLE") && pair.some((type) => WHOLE.has(type)) ? "DOUBLE" : undefined
}

const widenedObject = (left: ReadonlyArray<Field>, right: ReadonlyArray<Field>): string | undefined => {
  const added = byName(right)
  const known = byName(left)
  const all: Array<Field> = []
  for (const [name, type] of left) {
    const other = added.get(name.toLowerCase()) ?? [name, type]
    const both = other[0] === name ? widened(type, other[1]) : undefined
    if (both === undefined) return undefined
    all.push([name, both])
  }
  return structOf([...all, ...right.filter(([name]) => !known.has(name.toLowerCase()))])
}

/** What the types of columns of different files become, by the engine's own rules; `VARCHAR` where it has none. */
export const commonType = Effect.fnUntraced(function* (database: Database, left: string, right: string) {
  // The engine takes truth for a number.
  if (left === right) return left
  if (left === "BOOLEAN" || right === "BOOLEAN") return "VARCHAR"
  const found = yield* Effect.option(
    database.rows<{ readonly type: string }>(`SELECT typeof([NULL::${left}, NULL::${right}][1]) AS type`)
  )
  return found._tag === "Some" ? (found.value[0]?.type ?? "VARCHAR") : "VARCHAR"
})
