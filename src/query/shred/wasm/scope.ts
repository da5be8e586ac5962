/**
 * What the functions about values share: where they are in a line, and where values go.
 */
import { type Code, i32, i64, type Label, Type, type Variable } from "../../../bao/wasm/expression.ts"
import { FLAG_BYTES } from "./layout.ts"

/** The byte at a place. */
export const byteOf = (place: Variable): Code => i32.load8(place.value)
/** Whether a byte is some one. */
export const is = (byte: Variable, code: number): Code => i32.eq(byte.value, i32.of(code))

/** What the functions about values know of the line and the field that they are in. */
export interface Scope {
  /** Where the value begins; they move it behind. */
  readonly place: Variable
  readonly row: Variable
  readonly kinds: Variable
  readonly cell: Variable
  readonly byte: Variable
  readonly bits: Variable
  readonly ahead: Variable
  readonly isNegative: Variable
  readonly isEscaped: Variable
  readonly text: Variable
  readonly digits: Variable
  readonly others: Variable
  readonly width: Variable
  readonly number: Variable
  readonly fraction: Variable
  /** Leaves, as there is no such value. */
  readonly other: Label
}

/** Keeps of what kind a value is. */
export const keep = ({ kinds }: Scope, kind: number): Code => i32.store8(kinds.value, i32.of(kind))

/** Says that something is left to be read by others. */
export const flag = ({ kinds, row }: Scope): Code =>
  i32.store8(i32.sub(kinds.value, i32.add(row.value, i32.of(FLAG_BYTES))), i32.of(1))

/** Keeps where a text begins and ends. */
export const keepSpan = ({ cell }: Scope, start: Code, end: Code): Code =>
  i64.store(cell.value, i64.or(i64.widened(start), i64.shiftLeft(i64.widened(end), i64.of(32n))))

/** The variables of a function that reads values, but for those of its line. */
export const scratch = (local: (type: number) => Variable) => ({
  byte: local(Type.i32),
  bits: local(Type.i32),
  ahead: local(Type.i32),
  isNegative: local(Type.i32),
  isEscaped: local(Type.i32),
  text: local(Type.v128),
  digits: local(Type.i64),
  others: local(Type.i64),
  width: local(Type.i64),
  number: local(Type.i64),
  fraction: local(Type.f64)
})
