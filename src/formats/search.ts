/**
 * Searching bytes for lines: what `grep` does, on chunks as they come. Pure.
 *
 * - A line is what a line feed ends, or the end of the bytes. A match never reaches over the end of its line.
 * - Lines are found in large blocks of text, never one by one: most blocks hold no match.
 * - Memory is bounded: of a longer line than `LINE_BYTES_MAX` the beginning alone is searched, and given out cut.
 * - Bytes that are not UTF-8 are searched byte by byte, so that what is text in them is found.
 */
import { isAscii, isUtf8 } from "node:buffer"

/** Bytes of a line that are searched. */
export const LINE_BYTES_MAX = 16 * 1024 * 1024

/** What is searched for. */
export interface LineQuery {
  /** A regular expression of JavaScript, or the text itself. */
  readonly pattern: string
  readonly isText: boolean
  readonly ignoresCase: boolean
  /** Whether the lines are wanted that do not match. */
  readonly isInverted: boolean
  /** Lines that are wanted before and after each. */
  readonly before: number
  readonly after: number
  /** Lines after which the search ends. */
  readonly max: number
  /** Whether the numbers of lines are wanted: counting them takes its time. */
  readonly isCounting: boolean
}

/** A line that was found, or (`isContext`) that lies beside one. */
export interface FoundLine {
  /** Counted from 1; 0 where nobody counts. */
  readonly line: number
  /** Where it begins. */
  readonly offset: number
  /** Without its line feed. */
  readonly bytes: Uint8Array
  readonly isContext: boolean
  /** Whether it is longer than what is given of it. */
  readonly isCut: boolean
}

const LINE_FEED = 10

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")

