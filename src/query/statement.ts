/**
 * What a statement reads: the tables that it names, found by DuckDB's own parser. Never by patterns over SQL.
 */
import { Effect } from "effect"
import type { Database } from "./database.ts"
import { QueryFailed, StatementRefused } from "./errors.ts"
import { forbiddenIn, isTree, type Tree } from "./forbidden.ts"

/** A table as it stands in a statement. */
export interface TableName {
  readonly schema: string
  readonly name: string
  /** In characters from 0; null when the parser does not tell. */
  readonly position: number | null
}

/** What a statement asks for. */
export interface Asked {
  readonly tables: ReadonlyArray<TableName>
  /** The statement again, as the parser writes it. */
  readonly statement: string
  /** The parser's tree of it. */
  readonly tree: unknown
}

interface Parsed extends Tree {
  readonly error: boolean
  readonly error_message?: string
  readonly error_type?: string
  readonly position?: string
  readonly statements?: ReadonlyArray<Tree>
}

/** Names that `WITH` gives inside a part of a statement. */
const namesWithin = (tree: Tree): ReadonlyArray<string> => {
  const entries = isTree(tree["cte_map"]) ? tree["cte_map"]["map"] : undefined
  const names = Array.isArray(entries) ? entries.map((entry: Tree) => String(entry["key"])) : []
  // A recursive one is a node of its own with its name.
  return typeof tree["cte_name"] === "string" ? [...names, tree["cte_name"]] : names
}

/** Positions larger than any statement mean that there is none. */
const positionIn = (sql: string, value: unknown): number | null => {
  const bytes = Number(value)
  if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes > sql.length * 4) return null
  // Places in the tree are counted in bytes.
  return Buffer.from(sql).subarray(0, bytes).toString().length
}

/** All tables below a node of the tree that are not given by a `WITH` around them. */
const tablesIn = (sql: string, root: unknown): ReadonlyArray<TableName> => {
  const found: Array<TableName> = []
  const pending: Array<readonly [unknown, ReadonlySet<string>]> = [[root, new Set()]]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [value, around] = next
    if (!isTree(value)) continue
    const own = namesWithin(value)
    const names = own.length === 0 ? around : new Set([...around, ...own.map((name) => name.toLowerCase())])
    if (value["type"] === "BASE_TABLE" && typeof value["table_name"] === "string") {
      const name = value["table_name"]
      const schema = String(value["schema_name"] ?? "")
      if (schema !== "" || !names.has(name.toLowerCase())) {
        found.push({ schema, name, position: positionIn(sql, value["query_location"]) })
      }
    }
    for (const child of Object.values(value)) pending.push([child, names])
  }
  return found
}

const refused = (reason: string) => new StatementRefused({ reason })

/** Longer statements keep the engine busy before anything can stop it. */
const CHARACTERS_MAX = 1024 * 1024

/** Parses one statement that reads, and tells what it asks for; anything else is refused. */
export const parseStatement = Effect.fn("query.parse")(function* (database: Database, sql: string) {
  if (sql.length > CHARACTERS_MAX) return yield* refused(`it has more than ${CHARACTERS_MAX} characters`)
  const [row] = yield* database.use(async (connection) => {
    const prepared = await connection.prepare("SELECT json_serialize_sql(?::VARCHAR, skip_empty := false) AS tree")
    prepared.bindVarchar(1, sql)
    const result = await prepared.runAndReadAll()
    return result.getRows() as ReadonlyArray<ReadonlyArray<string>>
  })
  const tree = JSON.parse(row?.[0] ?? "{}") as Parsed
  if (tree.error) {
    if (tree.error_type !== "parser") {
      return yield* refused("only SELECT, FROM, WITH, VALUES, DESCRIBE and SUMMARIZE read; everything else might write")
    }
    // Of errors it counts characters, of everything else bytes.
    const position = tree.position === undefined ? null : Number(tree.position)
    const where = position === null ? "" : ` (character ${position + 1} of the statement)`
    const isPath = position !== null && /^(?:\/|:\/\/)/u.test(sql.slice(position))
    const hint = isPath ? ". Paths stand in quotes: FROM '/logs/*.json'" : ""
    return yield* new QueryFailed({ problem: `${tree.error_message ?? "syntax error"}${where}${hint}`, position })
  }
  const count = tree.statements?.length ?? 0
  if (count !== 1) return yield* refused(count === 0 ? "it is empty" : `it holds ${count} statements; give one`)
  const forbidden = forbiddenIn(tree.statements![0])
  if (forbidden !== undefined) return yield* refused(forbidden)
  const [text] = yield* database.use(async (connection) => {
    const prepared = await connection.prepare("SELECT json_deserialize_sql(?::JSON)")
    prepared.bindVarchar(1, row?.[0] ?? "")
    return (await prepared.runAndReadAll()).getRows() as ReadonlyArray<ReadonlyArray<string>>
  })
  return {
    tables: tablesIn(sql, tree.statements![0]),
    statement: text![0]!,
    tree: tree.statements![0] as unknown
  } satisfies Asked
})
