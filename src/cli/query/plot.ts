/**
 * Rows as a picture of characters: a bar for each row, or a sparkline where there is one column of numbers and nothing to call its values.
 *
 * Rows may be many: neighbours are put together, so that memory and picture stay small. A bar of several rows is as long as their mean.
 */
import { Effect, Schema, Stream } from "effect"
import type { Rows } from "../../query/rows.ts"
import { escapeControls } from "../fileName.ts"
import { bar } from "../text/bars.ts"
import { cut } from "../text/fit.ts"
import { formatCount } from "../text/units.ts"
import { columnsOf } from "../text/width.ts"
import { isNumeric, textOf } from "./cell.ts"

/** An answer has no column of numbers. */
export class NothingToPlot extends Schema.TaggedError<NothingToPlot>()("NothingToPlot", {
  columns: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `there is nothing to plot: none of the columns ${this.columns.map((name) => JSON.stringify(name)).join(", ")} holds numbers`
  }
}

/** Bars that are shown, at most. */
const BARS_MAX = 50
/** Where output goes to no terminal. */
const PLAIN_COLUMNS = 80
const BAR_COLUMNS_MIN = 8
const GAP = "  "

/** Rows that are shown as one. */
interface Point {
  readonly label: string
  readonly rows: number
  /** Values that are finite numbers, and their sum. */
  readonly count: number
  readonly sum: number
  readonly least: number
  readonly most: number
  /** The value of a single row as it is. */
  readonly text: string
}

/** Points in the order of their rows, no more than a limit: when there are too many, each two neighbours become one. */
export class Points {
  readonly #limit: number
  #all: Array<Point> = []
  #rowsEach = 1

  constructor(limit: number) {
    this.#limit = limit
  }

  get all(): ReadonlyArray<Point> {
    return this.#all
  }

  /** Rows that a point stands for. */
  get rowsEach(): number {
    return this.#rowsEach
  }

