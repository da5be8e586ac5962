/**
 * Whole numbers as Parquet packs them: differences of neighbours, in as many bits as they need (encoding DELTA_BINARY_PACKED).
 */
import type { ByteSink } from "../../delta/byte-sink.ts"

const BLOCK = 128
const MINIBLOCK = 32
const MINIBLOCKS = BLOCK / MINIBLOCK

/** Wider differences take whole bytes: bits of numbers are shifted in 32. */
const WIDTH_SHIFTED_MAX = 24

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)

const widthOf = (value: number): number => {
  if (value < 2 ** WIDTH_SHIFTED_MAX) return 32 - Math.clz32(value)
  let width = WIDTH_SHIFTED_MAX
  while (value >= 2 ** width) width += 8
  return width
}

const deltas = new Float64Array(BLOCK)
const widths = new Uint8Array(MINIBLOCKS)
/** A block at its largest. */
const BLOCK_BYTES = 16 + BLOCK * 8
/** What is packed so far, so that it is handed over at once. */
const packed = new Uint8Array(64 * BLOCK_BYTES)

/** Packs 32 differences, less `least` each, in so many bits, at a place; gives the place behind them. */
const pack = (start: number, least: number, width: number, place: number): number => {
  let at = place
  const end = start + MINIBLOCK
  if (width <= WIDTH_SHIFTED_MAX) {
    let bits = 0
    let count = 0
    for (let from = start; from < end; from += 1) {
      bits |= (deltas[from]! - least) << count
      for (count += width; count >= 8; count -= 8) {
        packed[at] = bits
        at += 1
        bits >>>= 8
      }
    }
    return at
  }
  for (let from = start; from < end; from += 1) {
    let rest = deltas[from]! - least
    for (let byte = 0; byte < width; byte += 8) {
      packed[at] = rest % 256
      at += 1
      rest = Math.floor(rest / 256)
    }
  }
  return at
}

/** Writes a number seven bits to a byte, at a place; gives the place behind it. */
const varint = (value: number, place: number): number => {
  let at = place
  let rest = value
  for (; rest >= 128; at += 1) {
    packed[at] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  packed[at] = rest
  return at + 1
}

/** Packs the differences of one block, of which there are `count`, at a place; gives the place behind them. */
const packBlock = (count: number, place: number): number => {
  let least = deltas[0]!
  for (let at = 1; at < count; at += 1) if (deltas[at]! < least) least = deltas[at]!
  if (count < BLOCK) deltas.fill(least, count)
  let at = varint(zigzag(least), place)
  for (let mini = 0; mini < MINIBLOCKS; mini += 1) {
    let most = least
    const end = (mini + 1) * MINIBLOCK
    for (let from = end - MINIBLOCK; from < end; from += 1) if (deltas[from]! > most) most = deltas[from]!
    widths[mini] = widthOf(most - least)
    packed[at] = widths[mini]!
    at += 1
  }
  for (let mini = 0; mini < MINIBLOCKS; mini += 1) {
    if (widths[mini]! > 0) at = pack(mini * MINIBLOCK, least, widths[mini]!, at)
  }
  return at
}

/** Adds the first `count` of some whole numbers; differences of neighbours are less than 2^52 from zero. */
export const packIntegers = (sink: ByteSink, values: Float64Array | Int32Array, count: number): void => {
  sink.varint(BLOCK)
  sink.varint(MINIBLOCKS)
  sink.varint(count)
  sink.varint(zigzag(values[0] ?? 0))
  let before = values[0] ?? 0
  let place = 0
  for (let start = 1; start < count; start += BLOCK) {
    const size = Math.min(BLOCK, count - start)
    for (let at = 0; at < size; at += 1) {
      const value = values[start + at]!
      deltas[at] = value - before
      before = value
    }
    place = packBlock(size, place)
    if (place < packed.length - BLOCK_BYTES) continue
    sink.raw(packed.subarray(0, place))
    place = 0
  }
  sink.raw(packed.subarray(0, place))
}
