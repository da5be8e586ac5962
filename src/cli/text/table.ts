/**
 * Tables for people: columns that line up on a terminal, whatever the names in them.
 */
import { escapeControls } from "../fileName.ts"
import { columnsOf } from "./width.ts"

/** What stands between two columns. */
const GAP = "  "

/** Which side of its column a cell keeps to. */
export type Side = "left" | "right"

/**
 * Returns the lines of a table, without line feeds. `sides` has one entry for each column; control characters in cells
 * are escaped, and nothing is padded at the end of a line. A cell wider than `most` stands out instead of widening its column.
 */
export const tableLines = (
  sides: ReadonlyArray<Side>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  most = Infinity
): ReadonlyArray<string> => {
  const escaped = rows.map((row) => row.map(escapeControls))
  // What has more code units than columns can hold is not measured.
  const widthOf = (cell: string): number => (cell.length > most * 8 ? most : Math.min(most, columnsOf(cell)))
  const widths = sides.map((_, column) =>
    escaped.reduce((widest, row) => Math.max(widest, widthOf(row[column] ?? "")), 0)
  )
  return escaped.map((row) =>
    row
      .map((cell, column) => {
        const padding = " ".repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)))
        return sides[column] === "right" ? padding + cell : cell + padding
      })
      .join(GAP)
      .trimEnd()
  )
}
