/**
 * Writing the rows of a query: as a table for people, or as JSON, JSON lines or CSV for programs. Rows are written as they come; the columns of a table
 * are as wide as its first rows need.
 */
import { Effect, Stream } from "effect"
import { arrowBatches, arrowBytes } from "../../query/arrow.ts"
import type { Rows } from "../../query/rows.ts"
import type { ROW_FORMATS } from "../commands/sql.ts"
import { escapeControls } from "../fileName.ts"
import { Output } from "../output.ts"
import { cut, fitted, shortened } from "../text/fit.ts"
import { type Side, tableLines, tableWidths } from "../text/table.ts"
import { isNumeric, textOf } from "./cell.ts"
import { plotRows } from "./plot.ts"

/** How rows are written. Parquet is made by the engine, whole. */
export type RowFormat = (typeof ROW_FORMATS)[number] | "plot"

/** Where text and bytes go. */
type Sink<E> = (part: string | Uint8Array) => Effect.Effect<void, E>

type Row = ReadonlyArray<unknown>

/** Where there is no terminal, longer cells stand out instead of widening their column. */
const PLAIN_CELL_COLUMNS = 200
/** The columns of a table are as wide as so many rows need. */
const FIRST_ROWS = 1000

/** Writes a table: names above, numbers to the right. On a terminal, cells are cut so that rows fit, and columns that have no room are left out. */
const writeTable = Effect.fnUntraced(function* <E>(rows: Rows, data: Sink<E>, columns: number | undefined) {
  const sides = rows.columns.map(([, type]): Side => (isNumeric(type) ? "right" : "left"))
  const cellOf = (text: string): string => escapeControls(columns === undefined ? text : shortened(text))
  const names = rows.columns.map(([name]) => cellOf(name))
  let widths: ReadonlyArray<number> | undefined
  let first: Array<Row> | undefined = []
  const page = (some: ReadonlyArray<Row>) => {
    const cells = some.map((row) => row.map((value) => cellOf(textOf(value))))
    if (widths === undefined) {
      cells.unshift(names)
      const needed = tableWidths(cells, names.length, columns === undefined ? PLAIN_CELL_COLUMNS : undefined)
      widths = columns === undefined ? needed : fitted(needed, columns)
    }
    const own = widths
    const kept = columns === undefined ? cells : cells.map((row) => own.map((width, at) => cut(row[at]!, width)))
    return inParts(tableLines(sides.slice(0, own.length), kept, PLAIN_CELL_COLUMNS, own), withEnd, data)
  }
  // The engine may give few rows at a time: enough are looked at before anything is written.
  const gathered = (some: ReadonlyArray<Row>) => {
    if (first === undefined) return page(some)
    for (const row of some) first.push(row)
    const all = first
    if (all.length < FIRST_ROWS) return Effect.void
    first = undefined
    return page(all)
  }
  yield* Stream.runForEach(rows.pages, gathered)
  if (first !== undefined) yield* page(first)
  const shown = widths === undefined ? 0 : (widths as ReadonlyArray<number>).length
  const { message } = yield* Output
  if (shown < names.length) {
    yield* message(`pond: ${shown} of ${names.length} columns are shown; --format json has all`)
  }
})

const withEnd = (line: string): string => `${line}\n`

/** Characters that are written at once. */
const PART_UNITS = 1024 * 1024

/** Writes what becomes of each of many, a part at a time: all together may be more than text can hold. */
const inParts = Effect.fnUntraced(function* <A, E>(
  all: ReadonlyArray<A>,
  textOfOne: (one: A) => string,
  data: Sink<E>
) {
  let part = ""
  for (const one of all) {
    part += textOfOne(one)
    if (part.length < PART_UNITS) continue
    yield* data(part)
    part = ""
  }
  if (part !== "") yield* data(part)
})

/** JSON without control characters: those that JSON allows in text as they are become escapes. */
const jsonOf = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, escapedForJson)

const escapedForJson = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

const objectOf = (rows: Rows, row: Row): string =>
  `{${rows.columns.map(([name], at) => `${jsonOf(name)}:${jsonOf(row[at])}`).join(",")}}`

const csvField = (text: string): string => (/[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** Empty text is quoted, so that it is not taken for null. */
const csvRow = (row: Row): string => row.map((value) => (value === "" ? '""' : csvField(textOf(value)))).join(",")

/** Text of several lines whose other control characters are escaped. */
const forTerminal = (text: string): string => text.split("\n").map(escapeControls).join("\n")

/** Writes the rows of an answer; `columns` is how wide a terminal is that they go to. */
export const writeRows = Effect.fnUntraced(function* <E>(
  rows: Rows,
  format: Exclude<RowFormat, "parquet">,
  data: Sink<E>,
  columns: number | undefined
) {
  if (format === "table") return yield* writeTable(rows, data, columns)
  if (format === "plot") return yield* plotRows(rows, data, columns)
  if (format === "arrow") return yield* Stream.runForEach(arrowBytes(arrowBatches(rows)), data)
  const each = (write: (row: Row) => string) => Stream.runForEach(rows.pages, (page) => inParts(page, write, data))
  if (format === "jsonl") return yield* each((row) => `${objectOf(rows, row)}\n`)
  if (format === "csv") {
    const shown = columns === undefined ? withEnd : (text: string) => withEnd(forTerminal(text))
    yield* data(shown(csvRow(rows.columns.map(([name]) => name))))
    return yield* each((row) => shown(csvRow(row)))
  }
  let separator = "["
  yield* each((row) => {
    const text = `${separator}\n${objectOf(rows, row)}`
    separator = ","
    return text
  })
  yield* data(separator === "[" ? "[]\n" : "\n]\n")
})
