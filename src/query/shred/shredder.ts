/**
 * Takes lines of JSON apart into columns, as fast as one thread can: a line is compared with shapes that earlier lines had, and its values are taken from
 * between.
 *
 * What is read here is what the engine would read, to the last value; what is not beyond doubt is refused, and everything is read by the engine instead.
 */
import { isUtf8 } from "node:buffer"
import { type Shape, shapeOf } from "./shape.ts"

/** Rows of a group, at most. */
export const ROWS_MAX = 128 * 1024
/** Columns and shapes beyond which what was learned is forgotten before the next group. Twice as many are too many: a column takes 1 MB. */
const COLUMNS_MAX = 64
const SHAPES_MAX = 128

/** What the value of a row is. */
export const Kind = { none: 0, integer: 1, real: 2, text: 3, true: 4, false: 5, null: 6 } as const

/** The values of a key in a group of rows. */
export class ShreddedColumn {
  readonly name: string
  /** Of each row, what its value is. */
  readonly kinds = new Uint8Array(ROWS_MAX)
  /** Numbers. */
  numbers = new Float64Array(0)
  /** Where the bytes of texts begin and end. */
  starts = new Int32Array(0)
  ends = new Int32Array(0)

  constructor(name: string) {
    this.name = name
  }

  /** Makes room, when a first number or text comes. */
  grow(kind: number): void {
    if (kind === Kind.text) {
      this.starts = new Int32Array(ROWS_MAX)
      this.ends = new Int32Array(ROWS_MAX)
    } else this.numbers = new Float64Array(ROWS_MAX)
  }
}

/** Rows that follow each other. */
export interface Group {
  readonly rows: number
  /** Bytes of text that they were made of. */
  readonly sizeBytes: number
  /** In the order in which their keys came first. */
  readonly columns: ReadonlyArray<ShreddedColumn>
  /** What texts refer to. */
  readonly bytes: Uint8Array
}

interface Known {
  readonly shape: Shape
  readonly columns: ReadonlyArray<ShreddedColumn>
}

/** Bytes that a string may hold as they are: no quote, no backslash, no control character. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => (byte < 32 || byte === 34 || byte === 92 ? 0 : 1))

const QUOTE = 34
const MINUS = 45
const ZERO = 48
const BACKSLASH = 92
/** `true`, `fals` and `null` as words, the least significant byte first. */
const TRUE = 0x65757274
const FALS = 0x736c6166
const NULL = 0x6c6c756e
const E = 101
/** Four times the first half of a digit. */
const THIRTIES = 0x30303030

/** Digits that a number holds exactly, whatever they are. */
const DIGITS_MAX = 15

const REAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/u
const isNumeric = (byte: number): boolean =>
  (byte >= ZERO && byte <= 57) || byte === 43 || byte === MINUS || byte === 46 || (byte | 32) === E

/** Shredders keep what they learned from one text to the next. */
export class Shredder {
  #known: Array<Known> = []
  #columns = new Map<string, ShreddedColumn>()
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(new ArrayBuffer(0))
  #at = 0
  #row = 0
  #real = 0
  /** Where texts that were written with escapes go. */
  #room = 0

