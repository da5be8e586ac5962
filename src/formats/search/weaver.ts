/**
 * Choosing lines of those that were found in pieces, in their order: lines beside those that match, and the end of the search where as many were found as
 * are wanted. Pure.
 */
import { LINE_NUMBERS } from "./found.ts"
import type { Placed } from "./joiner.ts"
import type { LineQuery } from "./query.ts"

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
