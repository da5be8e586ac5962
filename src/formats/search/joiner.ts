/**
 * Putting lines together that lie in several pieces, in the order of pieces, and finding where each piece begins. Pure.
 *
 * Memory is bounded: of a longer line than `LINE_BYTES_MAX` the beginning alone is searched, and given out cut.
 */
import type { Found } from "./found.ts"
import type { Piece } from "./piece.ts"

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
