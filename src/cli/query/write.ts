/**
 * Writing the rows of a query: as a table for people, or as JSON, JSON lines or CSV for programs. Rows are written as they come; the columns of a table
 * are as wide as its first rows need.
 */
import { Effect, Stream } from "effect"
import { arrowBatches, arrowBytes } from "../../query/arrow.ts"
import type { Rows } from "../../query/rows.ts"
import type { ROW_FORMATS } from "../commands/sql.ts"
import { escapeControls } from "../fileName.ts"
import { cut, fitted } from "../text/fit.ts"
import { type Side, tableLines } from "../text/table.ts"
import { columnsOf } from "../text/width.ts"
import { isNumeric, textOf } from "./cell.ts"
import { plotRows } from "./plot.ts"

/** How rows are written. Parquet is made by the engine, whole. */
export type RowFormat = (typeof ROW_FORMATS)[number] | "plot"

/** Where text and bytes go. */
type Sink<E> = (part: string | Uint8Array) => Effect.Effect<void, E>

type Row = ReadonlyArray<unknown>

/** Writes a table: names above, numbers to the right. On a terminal, cells are cut so that rows fit. */
const writeTable = Effect.fnUntraced(function* <E>(rows: Rows, data: Sink<E>, columns: number | undefined) {
  const names = rows.columns.map(([name]) => escapeControls(name))
  const sides = rows.columns.map(([, type]): Side => (isNumeric(type) ? "right" : "left"))
  let isFirst = true
  let count = 0
  const page = (some: ReadonlyArray<Row>) => {
    count += some.length
    const cells = [...(isFirst ? [names] : []), ...some.map((row) => row.map((value) => escapeControls(textOf(value))))]
    isFirst = false
    const needed = names.map((_, at) => cells.reduce((most, row) => Math.max(most, columnsOf(row[at] ?? "")), 0))
    const widths = columns === undefined ? needed : fitted(needed, columns)
    const lines = tableLines(
      sides,
      cells.map((row) => row.map((cell, at) => cut(cell, widths[at]!)))
    )
    return data(lines.map((line) => `${line}\n`).join(""))
  }
  yield* Stream.runForEach(rows.pages, page)
  if (count === 0 && isFirst) yield* page([])
})

const objectOf = (rows: Rows, row: Row): string =>
  `{${rows.columns.map(([name], at) => `${JSON.stringify(name)}:${JSON.stringify(row[at])}`).join(",")}}`

const csvField = (text: string): string => (/[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** Empty text is quoted, so that it is not taken for null. */
const csvRow = (row: Row): string => row.map((value) => (value === "" ? '""' : csvField(textOf(value)))).join(",")

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
  const each = (write: (row: Row) => string) =>
    Stream.runForEach(rows.pages, (page) => data(page.map((row) => write(row)).join("")))
  if (format === "jsonl") return yield* each((row) => `${objectOf(rows, row)}\n`)
  if (format === "csv") {
    yield* data(`${csvRow(rows.columns.map(([name]) => name))}\n`)
    return yield* each((row) => `${csvRow(row)}\n`)
  }
  let separator = "["
  yield* each((row) => {
    const text = `${separator}\n${objectOf(rows, row)}`
    separator = ","
    return text
  })
  yield* data(separator === "[" ? "[]\n" : "\n]\n")
})
