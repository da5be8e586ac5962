/**
 * What a statement may not hold although it only reads: what reads files or settings, runs other SQL, or brings the process down.
 *
 * The engine recurses into values without a bound in a few functions, and a process whose stack is used up ends without a word. Which functions these are
 * was found by giving each function values that are nested 200,000 levels deep; a test holds the list of all functions of the engine, so that a new version
 * is looked at again.
 */
import { Nesting } from "../formats/nesting.ts"

/** A part of a statement as the parser tells it. */
export interface Tree {
  readonly [key: string]: unknown
}

/** Tells whether a value is a part with parts. */
export const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null

/**
 * Functions that may stand for a table: those that make rows of what they are given, or tell of the engine. All others are refused, since some of them
 * read files, run other SQL, or switch on logs, without being statements that write.
 */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  "duckdb_columns",
  "duckdb_functions",
  "duckdb_keywords",
  "duckdb_types",
  "generate_series",
  "json_each",
  "json_tree",
  "pg_timezone_names",
  "range",
  "repeat",
  "repeat_row",
  "unnest"
])

const DEEP = "values that are nested deeply would end the process"
const SETTINGS = "settings are not to be read"
const LOGS = "it writes into logs"

/** Functions that a statement may not use, and why. */
const FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ["~~~", "GLOB can run for ever: use LIKE or regexp_matches"],
  ["json_structure", `${DEEP}: DESCRIBE tells the columns of a file`],
  ["json_group_structure", `${DEEP}: DESCRIBE tells the columns of a file`],
  ["json_merge_patch", DEEP],
  ["json_contains", `${DEEP}: compare with json_extract`],
  ["json_serialize_plan", "it plans SQL that was not looked at"],
  ["current_setting", SETTINGS],
  ["getvariable", SETTINGS],
  ["write_log", LOGS],
  ["parse_duckdb_log_message", LOGS]
])

/** Functions whose second argument says how deep they go: it must be there to see, and shallow. */
const SHAPED: ReadonlySet<string> = new Set([
  "from_json",
  "from_json_strict",
  "json_transform",
  "json_transform_strict"
])

const SHAPE_CHARACTERS_MAX = 64 * 1024

/** Whether a function of `SHAPED` has a shape that is written out. */
const isShaped = (call: Tree): boolean => {
  const shape: unknown = Array.isArray(call["children"]) ? call["children"][1] : undefined
  const value = isTree(shape) && shape["type"] === "VALUE_CONSTANT" ? shape["value"] : undefined
  const text = isTree(value) ? value["value"] : undefined
  if (typeof text !== "string" || text.length > SHAPE_CHARACTERS_MAX) return false
  const nesting = new Nesting()
  nesting.push(new TextEncoder().encode(text))
  return !nesting.isTooDeep
}

/** Why one part may not be in a statement. */
const problemOf = (part: Tree): string | undefined => {
  if (part["id"] === "VARIANT") return `the type VARIANT is not to be used: ${DEEP}`
  if (part["type"] === "TABLE_FUNCTION") {
    const name = isTree(part["function"]) ? String(part["function"]["function_name"]) : ""
    const hint = "write paths in quotes: FROM '/logs/*.json'"
    return TABLE_FUNCTIONS.has(name.toLowerCase())
      ? undefined
      : `the function ${name} may not stand for a table; ${hint}`
  }
  if (part["class"] !== "FUNCTION") return undefined
  const name = String(part["function_name"])
  const why = FUNCTIONS.get(name.toLowerCase())
  if (why !== undefined) return name === "~~~" ? why : `the function ${name} is not to be used: ${why}`
  if (!SHAPED.has(name.toLowerCase()) || isShaped(part)) return undefined
  return `the second argument of ${name} must be a text that is written out, and not nested deeply`
}

/** Why a statement is not run, found by looking at all of its parts; nothing when it may. */
export const forbiddenIn = (statement: unknown): string | undefined => {
  const pending = [statement]
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (!isTree(value)) continue
    const problem = problemOf(value)
    if (problem !== undefined) return problem
    for (const part of Object.values(value)) pending.push(part)
  }
  return undefined
}
