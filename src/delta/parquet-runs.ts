/**
 * Run lengths inside Parquet pages, checked before they are expanded: a run of a few bytes may claim two billion values, and the decoder
 * would write them all (S11).
 */
import { deltaBinaryUnpack } from "hyparquet/src/delta.js"
import { Malformed } from "./errors.ts"
import { varint } from "./thrift.ts"

/** Values by which the last bit-packed run of a stream may exceed what is there: writers pad it. */
const PADDING = 504
/** Deltas in one block that are accepted; 128 are usual. */
const BLOCK_VALUES_MAX = 2 ** 20
/** Bits of the widest delta. */
const DELTA_BITS = 64

/**
 * Checks a stream of runs and bit-packed groups in bytes [start, end) of values of `width` bits, at most `count` of them; gives how many
 * there are, `count` at most.
 */
export const checkRuns = (bytes: Uint8Array, start: number, end: number, width: number, count: number): number => {
  if (end > bytes.length || start > end) throw new Malformed("levels of a page are longer than the page")
  if (width > 32) throw new Malformed(`values of ${width} bits cannot be`)
  const cursor = { bytes: bytes.subarray(0, end), at: start }
  const widthBytes = Math.ceil(width / 8)
  let seen = 0
  while (seen < count && cursor.at < end) {
    const head = varint(cursor)
    const isPacked = head % 2 === 1
    const values = isPacked ? ((head - 1) / 2) * 8 : head / 2
    if (values > count - seen + (isPacked ? PADDING : 0)) throw new Malformed("a run claims too many values")
    cursor.at += isPacked ? (values / 8) * width : widthBytes
    seen += values
  }
  return Math.min(seen, count)
}

/** Checks the frame of a stream of `count` packed deltas from `start` on: its numbers have at most 64 bits. */
export const checkDeltas = (bytes: Uint8Array, start: number, count: number): void => {
  const cursor = { bytes, at: start }
  const blockValues = varint(cursor)
  const miniblocks = varint(cursor)
  varint(cursor)
  varint(cursor)
  if (count <= 1) return
  const perMiniblock = blockValues / miniblocks
  const isPossible = miniblocks >= 1 && miniblocks <= bytes.length && perMiniblock % 8 === 0
  if (!isPossible || blockValues > BLOCK_VALUES_MAX) throw new Malformed("packed deltas claim an impossible layout")
  for (let seen = 1; seen < count;) {
    varint(cursor)
    const widths = bytes.subarray(cursor.at, cursor.at + miniblocks)
    if (widths.length < miniblocks) throw new Malformed("packed deltas are cut short")
    cursor.at += miniblocks
    for (const width of widths) {
      if (seen >= count) break
      if (width > DELTA_BITS) throw new Malformed(`deltas of ${width} bits cannot be`)
      cursor.at += (perMiniblock / 8) * width
      seen += perMiniblock
    }
  }
}

/** Checks texts that share prefixes with the text before: no prefix may be longer than that text. */
export const checkPrefixes = (bytes: Uint8Array, start: number, count: number): void => {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: start }
  const prefixes = new Int32Array(count)
  const suffixes = new Int32Array(count)
  checkDeltas(bytes, reader.offset, count)
  deltaBinaryUnpack(reader, count, prefixes)
  checkDeltas(bytes, reader.offset, count)
  deltaBinaryUnpack(reader, count, suffixes)
  let previous = 0
  for (const [at, prefix] of prefixes.entries()) {
    const suffix = suffixes[at] ?? 0
    if (prefix < 0 || prefix > previous || suffix < 0)
      throw new Malformed("a text claims a longer prefix than there is")
    previous = prefix + suffix
  }
}
