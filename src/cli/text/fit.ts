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

/** Text that is more than any terminal shows, without what is never seen of it. */
export const shortened = (text: string): string => (text.length > CELL_UNITS ? `${text.slice(0, CELL_UNITS)}…` : text)

/** Gives each column of a table what it needs, and takes from the widest until all fit. Those that do not fit at all are left out at the end. */
export const fitted = (needed: ReadonlyArray<number>, total: number): ReadonlyArray<number> => {
  const least = needed.map((width) => Math.min(width, CELL_COLUMNS_MIN))
  let used = -GAP_COLUMNS
  const left = least.findIndex((width) => (used += width + GAP_COLUMNS) > total)
  const shown = left === -1 ? needed : needed.slice(0, Math.max(1, left))
  const room = total - GAP_COLUMNS * (shown.length - 1)
  let limit = Math.min(Math.max(CELL_COLUMNS_MIN, ...shown), Math.max(CELL_COLUMNS_MIN, total))
  const sum = () => shown.reduce((all, width) => all + Math.min(width, limit), 0)
  while (limit > CELL_COLUMNS_MIN && sum() > room) limit -= 1
  return shown.map((width) => Math.min(width, limit))
}
