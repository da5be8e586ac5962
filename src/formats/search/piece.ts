/**
 * Pieces of what is searched, each by itself, so that threads share the work: whole lines in them are searched, what is left of lines at their two ends is
 * given out, and put together by who has the pieces in their order. Pure.
 */
import { BlockSearch } from "./block.ts"
import { type Found, Gathering } from "./found.ts"
import { TEXT_BYTES_MAX } from "./layout.ts"
import { type LineQuery, planOf } from "./query.ts"

const LINE_FEED = 10

/** What was found in a piece. Offsets of lines count from its beginning, line feeds too. */
export interface Piece {
  readonly sizeBytes: number
  /** Line feeds in it; of no meaning where nobody counts. */
  readonly feeds: number
  /** Whether there is a line feed in it. */
  readonly isEnding: boolean
  /** The end of a line, with its line feed; everything where there is none. */
  readonly head: Uint8Array
  /** The beginning of a line that goes on behind the piece. */
  readonly tail: Uint8Array
  readonly found: Found
}

/** The same bytes in a buffer of their own: Node cuts small ones out of a common one, which cannot be handed to another thread. */
const owned = (bytes: Uint8Array): Uint8Array =>
  bytes.length === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes)

/** Searches a piece that comes in parts. */
export class PieceSearch {
  readonly #search: BlockSearch
  readonly #gathering = new Gathering()
  #head: Uint8Array | undefined
  #rest: Array<Uint8Array> = []
  #restBytes = 0
  #sizeBytes = 0
  #feeds = 0

  constructor(search: BlockSearch) {
    this.#search = search
  }

  /** Takes the next part, which may be used again afterwards. */
  push(part: Uint8Array): void {
    const first = part.indexOf(LINE_FEED)
    if (first < 0) this.#keep(part)
    else {
      const start = this.#sizeBytes - this.#restBytes
      const line = Buffer.concat([...this.#rest, part.subarray(0, first + 1)])
      this.#rest = []
      this.#restBytes = 0
      if (this.#head === undefined) {
        this.#head = line
        this.#feeds = 1
      } else this.#lines(line, start)
      const last = part.lastIndexOf(LINE_FEED)
      if (last > first) this.#lines(part.subarray(first + 1, last + 1), this.#sizeBytes + first + 1)
      this.#keep(part.subarray(last + 1))
    }
    this.#sizeBytes += part.length
  }

  /** Gives what was found. */
  finish(): Piece {
    const rest = owned(Buffer.concat(this.#rest))
    const [head, tail] = this.#head === undefined ? [rest, new Uint8Array(0)] : [owned(this.#head), rest]
    return {
      sizeBytes: this.#sizeBytes,
      feeds: this.#feeds,
      isEnding: this.#head !== undefined,
      head,
      tail,
      found: this.#gathering.found
    }
  }

  #lines(block: Uint8Array, offset: number): void {
    this.#feeds += this.#search.search(block, { offset, feeds: this.#feeds }, this.#gathering)
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return
    this.#rest.push(Uint8Array.from(part))
    this.#restBytes += part.length
  }
}

/** Searches one line, or the beginning of one. */
export const searchLine = (search: BlockSearch, line: Uint8Array): Found => {
  const gathering = new Gathering()
  search.search(line, { offset: 0, feeds: 0 }, gathering)
  return gathering.found
}

const NOTHING: Found = { hits: 0, lines: new Int32Array(0), text: new Uint8Array(0) }

/** Searches single lines where that takes no time, whatever they hold: an expression may take forever, a text does not. */
export class SplitLines {
  readonly #search: BlockSearch
  readonly #isText: boolean
  /** Without all of them a line is none that is wanted. */
  readonly #texts: ReadonlyArray<Uint8Array>

  constructor(query: LineQuery) {
    const { after, before, ignoresCase, isInverted } = query
    const { isPlain, texts } = planOf(query, { foldsCase: false, textBytesMax: TEXT_BYTES_MAX })
    this.#search = new BlockSearch(query, undefined)
    this.#isText = isPlain
    this.#texts = isInverted || ignoresCase || before + after > 0 ? [] : texts
  }

  /** What is found in a line, or the beginning of one; undefined where it is for others to find out. */
  search(line: Uint8Array): Found | undefined {
    const bytes = Buffer.from(line.buffer, line.byteOffset, line.length)
    if (!this.#texts.every((text) => bytes.indexOf(text) >= 0)) return NOTHING
    return this.#isText ? searchLine(this.#search, line) : undefined
  }
}
