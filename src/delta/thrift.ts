/**
 * Thrift's compact protocol, walked without building anything: what the decoder of footers and page headers is given must be well-formed
 * and modest, because it trusts lengths, and needs quadratic time for numbers of a million digits (S11).
 */
import { Malformed } from "./errors.ts"

/** Bytes of the longest number: 64 bits, seven to a byte. */
const VARINT_BYTES = 10
const DEPTH_MAX = 64

/** A place in bytes that moves forward. */
interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

const TRUE = 1
const FALSE = 2
const BYTE = 3
const I16 = 4
const I32 = 5
const I64 = 6
const DOUBLE = 7
const BINARY = 8
const LIST = 9
const STRUCT = 12

const next = (cursor: Cursor): number => {
  const byte = cursor.bytes[cursor.at++]
  if (byte === undefined) throw new Malformed("its metadata ends early")
  return byte
}

/** Skips a number; gives its low bits, for lengths. */
export const varint = (cursor: Cursor): number => {
  let value = 0
  for (let count = 0; count < VARINT_BYTES; count++) {
    const byte = next(cursor)
    value += (byte & 0x7f) * 2 ** (7 * count)
    if (byte < 0x80) return value
  }
  throw new Malformed("its metadata holds a number of more than 64 bits")
}

const skip = (cursor: Cursor, count: number): void => {
  if (count > cursor.bytes.length - cursor.at) throw new Malformed("its metadata claims more bytes than there are")
  cursor.at += count
}

const skipList = (cursor: Cursor, depth: number): void => {
  const head = next(cursor)
  const size = head >> 4 === 15 ? varint(cursor) : head >> 4
  const type = head & 0x0f
  if (size > cursor.bytes.length - cursor.at) throw new Malformed("its metadata claims a longer list than there is")
  for (let count = 0; count < size; count++) {
    if (type === TRUE || type === FALSE) skip(cursor, 1)
    else skipValue(cursor, type, depth)
  }
}

const skipValue = (cursor: Cursor, type: number, depth: number): void => {
  switch (type) {
    case TRUE:
    case FALSE:
      return
    case BYTE:
      return skip(cursor, 1)
    case I16:
    case I32:
    case I64:
      return void varint(cursor)
    case DOUBLE:
      return skip(cursor, 8)
    case BINARY:
      return skip(cursor, varint(cursor))
    case LIST:
      return skipList(cursor, depth + 1)
    case STRUCT:
      return skipStruct(cursor, depth + 1)
    default:
      throw new Malformed("its metadata holds a type that Parquet does not use")
  }
}

const skipStruct = (cursor: Cursor, depth: number): void => {
  if (depth > DEPTH_MAX) throw new Malformed("its metadata nests too deep")
  for (;;) {
    const head = next(cursor)
    if ((head & 0x0f) === 0) return
    if (head >> 4 === 0) varint(cursor)
    skipValue(cursor, head & 0x0f, depth)
  }
}

/** Walks the struct at `start`; gives the place behind it. Throws `Malformed`. */
export const endOfStruct = (bytes: Uint8Array, start: number): number => {
  const cursor = { bytes, at: start }
  skipStruct(cursor, 0)
  return cursor.at
}
