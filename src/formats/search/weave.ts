/**
 * Putting together what was found in pieces, in their order: lines that lie in several of them, numbers of lines, lines beside those that match, and the
 * end of the search where as many were found as are wanted. Pure.
 *
 * Memory is bounded: of a longer line than `LINE_BYTES_MAX` the beginning alone is searched, and given out cut.
 */
import { type Found, LINE_NUMBERS } from "./found.ts"
import type { Piece } from "./piece.ts"
import type { LineQuery } from "./query.ts"

/** Bytes of a line that are searched. */
export const LINE_BYTES_MAX = 16 * 1024 * 1024

/** Where something begins: its first byte, and the number of its line, counted from 1. */
export interface Beginning {
  readonly offset: number
  readonly line: number
}

/** A line that lies in several pieces: it is still to be searched. */
export interface SplitLine extends Beginning {
  /** With its line feed, where it has one. */
  readonly bytes: Uint8Array
  /** Whether it is longer than what is given of it. */
  readonly isCut: boolean
}

/** What was found in a piece, with the beginning that its lines count from. */
export interface Placed extends Beginning {
  readonly found: Found
}

/** Puts lines together that lie in several pieces. */
export class Joiner {
  #rest: Array<Uint8Array> = []
  #restBytes = 0
  /** Whether the rest of a line is passed over. */
  #isPassing = false
  #offset = 0
  #line = 1

  /** Takes the next piece; gives what lies in it, in order. */
  take(piece: Piece): ReadonlyArray<SplitLine | Placed> {
    const { feeds, found, head, isEnding, sizeBytes, tail } = piece
    const given: Array<SplitLine | Placed> = []
    this.#keep(head)
    if (isEnding) {
      if (!this.#isPassing) given.push(this.#split(false))
      this.#isPassing = false
      given.push({ found, offset: this.#offset, line: this.#line })
      this.#line += feeds
    } else if (this.#restBytes > LINE_BYTES_MAX) {
      given.push(this.#split(true))
      this.#isPassing = true
    }
    this.#offset += sizeBytes
    if (isEnding) {
      this.#keep(tail)
      this.#start = this.#offset - tail.length
    }
    return given
  }

  /** Gives the last line, if no line feed ended it. */
  finish(): ReadonlyArray<SplitLine> {
    return this.#restBytes === 0 || this.#isPassing ? [] : [this.#split(false)]
  }

  /** Where the rest begins. */
  #start = 0

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#isPassing) return
    this.#rest.push(bytes)
    this.#restBytes += bytes.length
  }

  #split(isCut: boolean): SplitLine {
    const whole = this.#rest.length === 1 ? this.#rest[0]! : Buffer.concat(this.#rest)
    this.#rest = []
    this.#restBytes = 0
    const isLong = isCut || whole.length > LINE_BYTES_MAX + 1
    const bytes = isLong ? whole.subarray(0, LINE_BYTES_MAX) : whole
    return { bytes, isCut: isLong, offset: this.#start, line: this.#line }
  }
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

/** Chooses, of lines that were found one piece after the other, those that are wanted. */
export class Weaver {
  readonly #query: LineQuery
  #hits = 0
  #afterLeft = 0
  /** Lines that may be wanted before the next one that matches. */
  #recent: Array<FoundLine> = []

  constructor(query: LineQuery) {
    this.#query = query
  }

  /** How many lines matched. */
  get hits(): number {
    return this.#hits
  }

  /** Whether as many lines were found as are wanted, with what lies beside them. */
  get isDone(): boolean {
    return this.#hits >= this.#query.max && this.#afterLeft === 0
  }

  /** Takes what was found next; gives the lines that are wanted. */
  take({ found, line, offset }: Placed, isCut = false): ReadonlyArray<FoundLine> {
    const { isCounting, max, wantsLines } = this.#query
    if (!wantsLines) {
      this.#hits = Math.min(max, this.#hits + found.hits)
      return []
    }
    const { lines, text } = found
    const given: Array<FoundLine> = []
    let start = 0
    for (let at = 0; at < lines.length && !this.isDone; at += LINE_NUMBERS) {
      const end = start + lines[at + 1]!
      const bytes = text.subarray(start, end)
      start = end + 1
      const number = isCounting ? line + lines[at + 2]! : 0
      const isHit = lines[at + 3] === 1 && this.#hits < max
      this.#weave({ line: number, offset: offset + lines[at]!, bytes, isContext: !isHit, isCut }, given)
    }
    return given
  }

  #weave(line: FoundLine, given: Array<FoundLine>): void {
    const { after, before } = this.#query
    if (!line.isContext) {
      for (const earlier of this.#recent) given.push(earlier)
      this.#recent = []
      this.#hits += 1
      this.#afterLeft = after
      given.push(line)
    } else if (this.#afterLeft > 0) {
      this.#afterLeft -= 1
      given.push(line)
    } else if (before > 0) {
      if (this.#recent.length === before) this.#recent.shift()
      this.#recent.push(line)
    }
  }
}