  /**
   * Takes apart the lines that lie in the first `length` bytes; the last one ends there. The rest of the bytes, at least as many and 8 more, is made use
   * of. `each` gets groups of rows, which are valid until it returns. Gives whether all lines could be read.
   */
  shred(bytes: Uint8Array, length: number, each: (group: Group) => boolean): boolean {
    if (!isUtf8(bytes.subarray(0, length))) return false
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#at = 0
    this.#room = length + 8
    bytes.fill(0, length, length + 8)
    while (this.#at < length) {
      const start = this.#at
      const columns = this.#group(length)
      if (columns === undefined) return false
      if (!each({ rows: this.#row, sizeBytes: this.#at - start, columns, bytes })) return false
    }
    return true
  }

  /** Reads a group of rows; gives its columns. */
  #group(length: number): ReadonlyArray<ShreddedColumn> | undefined {
    const used = new Set<Known>()
    const columns = new Set<ShreddedColumn>()
    if (this.#columns.size > COLUMNS_MAX || this.#known.length > SHAPES_MAX) {
      this.#known = []
      this.#columns.clear()
    }
    for (const column of this.#columns.values()) column.kinds.fill(0)
    this.#row = 0
    while (this.#at < length && this.#row < ROWS_MAX) {
      const known = this.#next(length)
      if (known === undefined) return undefined
      if (used.has(known)) continue
      used.add(known)
      for (const column of known.columns) columns.add(column)
    }
    return [...columns]
  }

  /** Reads lines as long as they have one shape; gives the shape. */
  #next(length: number): Known | undefined {
    const before = this.#at
    for (const [place, known] of this.#known.entries()) {
      this.#lines(length, known.shape, known.columns)
      if (this.#at === before) continue
      if (place > 0) {
        this.#known.splice(place, 1)
        this.#known.unshift(known)
      }
      return known
    }
    const known = this.#learn()
    if (known === undefined) return undefined
    this.#lines(length, known.shape, known.columns)
    return this.#at === before ? undefined : known
  }

  /** Learns the shape of a line. */
  #learn(): Known | undefined {
    const end = this.#bytes.indexOf(10, this.#at) + 1
    const shape = shapeOf(this.#bytes.subarray(this.#at, end))
    if (shape === undefined || this.#known.length > 2 * SHAPES_MAX) return undefined
    const columns: Array<ShreddedColumn> = []
    for (const key of shape.keys) {
      const column = this.#columns.get(key.toLowerCase()) ?? new ShreddedColumn(key)
      // The engine tells keys apart by their case, and columns not.
      if (column.name !== key || this.#columns.size > 2 * COLUMNS_MAX) return undefined
      this.#columns.set(key.toLowerCase(), column)
      columns.push(column)
    }
    const known = { shape, columns }
    this.#known.unshift(known)
    return known
  }

  /** Reads lines of a shape until one has another: `#at` and `#row` are then those of that line. */
  #lines(length: number, shape: Shape, columns: ReadonlyArray<ShreddedColumn>): void {
    while (this.#at < length && this.#row < ROWS_MAX) {
      const room = this.#room
      const end = this.#line(this.#bytes, this.#view, this.#at, this.#row, shape, columns)
      if (end < 0) {
        for (const { kinds } of columns) kinds[this.#row] = Kind.none
        this.#room = room
        return
      }
      this.#at = end
      this.#row += 1
    }
  }

  /** Reads a line; gives its end, or -1 where it has another shape. A function of its own, since that is what is compiled best. */
  #line(
    bytes: Uint8Array,
    view: DataView,
    start: number,
    row: number,
    { between, words }: Shape,
    columns: ReadonlyArray<ShreddedColumn>
  ): number {
    let at = start
    for (let field = 0; field < columns.length; field += 1) {
      const literal = between[field]!
      if (!isThere(bytes, view, at, literal, words[field]!)) return -1
      at = this.#value(bytes, view, at + literal.length, columns[field]!, row)
      if (at < 0) return -1
    }
    const last = between[columns.length]!
    return isThere(bytes, view, at, last, words[columns.length]!) ? at + last.length : -1
  }

  /** Takes the value that begins at a place; gives its end, or -1. */
  #value(bytes: Uint8Array, view: DataView, start: number, column: ShreddedColumn, row: number): number {
    const first = bytes[start]!
    if (first === QUOTE) {
      let at = start + 1
      while (PLAIN[bytes[at]!] === 1) at += 1
      if (column.starts.length === 0) column.grow(Kind.text)
      column.kinds[row] = Kind.text
      if (bytes[at] === QUOTE) {
        column.starts[row] = start + 1
        column.ends[row] = at
        return at + 1
      }
      return bytes[at] === BACKSLASH ? this.#escaped(start, at, column, row) : -1
    }
    const isNegative = first === MINUS
    let at = isNegative ? start + 1 : start
    let digit = bytes[at]! - ZERO
    if (digit < 0 || digit > 9) return word(view, start, column, row)
    let value = digit
    const begin = at
    at += 1
    for (let four = fourDigits(view.getUint32(at, true)); four >= 0; four = fourDigits(view.getUint32(at, true))) {
      value = value * 10_000 + four
      at += 4
    }
    for (digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[at]! - ZERO) {
      value = value * 10 + digit
      at += 1
    }
    if (column.numbers.length === 0) column.grow(Kind.integer)
    if (isNumeric(bytes[at]!)) {
      const end = this.#fraction(start, at)
      column.numbers[row] = this.#real
      column.kinds[row] = Kind.real
      return end
    }
    // Of many digits, with a zero before others, or less than zero without being it: for the engine.
    if (at - begin > DIGITS_MAX || (bytes[begin] === ZERO && at - begin > 1) || (isNegative && value === 0)) return -1
    column.numbers[row] = isNegative ? -value : value
    column.kinds[row] = Kind.integer
    return at
  }

  /** Takes a number that is no integer; gives its end, or -1. */
  #fraction(start: number, point: number): number {
    const bytes = this.#bytes
    let end = point
    while (isNumeric(bytes[end]!)) end += 1
    const text = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset + start, end - start).toString("latin1")
    if (!REAL.test(text)) return -1
    this.#real = Number(text)
    return Number.isFinite(this.#real) ? end : -1
  }

  /** Takes a string with escapes; gives its end, or -1. */
  #escaped(start: number, backslash: number, column: ShreddedColumn, row: number): number {
    const bytes = this.#bytes
    let end = backslash
    while (bytes[end] !== QUOTE) {
      const byte = bytes[end]!
      if (byte < 32) return -1
      end += byte === BACKSLASH ? 2 : 1
    }
    const written = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset + start, end + 1 - start).toString("utf8")
    let text: unknown
    try {
      text = JSON.parse(written)
    } catch {
      return -1
    }
    if (typeof text !== "string" || text.includes("\0") || !text.isWellFormed()) return -1
    const plain = Buffer.from(text)
    bytes.set(plain, this.#room)
    column.starts[row] = this.#room
    this.#room += plain.length
    column.ends[row] = this.#room
    return end + 1
  }
}

/** The number that four digits are, given as a word, the first one the least significant; -1: they are not all digits. */
const fourDigits = (word: number): number => {
  // A digit is 0x30 to 0x39: six more leaves its first half as it is.
  if ((word & 0xf0f0f0f0) !== THIRTIES || ((word + 0x06060606) & 0xf0f0f0f0) !== THIRTIES) return -1
  // Pairs of digits first, in each half of the word; then the pairs.
  const pairs = (Math.imul(word & 0x0f0f0f0f, 10 * 256 + 1) >>> 8) & 0x00ff00ff
  return Math.imul(pairs, 100 * 65_536 + 1) >>> 16
}

/** Whether bytes are what a shape has there. */
const isThere = (bytes: Uint8Array, view: DataView, at: number, literal: Uint8Array, words: Uint32Array): boolean => {
  const last = words.length - 1
  if (last < 0) {
    for (let byte = 0; byte < literal.length; byte += 1) if (bytes[at + byte] !== literal[byte]) return false
    return true
  }
  for (let word = 0, place = at; word < last; word += 1, place += 4) {
    if (view.getUint32(place, true) !== words[word]) return false
  }
  return view.getUint32(at + literal.length - 4, true) === words[last]
}

/** Takes `true`, `false` or `null`; gives its end, or -1. */
const word = (view: DataView, at: number, column: ShreddedColumn, row: number): number => {
  const found = view.getUint32(at, true)
  if (found === NULL) column.kinds[row] = Kind.null
  else if (found === TRUE) column.kinds[row] = Kind.true
  else if (found === FALS && view.getUint8(at + 4) === E) {
    column.kinds[row] = Kind.false
    return at + 5
  } else return -1
  return at + 4
}
