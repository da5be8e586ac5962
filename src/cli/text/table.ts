/**
 * Tables for people: columns that line up on a terminal, whatever the names in them.
 */
import { escapeControls } from "../fileName.ts"
import { columnsOf } from "./width.ts"

/** What stands between two columns. */
const GAP = "  "

/** Which side of its column a cell keeps to. */
export type Side = "left" | "right"

// What has more code units than columns can hold is not measured.
const widthOf = (cell: string, most: number): number =>
  cell.length > most * 8 ? most : Math.min(most, columnsOf(cell))

/** How wide the columns of a table are, of cells without control characters; a cell wider than `most` counts as that. */
export const tableWidths = (
  rows: ReadonlyArray<ReadonlyArray<string>>,
  count: number,
  most = Infinity
): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, column) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[column] ?? "", most)), 0)
  )

/**
 * Returns the lines of a table, without line feeds. `sides` has one entry for each column; control characters in cells
 * are escaped, and nothing is padded at the end of a line. A cell wider than `most`, or than the width that is given for its column, stands out.
 */
export const tableLines = (
  sides: ReadonlyArray<Side>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  most = Infinity,
  given?: ReadonlyArray<number>
): ReadonlyArray<string> => {
  const escaped = rows.map((row) => row.map(escapeControls))
  const widths = given ?? tableWidths(escaped, sides.length, most)
  return escaped.map((row) =>
    row
      .map((cell, column) => {
        const padding = " ".repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell, most)))
        return sides[column] === "right" ? padding + cell : cell + padding
      })
      .join(GAP)
      .trimEnd()
  )
}
