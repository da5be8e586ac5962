/**
 * The values of the index (see `index/keys.ts` for its keys).
 *
 * - a slot: the newest row of the node in it, the time of its transaction, and its entry hash for the directory's trie;
 * - an event: a row without its content and the time of its transaction;
 * - a header: the header row and its hash.
 */
import { decode, encode } from "cborg"
import type { Node } from "../tinyfs/index.ts"
import { nodeOf } from "./event-row.ts"
import { COLUMNS, type Row, rowOfValues, withoutContent } from "./row.ts"

/** A live node and what its directory's trie needs of it. */
export interface SlotValue {
  readonly row: Row
  readonly timeMicros: number
  readonly entryHash: Uint8Array
}

/** A row and the time of its transaction. */
export interface EventValue {
  readonly row: Row
  readonly timeMicros: number
}

const valuesOf = (one: Row): ReadonlyArray<unknown> => {
  const bare = withoutContent(one)
  return COLUMNS.map(({ name }) => bare[name])
}

/** Encodes a slot. */
export const encodeSlot = ({ entryHash, row, timeMicros }: SlotValue): Uint8Array =>
  encode([valuesOf(row), timeMicros, entryHash])

/** Decodes a slot. Throws a `TypeError`. */
export const decodeSlot = (bytes: Uint8Array): SlotValue => {
  const [values, timeMicros, entryHash] = decode(bytes) as [unknown, number, Uint8Array]
  return { row: rowOfValues(values), timeMicros, entryHash }
}

/** Encodes an event row. */
export const encodeEvent = ({ row, timeMicros }: EventValue): Uint8Array => encode([valuesOf(row), timeMicros])

/** Decodes an event row. Throws a `TypeError`. */
export const decodeEvent = (bytes: Uint8Array): EventValue => {
  const [values, timeMicros] = decode(bytes) as [unknown, number]
  return { row: rowOfValues(values), timeMicros }
}

/** The node of a slot. */
export const nodeOfSlot = ({ row, timeMicros }: SlotValue): Node => nodeOf(row, timeMicros)
