/**
 * Searching whole lines. Pure, but for the memory of the kernel.
 *
 * - A line is what a line feed ends, or the end of the bytes. A match never reaches over the end of its line, and whether a line matches depends on it alone.
 * - Most blocks hold no match: they are looked through for a text that every match holds, and no byte is made to text.
 * - A line that is no UTF-8 is searched byte by byte, so that what is text in it is found.
 */
import { isAscii, isUtf8 } from "node:buffer"
import { type Finder, makeFinder } from "./finder.ts"
import type { Gathering } from "./found.ts"
import type { SearchKernel } from "./kernel.ts"
import { TEXT_BYTES_MAX } from "./layout.ts"
import { LINE_FEED, lineEnd, others, runs } from "./lines.ts"
import { type Expressions, type Finding, type LineQuery, type Plan, planOf } from "./query.ts"

/** Lines with the text that are looked at one by one only where they are fewer than one in so many bytes. */
const SPARSE_BYTES = 256

/** Where a block lies in what is searched: its first byte, and the line feeds before it. */
export interface Place {
  readonly offset: number
  readonly feeds: number
}

/** A line is too long for an expression that goes back as often as this one. */
export class LineTooLong extends Error {
  readonly _tag = "LineTooLong"
  override get message(): string {
    return "a line is too long for an expression that goes back and forth: write it without what looks ahead or behind, and without \\1"
  }
}

const linearPlan = (query: LineQuery, finding: Finding): Plan => {
  try {
    return planOf(query, { ...finding, isLinear: true })
  } catch {
    throw new LineTooLong()
  }
}

/** Searches blocks for the lines of a query. */
export class BlockSearch {
  readonly query: LineQuery
  readonly #finding: Finding
  #plan: Plan
  #linear: Plan | undefined
  readonly #finder: Finder
  #isLoaded = false

  /** With a kernel of this thread, if there is one. Throws a `SyntaxError` when the pattern is no regular expression. */
  constructor(query: LineQuery, kernel: SearchKernel | undefined) {
    this.query = query
    this.#finding = { foldsCase: kernel !== undefined, textBytesMax: TEXT_BYTES_MAX }
    this.#plan = planOf(query, this.#finding)
    this.#finder = makeFinder(kernel, query.ignoresCase)
  }

  /** Searches whole lines, or the beginning of one, and gathers what it finds; gives how many line feeds they have, 0 where nobody counts. */
  search(bytes: Uint8Array, place: Place, into: Gathering): number {
    const { isCounting, isInverted, max, wantsLines } = this.query
    const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#isLoaded = false
    if (!wantsLines) {
      if (into.hits < max) into.hits += isInverted ? this.#lineCount(block) - this.#count(block) : this.#count(block)
    } else {
      const matching = this.#matching(block, isInverted ? Number.POSITIVE_INFINITY : max)
      const spans = isInverted ? others(block, matching) : matching
      into.hits += spans.length / 2
      this.#gather(block, spans, place, into)
    }
    return isCounting ? this.#feeds(block, 0, block.length) : 0
  }

  #load(block: Buffer): void {
    if (!this.#isLoaded) this.#finder.load(block)
    this.#isLoaded = true
  }

