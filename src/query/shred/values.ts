/**
 * Of what type the values of a column in a group of rows are, beyond doubt, and those that are there moved together, as they are stored.
 */
import type { ShreddedColumn } from "./shredder.ts"
import { isText, timeStyle } from "./text.ts"
import type { Kernel } from "./wasm/kernel.ts"
import { Kind, OUTPUT } from "./wasm/layout.ts"
import { UUID_TEXT_BYTES } from "./wasm/uuids.ts"

/** Types of columns here, in the engine's words. `NULL`: no row has a value. */
export type ChunkType = "BIGINT" | "BOOLEAN" | "DATE" | "DOUBLE" | "NULL" | "TIME" | "TIMESTAMP" | "UUID" | "VARCHAR"

/** The values of a column that are there, and of what type they are. */
export interface Values {
  readonly type: ChunkType
  readonly isText: boolean
  readonly style: string
  readonly count: number
}

const KINDS = Object.values(Kind)

const typeOf = (counts: Uint32Array): ChunkType | undefined => {
  const found: Array<ChunkType> = []
  if (counts[Kind.integer]! + counts[Kind.real]! > 0) found.push(counts[Kind.real]! > 0 ? "DOUBLE" : "BIGINT")
  if (counts[Kind.text]! > 0) found.push("VARCHAR")
  if (counts[Kind.true]! + counts[Kind.false]! > 0) found.push("BOOLEAN")
  return found.length > 1 ? undefined : (found[0] ?? "NULL")
}

/** How many rows have a value of which kind: mostly all of one. */
const countsOf = ({ countKind }: Kernel, { kinds, kindsAt }: ShreddedColumn, rows: number): Uint32Array => {
  const counts = new Uint32Array(KINDS.length)
  let left = rows
  for (const kind of new Set([kinds[0]!, ...KINDS])) {
    if (left === 0 || kind === Kind.none) continue
    counts[kind] = countKind(kindsAt, rows, kind)
    left -= counts[kind]
  }
  counts[Kind.none] = left
  return counts
}

/** Whether a row has a value of a column, be it one that contradicts others. */
export const hasValues = (kernel: Kernel, column: ShreddedColumn, rows: number): boolean =>
  typeOf(countsOf(kernel, column, rows)) !== "NULL"

/** Gathers the values of a column that are there; `undefined` when they contradict each other. */
export const valuesOf = (
  kernel: Kernel,
  bytes: Uint8Array,
  column: ShreddedColumn,
  rows: number
): Values | undefined => {
  const { cellsAt, kindsAt } = column
  const counts = countsOf(kernel, column, rows)
  const type = typeOf(counts)
  if (type === undefined) return undefined
  const count = rows - counts[Kind.none]! - counts[Kind.null]! - counts[Kind.empty]!
  const all: Values = { type, isText: false, style: "", count }
  // Of objects, there are other bytes where values would be.
  if (type === "NULL") return all
  // Integers become what they are together with others while it is known which they are.
  if (type === "DOUBLE") kernel.toReals(kindsAt, cellsAt, rows)
  if (count < rows) kernel.gather(kindsAt, cellsAt, rows)
  if (type !== "VARCHAR") return all
  const known = asTimes(kernel, bytes, column, all) ?? asUuids(kernel, column, all)
  return known ?? { ...all, isText: hasText(column, count, bytes) }
}

const hasText = ({ spans }: ShreddedColumn, count: number, bytes: Uint8Array): boolean => {
  for (let at = 0; at < count; at += 1) if (isText(bytes, spans[2 * at]!, spans[2 * at + 1]!)) return true
  return false
}

/** Texts as times, where all of them are times that are written in one way. */
const asTimes = (kernel: Kernel, bytes: Uint8Array, column: ShreddedColumn, texts: Values): Values | undefined => {
  const { cellsAt, spans } = column
  const style = timeStyle(bytes, spans[0]!, spans[1]!)
  if (style === undefined) return undefined
  const { has, hasFraction, separator, type, zoneBytes } = style
  const read = kernel.times(cellsAt, texts.count, has, separator, hasFraction ? 1 : 0, zoneBytes, OUTPUT)
  if (read < texts.count) return undefined
  bytes.copyWithin(cellsAt, OUTPUT, OUTPUT + 8 * read)
  return { ...texts, type, style: JSON.stringify(style) }
}

/** Texts as UUIDs, where all of them are: they become what is made of the column. */
const asUuids = (kernel: Kernel, { cellsAt, spans }: ShreddedColumn, texts: Values): Values | undefined => {
  if (spans[1]! - spans[0]! !== UUID_TEXT_BYTES) return undefined
  return kernel.uuids(cellsAt, texts.count, OUTPUT) < texts.count ? undefined : { ...texts, type: "UUID" }
}
