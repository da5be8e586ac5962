/**
 * How lines of JSON look: the bytes between their values. Lines of one log have few shapes, and a line whose shape is known is read by comparing these
 * bytes and taking what lies between them.
 *
 * Only lines that the engine would read in the same way have a shape: keys are neither empty nor there twice, whatever their case, and written without
 * escapes, and there are no lists.
 */
import { depthOf, nameIn } from "./path.ts"
import { DEPTH_MAX } from "./wasm/layout.ts"

/** The shape of a line. */
export interface Shape {
  /** The names of the columns that have a value. */
  readonly keys: ReadonlyArray<string>
  /** The objects that begin before each value. */
  readonly begun: ReadonlyArray<ReadonlyArray<string>>
  /** What comes before each value, and behind the last one: up to the line feed. */
  readonly between: ReadonlyArray<Uint8Array>
}

const LINE_FEED = 10
const QUOTE = 34
const COMMA = 44
const COLON = 58
const BACKSLASH = 92
const OPENING = 123
const CLOSING = 125

/** Blank, tab and carriage return: what may stand between the parts of an object on one line. */
const isSpace = (byte: number | undefined): boolean => byte === 32 || byte === 9 || byte === 13

/** Ends a value that is a number or a word. */
const isEnd = (byte: number | undefined): boolean =>
  byte === undefined || byte === COMMA || byte === CLOSING || byte === LINE_FEED || isSpace(byte)

/** A line that has no shape. */
class Shapeless extends Error {}

/** Goes through one line. */
class Scanner {
  readonly bytes: Uint8Array
  at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  space(): void {
    while (isSpace(this.bytes[this.at])) this.at += 1
  }

  take(byte: number): void {
    if (this.bytes[this.at] !== byte) throw new Shapeless()
    this.at += 1
  }

  /** Passes a string; gives where its text begins and ends. */
  string(): readonly [start: number, end: number] {
    this.take(QUOTE)
    const start = this.at
    for (; this.bytes[this.at] !== QUOTE; this.at += 1) {
      const byte = this.bytes[this.at]
      if (byte === undefined || byte < 32) throw new Shapeless()
      if (byte === BACKSLASH) this.at += 1
    }
    this.at += 1
    return [start, this.at - 1]
  }

  key(): string {
    const [start, end] = this.string()
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.bytes.slice(start, end))
    if (text === "" || text.includes("\\")) throw new Shapeless()
    return text
  }

  value(): void {
    if (this.bytes[this.at] === QUOTE) return void this.string()
    if (this.bytes[this.at] === OPENING) {
      this.take(OPENING)
      return this.take(CLOSING)
    }
    const start = this.at
    while (!isEnd(this.bytes[this.at])) this.at += 1
    if (this.at === start) throw new Shapeless()
  }
}

const scanned = (line: Uint8Array): Shape => {
  const scanner = new Scanner(line)
  const keys: Array<string> = []
  const begun: Array<ReadonlyArray<string>> = []
  const between: Array<Uint8Array> = []
  let objects: Array<string> = []
  let start = 0
  const value = (name: string): void => {
    const isEmpty = line[scanner.at + 1] === CLOSING
    if (line[scanner.at] === OPENING && !isEmpty) {
      objects.push(name)
      return members(name)
    }
    keys.push(name)
    begun.push(objects)
    objects = []
    between.push(line.slice(start, scanner.at))
    scanner.value()
    start = scanner.at
  }
  const members = (object?: string): void => {
    scanner.take(OPENING)
    scanner.space()
    // An object without keys is a value, where it is written without a blank.
    if (object !== undefined && (line[scanner.at] === CLOSING || depthOf(object) === DEPTH_MAX)) throw new Shapeless()
    for (let isFirst = true; line[scanner.at] !== CLOSING; isFirst = false) {
      if (!isFirst) scanner.take(COMMA)
      scanner.space()
      const name = nameIn(object, scanner.key())
      scanner.space()
      scanner.take(COLON)
      scanner.space()
      value(name)
      scanner.space()
      if (line[scanner.at] !== COMMA && line[scanner.at] !== CLOSING) throw new Shapeless()
    }
    scanner.take(CLOSING)
  }
  scanner.space()
  members()
  scanner.space()
  scanner.take(LINE_FEED)
  if (scanner.at !== line.length) throw new Shapeless()
  const names = [...keys, ...begun.flat()]
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length) throw new Shapeless()
  between.push(line.slice(start))
  return { keys, begun, between }
}

/** The shape of a line with its line feed; `undefined`: it has none, and has to be read in another way. */
export const shapeOf = (line: Uint8Array): Shape | undefined => {
  try {
    return scanned(line)
  } catch {
    return undefined
  }
}
