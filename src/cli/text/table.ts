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
 * are escaped, and nothing is padded at the end of a line.
 */
export const tableLines = (
  sides: ReadonlyArray<Side>,
  rows: ReadonlyArray<ReadonlyArray<string>>
): ReadonlyArray<string> => {
  const escaped = rows.map((row) => row.map(escapeControls))
  const widths = sides.map((_, column) =>
    escaped.reduce((widest, row) => Math.max(widest, columnsOf(row[column] ?? "")), 0)
  )
  return escaped.map((row) =>
    row
      .map((cell, column) => {
        const padding = " ".repeat((widths[column] ?? 0) - columnsOf(cell))
        return sides[column] === "right" ? padding + cell : cell + padding
      })
      .join(GAP)
      .trimEnd()
  )
}
