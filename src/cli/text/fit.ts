/**
 * Making cells fit: text cut to so many columns of a terminal, and the columns of a table narrowed until a row fits its width.
 */
import { columnsOf } from "./width.ts"

/** The least that a column of a table gets. */
const CELL_COLUMNS_MIN = 8
const GAP_COLUMNS = 2
/** Code units that no terminal shows in one cell: what is behind them is never measured. */
const CELL_UNITS = 2048

/** Cuts text without control characters to so many columns of a terminal. */
export const cut = (text: string, width: number): string => {
  const shown = text.length > CELL_UNITS ? text.slice(0, Math.max(CELL_UNITS, width * 2)) : text
  if (shown === text && columnsOf(text) <= width) return text
  let kept = ""
  let columns = 0
  for (const { segment } of graphemes(shown)) {
    columns += columnsOf(segment)
    if (columns > width - 1) break
    kept += segment
  }
  return `${kept}…`
}

let segmenter: Intl.Segmenter | undefined

/** What people take for one character each. */
const graphemes = (text: string) => (segmenter ??= new Intl.Segmenter("en")).segment(text)

/** Gives each column of a table what it needs, and takes from the widest until all fit. */
export const fitted = (needed: ReadonlyArray<number>, total: number): ReadonlyArray<number> => {
  const room = total - GAP_COLUMNS * (needed.length - 1)
  let limit = Math.max(CELL_COLUMNS_MIN, ...needed)
  const sum = () => needed.reduce((all, width) => all + Math.min(width, limit), 0)
  while (limit > CELL_COLUMNS_MIN && sum() > room) limit -= 1
  return needed.map((width) => Math.min(width, limit))
}