  #feeds(block: Buffer, start: number, end: number): number {
    this.#load(block)
    return this.#finder.feeds(start, end)
  }

  #lineCount(block: Buffer): number {
    return this.#feeds(block, 0, block.length) + (block.at(-1) === LINE_FEED ? 0 : 1)
  }

  /** How many lines match. */
  #count(block: Buffer): number {
    if (!this.#plan.isExact) return this.#matching(block, Number.POSITIVE_INFINITY).length / 2
    this.#load(block)
    this.#finder.begin(this.#plan.texts[0]!, 0)
    let count = 0
    for (let found = this.#finder.next(); found.length > 0; found = this.#finder.next()) count += found.length / 3
    return count
  }

  /** The lines that match, up to some number: where each begins, where it ends. */
  #matching(block: Buffer, max: number): Array<number> {
    try {
      return this.#matchingBy(block, max)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      // An expression that goes back ran out of places to go back to: of a line of megabytes there may be too many.
      const usual = this.#plan
      this.#linear ??= linearPlan(this.query, this.#finding)
      this.#plan = this.#linear
      this.#isLoaded = false
      try {
        return this.#matchingBy(block, max)
      } finally {
        this.#plan = usual
      }
    }
  }

  #matchingBy(block: Buffer, max: number): Array<number> {
    const { seesAround, texts } = this.#plan
    const spans: Array<number> = []
    let from: number | undefined = 0
    for (const [index, text] of texts.entries()) {
      const isLast = seesAround && index === texts.length - 1
      from = this.#byText(block, { text, from, isLast }, spans, max)
      if (from === undefined) return spans
    }
    this.#byExpression(block.subarray(from), from, spans, max)
    return spans
  }

  /** Adds the lines that hold a text, and match; ends early where so many lines hold it that looking for it does not help, and gives where. */
  #byText(
    block: Buffer,
    { from, isLast, text }: { readonly text: Uint8Array; readonly from: number; readonly isLast: boolean },
    spans: Array<number>,
    max: number
  ): number | undefined {
    const { isExact } = this.#plan
    this.#load(block)
    this.#finder.begin(text, from)
    const isPlain = isAscii(block)
    for (let found = this.#finder.next(); found.length > 0; found = this.#finder.next()) {
      const first = found[0]!
      const isDense = found.length > 64 && (found.at(-1)! - first) * 3 < found.length * SPARSE_BYTES
      if (isDense && !isExact && !isLast) return first
      for (let at = 0; at < found.length; at += 3) {
        const start = found[at]!
        const end = found[at + 2]!
        if (!isExact && !this.#isMatch(block, start, end, isPlain)) continue
        spans.push(start, end)
        if (spans.length >= max * 2) return undefined
      }
    }
    return undefined
  }

  #isMatch(block: Buffer, start: number, end: number, isPlain: boolean): boolean {
    if (isPlain) return this.#plan.inText.one.test(block.toString("latin1", start, end))
    const line = block.subarray(start, end)
    return isUtf8(line)
      ? this.#plan.inText.one.test(line.toString())
      : this.#plan.inBytes.one.test(line.toString("latin1"))
  }

  /** Adds the lines of a block that lies at `base` that match the expression. */
  #byExpression(block: Buffer, base: number, spans: Array<number>, max: number): void {
    const isPlain = isAscii(block)
    if (this.#plan.seesAround) {
      for (let start = 0; start < block.length && spans.length < max * 2;) {
        const end = lineEnd(block, start)
        if (this.#isMatch(block, start, end, isPlain)) spans.push(base + start, base + end)
        start = end + 1
      }
    } else if (isPlain) addMatching(block.toString("latin1"), this.#plan.inText, (at) => base + at, { spans, max })
    else if (isUtf8(block)) {
      const text = block.toString()
      addMatching(text, this.#plan.inText, bytesBefore(text, base), { spans, max })
    } else {
      for (const { end, isText, start } of runs(block)) {
        const lines = block.subarray(start, end)
        if (isText) this.#byExpression(lines, base + start, spans, max)
        else addMatching(lines.toString("latin1"), this.#plan.inBytes, (at) => base + start + at, { spans, max })
      }
    }
  }

  /** Gathers lines with those beside them. Before its first line and behind its last one a block may have such too: those near its ends are gathered as well. */
  #gather(block: Buffer, spans: ReadonlyArray<number>, place: Place, into: Gathering): void {
    const { after, before, isCounting } = this.query
    let counted = 0
    let { feeds } = place
    const add = (start: number, end: number, isHit: boolean): void => {
      if (isCounting) feeds += this.#feeds(block, counted, start)
      counted = start
      into.add(block, start, end, { offset: place.offset + start, feeds, isHit })
    }
    let given = 0
    const beside = (next: number): void => {
      if (before + after === 0) return
      for (let left = after; left > 0 && given < next; left -= 1) {
        const end = lineEnd(block, given)
        add(given, end, false)
        given = end + 1
      }
      const starts: Array<number> = []
      for (let at = next; at > given && starts.length < before;) {
        at = at === 1 ? 0 : block.lastIndexOf(LINE_FEED, at - 2) + 1
        starts.push(at)
      }
      for (const start of starts.toReversed()) add(start, lineEnd(block, start), false)
    }
    for (let at = 0; at < spans.length; at += 2) {
      beside(spans[at]!)
      add(spans[at]!, spans[at + 1]!, true)
      given = spans[at + 1]! + 1
    }
    beside(block.length)
  }
}

/** Where a place in a text lies in its bytes, given one place after the other; they begin at `base`. */
const bytesBefore = (text: string, base: number): ((at: number) => number) => {
  let known = 0
  let bytes = base
  return (at) => {
    bytes += Buffer.byteLength(text.slice(known, at))
    known = at
    return bytes
  }
}

/** Adds the lines of a text that match, as spans of its bytes. */
const addMatching = (
  text: string,
  { all, one }: Expressions,
  place: (at: number) => number,
  { max, spans }: { readonly max: number; readonly spans: Array<number> }
): void => {
  for (let from = 0; from < text.length && spans.length < max * 2;) {
    all.lastIndex = from
    const match = all.exec(text)
    // Behind the last line feed there is no line.
    if (match === null || (match.index === text.length && text.endsWith("\n"))) return
    const start = match.index === 0 ? 0 : text.lastIndexOf("\n", match.index - 1) + 1
    const found = text.indexOf("\n", match.index)
    const end = found < 0 ? text.length : found
    from = end + 1
    // A match that goes beyond its line may hide one that does not.
    const isInside = match.index + match[0].length <= end || one.test(text.slice(start, end))
    if (isInside) spans.push(place(start), place(end))
  }
}
