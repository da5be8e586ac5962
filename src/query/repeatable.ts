/**
 * Whether a statement answers the same to equal inputs, as its tree tells: nothing in it asks for the time or for chance.
 */
import { Effect } from "effect"
import type { Database } from "./database.ts"

/** Words that stand for the time without being calls. */
const WORDS: ReadonlySet<string> = new Set([
  "current_date",
  "current_localtime",
  "current_localtimestamp",
  "current_time",
  "current_timestamp",
  "localtime",
  "localtimestamp"
])

/** Functions that ask for the time, though the engine does not say so. */
const MORE: ReadonlySet<string> = new Set([
  "age",
  "current_localtime",
  "current_localtimestamp",
  "current_setting",
  "getvariable"
])

interface Tree {
  readonly [key: string]: unknown
}

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null

/** What in a part of a tree answers differently each time, by itself. */
const changingHere = (tree: Tree, functions: ReadonlySet<string>): string | undefined => {
  const name = typeof tree["function_name"] === "string" ? tree["function_name"].toLowerCase() : undefined
  if (name !== undefined && (functions.has(name) || MORE.has(name))) return `${name}()`
  const names = tree["type"] === "COLUMN_REF" ? (tree["column_names"] as ReadonlyArray<string>) : []
  const word = names.length === 1 ? names[0]!.toLowerCase() : ""
  if (WORDS.has(word)) return word
  return isTree(tree["sample"]) && tree["sample"]["seed"] === -1 ? "a sample without REPEATABLE" : undefined
}

/** What in a statement answers differently each time; undefined when nothing does. */
export const changingPart = Effect.fnUntraced(function* (database: Database, tree: unknown) {
  const rows = yield* database.rows<{ readonly name: string }>(
    "SELECT DISTINCT function_name AS name FROM duckdb_functions() WHERE stability <> 'CONSISTENT'"
  )
  // What fails is no answer at all.
  const functions = new Set(rows.map(({ name }) => name).filter((name) => name !== "error"))
  const pending = [tree]
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (!isTree(value)) continue
    const found = changingHere(value, functions)
    if (found !== undefined) return found
    pending.push(...Object.values(value).filter((inner) => inner !== null))
  }
  return undefined
})

/** Whether a statement says itself in what order its rows are. */
export const isOrdered = (tree: unknown): boolean => {
  const node = isTree(tree) ? tree["node"] : undefined
  const modifiers = isTree(node) ? node["modifiers"] : undefined
  return Array.isArray(modifiers) && modifiers.some((one: Tree) => one["type"] === "ORDER_MODIFIER")
}