const PLAIN = /[A-Za-z0-9 _=:;,"'`~!@#%&<>/-]/

/**
 * The longest text that is in every match of an expression, as far as it is easy to see: none where there are alternatives. Blocks that do not
 * hold it need not be made to text.
 */
export const requiredText = (pattern: string): string => {
  if (pattern.includes("|")) return ""
  let longest = ""
  let run = ""
  let depth = 0
  const end = (): void => {
    if (run.length > longest.length) longest = run
    run = ""
  }
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!
    if (character === "\\") {
      at += 1
      // A letter or digit behind a backslash is a class, a place, or begins something longer.
      if (/[A-Za-z0-9]/.test(pattern[at] ?? "a")) return longest.length > run.length ? longest : run
      if (depth === 0 && !/[*?{]/.test(pattern[at + 1] ?? "")) run += pattern[at]!
      else end()
    } else if (character === "[") {
      end()
      for (at++; at < pattern.length && pattern[at] !== "]"; at++) if (pattern[at] === "\\") at += 1
    } else if (character === "{") {
      end()
      while (at < pattern.length && pattern[at] !== "}") at += 1
    } else if (character === "(") {
      end()
      depth += 1
    } else if (character === ")") depth -= 1
    else if (depth === 0 && PLAIN.test(character) && !/[*?{]/.test(pattern[at + 1] ?? "")) run += character
    else end()
  }
  end()
  return longest
}

/** The expressions of a query. Throws a `SyntaxError` when the pattern is none. */
const expressions = ({ ignoresCase, isText, pattern }: LineQuery) => {
  const flags = `m${ignoresCase ? "i" : ""}`
  const source = isText ? escaped(pattern) : pattern
  const make = (text: string) => ({ all: new RegExp(text, `g${flags}`), one: new RegExp(text, flags) })
  // What is not ASCII in a pattern is, in bytes that are no text, the bytes of its UTF-8.
  return { text: make(source), bytes: make(Buffer.from(source).toString("latin1")) }
}

/** A span of a block: a line without its line feed. */
interface Span {
  readonly start: number
  readonly end: number
}

/** Searches bytes that come in chunks. Throws a `SyntaxError` when the pattern is no regular expression. */
export class LineSearch {
  readonly #query: LineQuery
  readonly #expressions: ReturnType<typeof expressions>
  /** Bytes without which nothing is found. */
  readonly #required: Buffer | undefined
  #rest: Array<Uint8Array> = []
  #restBytes = 0
  /** Whether the rest of a line is passed over. */
  #isPassing = false
  #offset = 0
  /** The line that the next block begins with. */
  #line = 1
  #found = 0
  #afterLeft = 0
  /** Lines before the next block that may be wanted beside a line of it. */
  #recent: Array<FoundLine> = []

  constructor(query: LineQuery) {
    this.#query = query
    this.#expressions = expressions(query)
    const { ignoresCase, isInverted, isText, pattern } = query
    const required = ignoresCase || isInverted ? "" : isText ? pattern : requiredText(pattern)
    this.#required = required === "" ? undefined : Buffer.from(required)
  }

  /** Whether as many lines were found as are wanted, with what lies beside them. */
  get isDone(): boolean {
    return this.#found >= this.#query.max && this.#afterLeft === 0
  }

  /** Takes the next bytes, which must not change afterwards; gives lines that are complete with them. */
  push(chunk: Uint8Array): ReadonlyArray<FoundLine> {
    const first = chunk.indexOf(LINE_FEED)
    if (first < 0) return this.#keep(chunk)
    const found = this.#endLine(chunk.subarray(0, first + 1))
    const last = chunk.lastIndexOf(LINE_FEED)
    if (last > first) for (const one of this.#block(chunk.subarray(first + 1, last + 1), false)) found.push(one)
    for (const one of this.#keep(chunk.subarray(last + 1))) found.push(one)
    return found
  }

  /** Gives the last line, if no line feed ended it. */
  finish(): ReadonlyArray<FoundLine> {
    return this.#restBytes === 0 || this.#isPassing ? [] : this.#endLine(new Uint8Array(0))
  }

  #keep(part: Uint8Array): ReadonlyArray<FoundLine> {
    if (part.length === 0) return []
    if (this.#isPassing) {
      this.#offset += part.length
      return []
    }
    this.#rest.push(part)
    this.#restBytes += part.length
    if (this.#restBytes <= LINE_BYTES_MAX) return []
    const line = Buffer.concat(this.#rest)
    this.#rest = []
    this.#restBytes = 0
    this.#isPassing = true
    const found = this.#block(line.subarray(0, LINE_BYTES_MAX), true)
    this.#offset += line.length - LINE_BYTES_MAX
    return found
  }

  #endLine(end: Uint8Array): Array<FoundLine> {
    if (this.#isPassing) {
      this.#isPassing = false
      this.#offset += end.length
      this.#line += 1
      return []
    }
    const line = this.#rest.length === 0 ? end : Buffer.concat([...this.#rest, end])
    this.#rest = []
    this.#restBytes = 0
    return this.#block(line, false)
  }

  /** Searches whole lines, or the beginning of one. */
  #block(bytes: Uint8Array, isCut: boolean): Array<FoundLine> {
    const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const lines = new Lines(block, this.#query.isCounting ? this.#line : 0, this.#offset, isCut)
    const found: Array<FoundLine> = []
    let given = 0
    const isHopeless = this.isDone || (this.#required !== undefined && !block.includes(this.#required))
    for (const span of isHopeless ? [] : this.#spans(block)) {
      given = this.#after(lines, given, span.start, found)
      if (this.#found >= this.#query.max) break
      for (const one of this.#before(lines, given, span.start)) found.push(one)
      found.push(lines.at(span, false))
      this.#found += 1
      this.#afterLeft = this.#query.after
      this.#recent = []
      given = span.end + 1
    }
    given = this.#after(lines, given, block.length, found)
    if (this.#query.before > 0) this.#recent = this.#before(lines, given, block.length)
    this.#offset += block.length
    if (this.#query.isCounting && !isCut) this.#line = lines.numberAt(block.length)
    return found
  }

  /** Gives out lines that lie after one that was found, up to `end`; returns where it stopped. */
  #after(lines: Lines, start: number, end: number, found: Array<FoundLine>): number {
    let at = start
    while (this.#afterLeft > 0 && at < end) {
      const span = lines.spanFrom(at)
      found.push(lines.at(span, true))
      this.#afterLeft -= 1
      at = span.end + 1
    }
    return at
  }

  /** Lines before `end` that were not given out yet, as many as are wanted. */
  #before(lines: Lines, start: number, end: number): Array<FoundLine> {
    const found: Array<FoundLine> = []
    for (let at = end; at > start && found.length < this.#query.before;) {
      const span = lines.spanBefore(at)
      found.push(lines.at(span, true))
      at = span.start
    }
    const missing = this.#query.before - found.length
    const earlier = start === 0 && missing > 0 ? this.#recent.slice(-missing) : []
    return [...earlier, ...found.toReversed()]
  }

  /** The lines of a block that are wanted. */
  *#spans(block: Buffer): Generator<Span> {
    const isText = !isAscii(block) && isUtf8(block)
    const { all, one } = isText ? this.#expressions.text : this.#expressions.bytes
    const text = block.toString(isText ? "utf8" : "latin1")
    // Where a place in the text lies in the block: the same, unless letters take several bytes.
    let known = { text: 0, bytes: 0 }
    const place = (at: number): number => {
      if (!isText) return at
      known = { text: at, bytes: known.bytes + Buffer.byteLength(text.slice(known.text, at)) }
      return known.bytes
    }
    let next = 0
    for (const { end, start } of matching(text, all, one)) {
      if (this.#query.isInverted) yield* between(text, next, start, place)
      else yield { start: place(start), end: place(end) }
      next = end + 1
    }
    if (this.#query.isInverted) yield* between(text, next, text.length, place)
  }
}

/** The lines of a text that match, as spans of it. */
function* matching(text: string, all: RegExp, one: RegExp): Generator<Span> {
  for (let from = 0; from < text.length;) {
    all.lastIndex = from
    const match = all.exec(text)
    // Behind the last line feed there is no line.
    if (match === null || (match.index === text.length && text.endsWith("\n"))) return
    const start = match.index === 0 ? 0 : text.lastIndexOf("\n", match.index - 1) + 1
    const found = text.indexOf("\n", match.index)
    const end = found < 0 ? text.length : found
    from = end + 1
    // A match that goes beyond its line may hide one that does not.
    if (match.index + match[0].length <= end || one.test(text.slice(start, end))) yield { start, end }
  }
}

/** The lines of a text from one place to another. */
function* between(text: string, from: number, to: number, place: (at: number) => number): Generator<Span> {
  for (let start = from; start < to;) {
    const found = text.indexOf("\n", start)
    const end = found < 0 ? text.length : found
    yield { start: place(start), end: place(end) }
    start = end + 1
  }
}

/** The lines of a block: where they are, and their numbers. */
class Lines {
  readonly #block: Buffer
  readonly #offset: number
  readonly #isCut: boolean
  readonly #first: { readonly at: number; readonly line: number }
  #counted: { readonly at: number; readonly line: number }

  /** `line` is the number of the first; 0 when nobody counts. */
  constructor(block: Buffer, line: number, offset: number, isCut: boolean) {
    this.#block = block
    this.#first = { at: 0, line }
    this.#counted = this.#first
    this.#offset = offset
    this.#isCut = isCut
  }

  /** The number of the line that begins at a place. */
  numberAt(place: number): number {
    if (this.#counted.line === 0) return 0
    let { at, line } = place < this.#counted.at ? this.#first : this.#counted
    for (
      let end = this.#block.indexOf(LINE_FEED, at);
      end >= 0 && end < place;
      end = this.#block.indexOf(LINE_FEED, at)
    ) {
      at = end + 1
      line += 1
    }
    this.#counted = { at, line }
    return line
  }

  spanFrom(start: number): Span {
    const end = this.#block.indexOf(LINE_FEED, start)
    return { start, end: end < 0 ? this.#block.length : end }
  }

  /** The line that ends just before a place. */
  spanBefore(place: number): Span {
    const end = this.#block[place - 1] === LINE_FEED ? place - 1 : place
    return { start: end === 0 ? 0 : this.#block.lastIndexOf(LINE_FEED, end - 1) + 1, end }
  }

  at({ end, start }: Span, isContext: boolean): FoundLine {
    return {
      line: this.numberAt(start),
      offset: this.#offset + start,
      bytes: Uint8Array.from(this.#block.subarray(start, end)),
      isContext,
      isCut: this.#isCut
    }
  }
}
