/**
 * A table as a view over files of Parquet. Files whose rows look alike are read together; each gets the columns of all, and where it comes from:
 * `_source`, `_path`, `_txn`, `_line`, what the wildcards stand for (`_1`, `_2`) and `key=value` directories. Columns of the data go before these.
 */
import type { Part } from "./cache.ts"
import { type Column, UNKNOWN } from "./columns.ts"
import { identifier, literal } from "./database.ts"
import { storedType } from "./faithful.ts"
import { LINE_COLUMN } from "./ingest.ts"

/** A part of a table, and the file that it comes from. */
export interface ViewPart {
  readonly file: string
  readonly part: Pick<Part, "columns" | "isNumbered" | "firstRowLine">
  readonly path: string
  readonly source?: string
  readonly txn: number | null
  readonly captures: ReadonlyArray<string>
}

/** Columns of Parquet files that the engine makes. */
const VIRTUAL: ReadonlySet<string> = new Set(["file_index", "file_row_number"])

/** The value of each file, chosen by its place in the list. */
const perFile = (values: ReadonlyArray<string>): string =>
  values.every((value) => value === values[0]) ? values[0]! : `([${values.join(", ")}])[file_index::BIGINT + 1]`

/** The `key=value` directories of a path. */
const hiveOf = (path: string): ReadonlyArray<readonly [string, string]> =>
  path
    .split("/")
    .slice(0, -1)
    .flatMap((name) => {
      const [, key, value] = /^([^=]+)=(.*)$/su.exec(name) ?? []
      return key === undefined ? [] : [[key, value!] as const]
    })

const integer = (text: string): boolean => /^-?(?:0|[1-9]\d{0,17})$/u.test(text)
const date = (text: string): boolean => /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d)$/u.test(text)

const hiveType = (values: ReadonlyArray<string | undefined>): string => {
  const given = values.filter((value) => value !== undefined)
  if (given.every(integer)) return "BIGINT"
  return given.every(date) ? "DATE" : "VARCHAR"
}

/** A column that says where rows come from. */
export interface OriginColumn {
  readonly name: string
  readonly type: string
  readonly literalOf: (part: ViewPart) => string
}

const orNull = (text: string | undefined): string => (text === undefined ? "NULL" : literal(text))

/** The columns of where rows come from, but for the line. */
const originsOf = (parts: ReadonlyArray<ViewPart>): ReadonlyArray<OriginColumn> => {
  const captures = parts.reduce((most, part) => Math.max(most, part.captures.length), 0)
  const hive = new Map(parts.map((part) => [part, new Map(hiveOf(part.path))] as const))
  const keys = [...new Set([...hive.values()].flatMap((values) => [...values.keys()]))]
  return [
    ...(parts.some(({ source }) => source !== undefined)
      ? [{ name: "_source", type: "VARCHAR", literalOf: ({ source }: ViewPart) => orNull(source) }]
      : []),
    { name: "_path", type: "VARCHAR", literalOf: ({ path }) => literal(path) },
    { name: "_txn", type: "BIGINT", literalOf: ({ txn }) => (txn === null ? "NULL" : String(txn)) },
    ...Array.from({ length: captures }, (_, at): OriginColumn => ({
      name: `_${at + 1}`,
      type: "VARCHAR",
      literalOf: (part) => orNull(part.captures[at])
    })),
    ...keys.map((key): OriginColumn => ({
      name: key,
      type: hiveType(parts.map((part) => hive.get(part)!.get(key))),
      literalOf: (part) => orNull(hive.get(part)!.get(key))
    }))
  ]
}

const isNested = (type: string): boolean => /^STRUCT\(|\]$|^MAP\(/u.test(type)

/** The value of a column in files that have it with a type of their own, or not at all. */
const selected = ([name, type]: Column, own: string | undefined): string => {
  const quoted = identifier(name)
  const final = type === UNKNOWN ? "VARCHAR" : type
  if (own === undefined || own === UNKNOWN) return `NULL::${final} AS ${quoted}`
  if (own === final && own === storedType(own)) return quoted
  const value = final === "VARCHAR" && isNested(own) ? `to_json(${quoted})` : quoted
  return `CAST(${value} AS ${final}) AS ${quoted}`
}

/** Divides parts into those that can be read together. */
const groupsOf = (parts: ReadonlyArray<ViewPart>): ReadonlyArray<ReadonlyArray<ViewPart>> => {
  const groups = new Map<string, Array<ViewPart>>()
  parts.forEach((one, at) => {
    const { columns, isNumbered } = one.part
    const isAlone = columns.some(([name]) => VIRTUAL.has(name.toLowerCase()))
    const key = JSON.stringify([columns, isNumbered, isAlone ? at : -1])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  })
  return [...groups.values()]
}

const lineOf = (group: ReadonlyArray<ViewPart>): string => {
  const [first] = group
  if (first!.part.isNumbered) return `${LINE_COLUMN}::BIGINT`
  if (first!.part.columns.some(([name]) => VIRTUAL.has(name.toLowerCase()))) return "NULL::BIGINT"
  return `(${perFile(group.map(({ part }) => String(part.firstRowLine)))} + file_row_number)::BIGINT`
}

/** Columns of who carries rows elsewhere, under names that no data has: the line once more, and others. */
export interface OwnColumns {
  readonly line: string
  readonly origins: ReadonlyArray<OriginColumn>
}

/** The query that a table stands for. */
export const tableQuery = (
  columns: ReadonlyArray<Column>,
  parts: ReadonlyArray<ViewPart>,
  own?: OwnColumns
): string => {
  const taken = new Set(columns.map(([name]) => name.toLowerCase()))
  const origins = [...originsOf(parts).filter(({ name }) => !taken.has(name.toLowerCase())), ...(own?.origins ?? [])]
  const lines = [...(taken.has("_line") ? [] : ["_line"]), ...(own === undefined ? [] : [own.line])]
  const empty = [
    ...columns.map((column) => selected(column, undefined)),
    ...origins.map(({ name, type }) => `NULL::${type} AS ${identifier(name)}`),
    ...lines.map((name) => `NULL::BIGINT AS ${identifier(name)}`)
  ]
  const selects = groupsOf(parts).map((group) => {
    const types = new Map(group[0]!.part.columns.map(([name, type]) => [name.toLowerCase(), type]))
    const values = [
      ...columns.map((column) => selected(column, types.get(column[0].toLowerCase()))),
      ...origins.map(({ name, type, literalOf }) => `${perFile(group.map(literalOf))}::${type} AS ${identifier(name)}`),
      ...lines.map((name) => `${lineOf(group)} AS ${identifier(name)}`)
    ]
    const files = group.map(({ file }) => literal(file)).join(", ")
    return `SELECT ${values.join(", ")} FROM read_parquet([${files}])`
  })
  return selects.length === 0 ? `SELECT ${empty.join(", ")} WHERE false` : selects.join(" UNION ALL ")
}
