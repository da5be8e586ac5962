/**
 * Texts as Parquet holds them: few different ones as a dictionary and places in it, others as lengths and the bytes of all, one behind the other.
 */
import { ByteSink } from "../../delta/byte-sink.ts"
import { packIntegers } from "./integers.ts"
import { ROWS_MAX } from "./shredder.ts"

/** Texts of a dictionary, at most, and places of the table that finds them. */
const DICTIONARY_MAX = 1024
const TABLE = 4 * DICTIONARY_MAX
/** After so many texts it is clear whether they repeat. */
const PROBE = 4096

/** Longer texts are copied by the processor's own instruction, others by words of 4 bytes: what is too much is written over by the next one. */
const SHORT_BYTES = 32
const WORD = 4

/** Texts by where they lie. */
export interface Texts {
  readonly bytes: Uint8Array
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly count: number
}

const table = new Int32Array(TABLE)
const firstAt = new Int32Array(DICTIONARY_MAX)
const places = new Uint16Array(ROWS_MAX)
const lengths = new Int32Array(ROWS_MAX)

const isSame = (bytes: Uint8Array, left: number, right: number, length: number): boolean => {
  for (let at = 0; at < length; at += 1) if (bytes[left + at] !== bytes[right + at]) return false
  return true
}

/** Finds the place of each text among the different ones; gives how many these are, 0 when too many. */
const findPlaces = ({ bytes, count, ends, starts }: Texts): number => {
  const lengthAt = (at: number): number => ends[at]! - starts[at]!
  table.fill(0)
  let different = 0
  for (let at = 0; at < count; at += 1) {
    const start = starts[at]!
    const length = ends[at]! - start
    if (at > 0) {
      const before = firstAt[places[at - 1]!]!
      if (lengthAt(before) === length && isSame(bytes, start, starts[before]!, length)) {
        places[at] = places[at - 1]!
        continue
      }
    }
    let hash = length
    for (let byte = start; byte < start + length; byte += 1) hash = Math.imul(hash ^ bytes[byte]!, 0x01000193)
    let slot = (hash ^ (hash >>> 15)) & (TABLE - 1)
    for (; table[slot] !== 0; slot = (slot + 1) & (TABLE - 1)) {
      const known = firstAt[table[slot]! - 1]!
      if (lengthAt(known) === length && isSame(bytes, start, starts[known]!, length)) break
    }
    if (table[slot] === 0) {
      if (different === DICTIONARY_MAX || (at > PROBE && 2 * different > at)) return 0
      firstAt[different] = at
      different += 1
      table[slot] = different
    }
    places[at] = table[slot]! - 1
  }
  return 2 * different <= count ? different : 0
}

const packPlaces = (sink: ByteSink, count: number, width: number): void => {
  const groups = Math.ceil(count / 8)
  places.fill(0, count, 8 * groups)
  sink.varint(2 * groups + 1)
  let bits = 0
  let held = 0
  for (let at = 0; at < 8 * groups; at += 1) {
    bits |= places[at]! << held
    for (held += width; held >= 8; held -= 8) {
      sink.byte(bits & 255)
      bits >>>= 8
    }
  }
}

/** Copies a text; there is room for a word more than it takes. */
const copyText = (
  bytes: Uint8Array,
  source: DataView,
  start: number,
  end: number,
  all: Uint8Array,
  target: DataView,
  to: number
): void => {
  if (end - start > SHORT_BYTES) return all.set(bytes.subarray(start, end), to)
  const shift = to - start
  for (let from = start; from < end; from += WORD) target.setUint32(from + shift, source.getUint32(from, true), true)
}

/** The parts of a column chunk of texts; what is there is valid until the next one is written. */
export class TextPage {
  readonly dictionary = new ByteSink()
  readonly data = new ByteSink(1024 * 1024)
  /** Texts in the dictionary; 0: there is none. */
  dictionaryCount = 0
  #all = new Uint8Array(0)

  /** Writes texts. */
  write(texts: Texts): void {
    this.dictionary.clear()
    this.data.clear()
    this.dictionaryCount = texts.count === 0 ? 0 : findPlaces(texts)
    if (this.dictionaryCount === 0) return this.#writeAll(texts)
    for (let place = 0; place < this.dictionaryCount; place += 1) {
      const at = firstAt[place]!
      this.dictionary.int32(texts.ends[at]! - texts.starts[at]!)
      this.dictionary.raw(texts.bytes.subarray(texts.starts[at], texts.ends[at]))
    }
    const width = Math.max(1, 32 - Math.clz32(this.dictionaryCount - 1))
    this.data.byte(width)
    if (this.dictionaryCount > 1) return packPlaces(this.data, texts.count, width)
    this.data.varint(2 * texts.count)
    this.data.byte(0)
  }

  #writeAll({ bytes, count, ends, starts }: Texts): void {
    let total = 0
    for (let at = 0; at < count; at += 1) {
      lengths[at] = ends[at]! - starts[at]!
      total += lengths[at]!
    }
    if (total + WORD > this.#all.length) this.#all = new Uint8Array(2 * total + WORD)
    const all = this.#all
    const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const target = new DataView(all.buffer)
    let to = 0
    for (let at = 0; at < count; at += 1) {
      copyText(bytes, source, starts[at]!, ends[at]!, all, target, to)
      to += lengths[at]!
    }
    packIntegers(this.data, lengths, count)
    this.data.raw(all.subarray(0, total))
  }
}