  /** Adds the next row. */
  add(label: string, value: unknown): void {
    const number = value === null ? Number.NaN : Number(value)
    const isFinite = Number.isFinite(number)
    const text = textOf(value)
    const point = isFinite
      ? { label, rows: 1, count: 1, sum: number, least: number, most: number, text }
      : { label, rows: 1, count: 0, sum: 0, least: Infinity, most: -Infinity, text }
    const last = this.#all.at(-1)
    if (last !== undefined && last.rows < this.#rowsEach) this.#all[this.#all.length - 1] = together(last, point)
    else this.#all.push(point)
    if (this.#all.length <= this.#limit) return
    this.#rowsEach *= 2
    this.#all = this.#all.flatMap((one, at, all) =>
      at % 2 === 1 ? [] : [at + 1 < all.length ? together(one, all[at + 1]!) : one]
    )
  }
}

const together = (left: Point, right: Point): Point => ({
  label: left.label,
  rows: left.rows + right.rows,
  count: left.count + right.count,
  sum: left.sum + right.sum,
  least: Math.min(left.least, right.least),
  most: Math.max(left.most, right.most),
  text: ""
})

/** How large a point is; not a number where it has no value. */
const sizeOf = ({ count, sum }: Point): number => (count === 0 ? Number.NaN : sum / count)

const numberText = (value: number): string => (Number.isNaN(value) ? "" : String(Number(value.toPrecision(6))))

const boundsOf = (sizes: ReadonlyArray<number>) =>
  sizes.reduce<readonly [number, number]>(
    ([least, most], size) => (Number.isNaN(size) ? [least, most] : [Math.min(least, size), Math.max(most, size)]),
    [Infinity, -Infinity]
  )

/** A bar to the left of zero; half a cell is the least that can be drawn there. */
const leftward = (cells: number, room: number): string => {
  const halves = Math.max(1, Math.round(cells * 2))
  const text = (halves % 2 === 1 ? "▐" : "") + "█".repeat(Math.floor(halves / 2))
  return text.padStart(room)
}

/** Bars for points, as lines of at most so many columns. */
export const barLines = (points: ReadonlyArray<Point>, width: number): ReadonlyArray<string> => {
  const sizes = points.map(sizeOf)
  const values = points.map((point, at) => (point.rows === 1 ? point.text : numberText(sizes[at]!)))
  const widest = (texts: ReadonlyArray<string>) => texts.reduce((most, text) => Math.max(most, columnsOf(text)), 0)
  const labels = points.map(({ label }) => escapeControls(label))
  const labelColumns = Math.min(widest(labels), Math.max(BAR_COLUMNS_MIN, Math.floor(width * 0.4)))
  const valueColumns = widest(values)
  const room = Math.max(BAR_COLUMNS_MIN, width - labelColumns - valueColumns - 2 * GAP.length)
  const [least, most] = boundsOf(sizes)
  const low = Math.min(0, least)
  const high = Math.max(0, most)
  // Halves: the whole distance may be more than a double holds.
  const cellsOf = (size: number): number => (low === high ? 0 : (size / 2 / (high / 2 - low / 2)) * room)
  const zero = low < 0 ? Math.min(room, Math.max(1, Math.round(cellsOf(-low)))) : 0
  const drawn = (size: number): string => {
    if (Number.isNaN(size)) return ""
    if (size < 0) return leftward(Math.min(zero, cellsOf(-size)), zero)
    return " ".repeat(zero) + bar(Math.min(room - zero, cellsOf(size)))
  }
  return points.map((_, at) => {
    const label = cut(labels[at]!, labelColumns)
    const left = label + " ".repeat(labelColumns - columnsOf(label))
    return `${left}${GAP}${values[at]!.padStart(valueColumns)}${GAP}${drawn(sizes[at]!)}`.trimEnd()
  })
}

const HEIGHTS = "▁▂▃▄▅▆▇█"

/** A sparkline between the least and the greatest value, and what these are. */
export const curveLines = (points: ReadonlyArray<Point>): ReadonlyArray<string> => {
  const sizes = points.map(sizeOf)
  const [least, most] = boundsOf(sizes)
  const heightOf = (size: number): string => {
    if (Number.isNaN(size)) return " "
    const share = least === most ? 0.5 : (size / 2 - least / 2) / (most / 2 - least / 2)
    return HEIGHTS[Math.round(share * (HEIGHTS.length - 1))]!
  }
  const values = points.reduce((sum, { count }) => sum + count, 0)
  const rows = points.reduce((sum, point) => sum + point.rows, 0)
  const missing = rows === values ? "" : `, ${rows - values} without`
  const from = points.reduce((one, point) => Math.min(one, point.least), Infinity)
  const to = points.reduce((one, point) => Math.max(one, point.most), -Infinity)
  const range = values === 0 ? "" : `, ${numberText(from)} to ${numberText(to)}`
  return [
    ...(rows === 0 ? [] : [sizes.map(heightOf).join("").trimEnd()]),
    `${formatCount(values, "value")}${missing}${range}`
  ]
}

/** Draws an answer: its last column of numbers, called by the columns before it; `columns` is how wide a terminal is that it goes to. */
export const plotRows = Effect.fnUntraced(function* <E>(
  rows: Rows,
  data: (text: string) => Effect.Effect<void, E>,
  columns: number | undefined
) {
  const width = columns ?? PLAIN_COLUMNS
  const plotted = rows.columns.findLastIndex(([, type]) => isNumeric(type))
  if (plotted < 0) return yield* new NothingToPlot({ columns: rows.columns.map(([name]) => name) })
  const hasLabels = rows.columns.length > 1
  const points = new Points(hasLabels ? BARS_MAX : width)
  yield* Stream.runForEach(rows.pages, (page) =>
    Effect.sync(() => {
      for (const row of page) {
        const label = row.flatMap((value, at) => (at === plotted ? [] : [textOf(value)])).join(" ")
        points.add(label, row[plotted])
      }
    })
  )
  if (hasLabels && points.all.length === 0) return yield* data("no rows\n")
  const lines = hasLabels ? barLines(points.all, width) : curveLines(points.all)
  const note =
    hasLabels && points.rowsEach > 1 ? [`each bar is the mean of ${formatCount(points.rowsEach, "row")}`] : []
  yield* data([...lines, ...note].map((line) => `${line}\n`).join(""))
})
