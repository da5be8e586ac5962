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
const packed = new Uint8Array(MINIBLOCK * 7)

/** Packs 32 numbers, less `least` each, in so many bits; gives the number of bytes. */
const pack = (start: number, least: number, width: number): number => {
  let at = 0
  if (width <= WIDTH_SHIFTED_MAX) {
    let bits = 0
    let count = 0
    for (let place = start; place < start + MINIBLOCK; place += 1) {
      bits |= (deltas[place]! - least) << count
      for (count += width; count >= 8; count -= 8) {
        packed[at] = bits
        at += 1
        bits >>>= 8
      }
    }
    return at
  }
  for (let place = start; place < start + MINIBLOCK; place += 1) {
    let rest = deltas[place]! - least
    for (let byte = 0; byte < width; byte += 8) {
      packed[at] = rest % 256
      at += 1
      rest = Math.floor(rest / 256)
    }
  }
  return at
}

/** Packs the differences of one block, of which there are `count`. */
const packBlock = (sink: ByteSink, count: number): void => {
  let least = deltas[0]!
  for (let at = 1; at < count; at += 1) if (deltas[at]! < least) least = deltas[at]!
  deltas.fill(least, count)
  sink.varint(zigzag(least))
  const widths: Array<number> = []
  for (let mini = 0; mini < MINIBLOCKS; mini += 1) {
    let most = least
    for (let at = mini * MINIBLOCK; at < (mini + 1) * MINIBLOCK; at += 1) if (deltas[at]! > most) most = deltas[at]!
    const width = widthOf(most - least)
    widths.push(width)
    sink.byte(width)
  }
  for (const [mini, width] of widths.entries()) {
    if (width > 0) sink.raw(packed.subarray(0, pack(mini * MINIBLOCK, least, width)))
  }
}

/** Adds the first `count` of some whole numbers, each less than 2^51 from zero. */
export const packIntegers = (sink: ByteSink, values: Float64Array | Int32Array, count: number): void => {
  sink.varint(BLOCK)
  sink.varint(MINIBLOCKS)
  sink.varint(count)
  sink.varint(zigzag(values[0] ?? 0))
  let before = values[0] ?? 0
  for (let start = 1; start < count; start += BLOCK) {
    const size = Math.min(BLOCK, count - start)
    for (let at = 0; at < size; at += 1) {
      const value = values[start + at]!
      deltas[at] = value - before
      before = value
    }
    packBlock(sink, size)
  }
}
