/**
 * What `pond describe` tells of the rows in a file: their format, how many there are, and of each column what lies in it.
 */
import { Effect, Schema } from "effect"
import { FORMATS, type Format } from "../../formats/reference.ts"
import { formatOfRows } from "../../query/profile.ts"
import { type Profile, queryOver } from "../../query/query.ts"
import type { Snapshot } from "../../tlogfs/pond.ts"
import { escapeControls } from "../fileName.ts"
import { Output } from "../output.ts"
import { cacheDirectory, noteText } from "../query/ask.ts"
import { Session } from "../session.ts"
import { sparkline } from "../text/bars.ts"
import { cut, fitted } from "../text/fit.ts"
import { tableLines } from "../text/table.ts"
import { formatCount } from "../text/units.ts"
import { columnsOf } from "../text/width.ts"

const ColumnDescription = Schema.Struct({
  name: Schema.String,
  type: Schema.String.annotate({ description: "of DuckDB" }),
  nulls: Schema.Int.annotate({ description: "rows in which it is null" }),
  distinct: Schema.Int.annotate({ description: "different values; of more than 100,000 rows approximately" }),
  min: Schema.NullOr(Schema.String).annotate({
    description: "the least value, cut to 200 characters; null: none, or no order"
  }),
  max: Schema.NullOr(Schema.String).annotate({ description: "the greatest value" }),
  spread: Schema.optionalKey(Schema.Array(Schema.Int)).annotate({
    description:
      "of numbers and times: how many values lie in each of 16 equal parts between the least and the greatest"
  })
})

/** The rows of one file. */
export const RowsDescription = Schema.Struct({
  format: Schema.Literals(FORMATS),
  rows: Schema.Int,
  badLines: Schema.Int.annotate({ description: "lines that are no rows" }),
  lastLine: Schema.Int.annotate({ description: "the number of the line on which the last row begins" }),
  columns: Schema.Array(ColumnDescription)
})
/** The rows of one file. */
export type RowsDescription = typeof RowsDescription.Type

/** What is known of the rows of a file: what they are like, or why they cannot be read. */
export interface RowsTold {
  readonly rows?: RowsDescription
  readonly unreadable?: string
}

const told = (format: Format, { columns, lastLine, notes, rows }: Profile): RowsDescription => ({
  format,
  rows,
  badLines: notes.reduce((sum, note) => sum + (note.kind === "bad-lines" ? note.count : 0), 0),
  lastLine,
  columns: columns.map((column) => ({ ...column }))
})

/** Looks at the rows of a file; there are none where it is no text and no table. */
export const rowsOf = Effect.fnUntraced(function* (
  state: Snapshot,
  path: string,
  given: Format | undefined,
  isQuery = false
) {
  const none: RowsTold = {}
  const { message } = yield* Output
  const look = Effect.gen(function* () {
    const format = isQuery ? "parquet" : yield* formatOfRows(state, path, given)
    if (format === undefined) return none
    const query = queryOver(yield* (yield* Session).pond, yield* cacheDirectory)
    const profile = yield* query.profile(given === undefined ? path : `${given}://${path}`, { snapshot: state })
    for (const note of profile.notes) if (note.kind !== "bad-lines") yield* message(noteText(note))
    return { rows: told(format, profile) }
  })
  return yield* look.pipe(
    Effect.scoped,
    Effect.catchTag(["Unreadable", "EngineMissing", "QueryFailed"], (error) =>
      Effect.succeed<RowsTold>({ unreadable: error._tag === "Unreadable" ? error.reason : error.message })
    )
  )
})

const HEADINGS = ["column", "type", "nulls", "distinct", "min", "max"] as const
const SIDES = ["left", "left", "right", "right", "left", "left"] as const
const INDENT = "  "
/** On narrower terminals a spread has half as many parts. */
const WIDE_COLUMNS = 100

/** Which columns a terminal has room for. */
const shownWithin = (width: number | undefined): ReadonlyArray<number> => {
  if (width === undefined || width >= 70) return [0, 1, 2, 3, 4, 5]
  return width >= 52 ? [0, 1, 4, 5] : [0, 1]
}

const halved = (counts: ReadonlyArray<number>): ReadonlyArray<number> =>
  Array.from({ length: counts.length / 2 }, (_, at) => counts[at * 2]! + counts[at * 2 + 1]!)

/** A value as people read it: times to the second. */
const valueText = (value: string | null): string => (value ?? "").replace(/^([\d-]+ [\d:]{8})\.\d+/u, "$1")

/** The lines that people read of columns; `width` is that of the terminal, if there is one. */
export const columnLines = (columns: RowsDescription["columns"], width: number | undefined): ReadonlyArray<string> => {
  if (columns.length === 0) return []
  const isWide = width === undefined || width >= WIDE_COLUMNS
  const spreads = columns.map(({ spread = [] }) => sparkline(isWide ? spread : halved(spread)))
  const cells = columns.map(({ distinct, max, min, name, nulls, type }) =>
    [name, type, String(nulls), String(distinct), valueText(min), valueText(max)].map(escapeControls)
  )
  const shown = shownWithin(width)
  const all = [HEADINGS, ...cells].map((row) => shown.map((at) => row[at]!))
  const needed = shown.map((_, at) => all.reduce((most, row) => Math.max(most, columnsOf(row[at]!)), 0))
  const reserved = INDENT.length + spreads.reduce((most, { length }) => Math.max(most, length + 2), 0)
  const widths = width === undefined ? needed : fitted(needed, width - reserved)
  const lines = tableLines(
    [...shown.map((at) => SIDES[at]!), "left"],
    all.map((row, at) => [...row.map((cell, column) => cut(cell, widths[column]!)), spreads[at - 1] ?? ""])
  )
  return ["", ...lines.map((line) => INDENT + line)]
}

/** How many rows there are, as people read it. */
export const countText = ({ badLines, lastLine, rows }: RowsDescription): string =>
  [
    formatCount(rows, "row"),
    ...(badLines === 0 ? [] : [`${formatCount(badLines, "bad line")} left out`]),
    ...(lastLine > rows ? [`the last begins on line ${lastLine}`] : [])
  ].join(", ")
