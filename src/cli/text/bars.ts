/**
 * Numbers as people see them at a glance: sparklines, and bars as long as their numbers are large.
 */

/** Heights of a sparkline; the first is for nothing at all. */
const HEIGHTS = "▁▂▃▄▅▆▇█"
/** Parts of the last cell of a bar, in eighths. */
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
const FULL = "█"

/** A line of so many cells as there are counts; whatever is more than nothing is seen. */
export const sparkline = (counts: ReadonlyArray<number>): string => {
  const most = counts.reduce((one, other) => Math.max(one, other), 0)
  return counts
    .map((count) => HEIGHTS[count <= 0 ? 0 : Math.max(1, Math.round((count / most) * (HEIGHTS.length - 1)))])
    .join("")
}

/** A bar of a length in cells, which need not be whole; whatever is longer than nothing is seen. */
export const bar = (cells: number): string => {
  if (!(cells > 0)) return ""
  const eighths = Math.max(1, Math.round(cells * 8))
  return FULL.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]
}
