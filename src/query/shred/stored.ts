/**
 * Columns of finished files, in the engine's words.
 */
import { Effect } from "effect"
import { type Column } from "../columns.ts"
import { type Database, literal } from "../database.ts"
import { columnsOf } from "../ingest.ts"
import { fieldsOf, NOTHING, structOf } from "../struct-type.ts"
import type { FileColumn } from "./part-file.ts"
import type { ShreddedPart } from "./shred.ts"
import type { Branch } from "./tree.ts"

/** The type of a branch, of which the file says `type`: there, what nothing is known of is JSON. */
const typeOf = (type: string, { branches, leaf }: Branch<FileColumn>): string => {
  if (branches.size === 0) return leaf?.type === "NULL" && !leaf.isObject ? NOTHING : type
  const below = [...branches.values()]
  const fields = fieldsOf(type)
  return fields === undefined ? type : structOf(fields.map(([name, own], at) => [name, typeOf(own, below[at]!)]))
}

/** The columns of a file: of objects, the engine knows what their types are called. */
export const storedColumns = Effect.fnUntraced(function* (
  database: Database,
  { columns, file, objects }: ShreddedPart
) {
  if (objects.length === 0) return columns
  const stored = new Map(yield* columnsOf(database, `FROM read_parquet(${literal(file)})`))
  const known = new Map(objects.map((object) => [object.key, object]))
  return columns.map(([name, type]): Column => {
    const object = known.get(name)
    return object === undefined ? [name, type] : [name, typeOf(stored.get(name) ?? type, object)]
  })
})
