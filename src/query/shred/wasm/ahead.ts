/**
 * Texts that are asked for before they are needed.
 */
import { type Code, i32, select, type Variable } from "../../../bao/wasm/expression.ts"

/** So many cells are left before a text is asked for: it is long since it was read, and takes its time to come. */
const AHEAD = 16

/** Asks for a text that comes later, whose cell is before `end`; what it is goes into a variable, so that it is asked for. */
export const askAhead = (cell: Variable, end: Variable, asked: Variable): Code => {
  const later = i32.add(cell.value, i32.of(8 * AHEAD))
  const place = select(later, cell.value, i32.less(later, end.value))
  return asked.set(i32.add(asked.value, i32.load8(i32.load(place))))
}
