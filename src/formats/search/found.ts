/**
 * Lines that were found, packed: thousands of small objects would take longer to make, and to hand from thread to thread, than to find them.
 */

/** Lines of some bytes, in their order: those that match, and those that may be wanted beside such. */
export interface Found {
  /** How many lines match. */
  readonly hits: number
  /** Of each line four numbers: where it begins, its bytes, how many line feeds lie before it (0 where nobody counts), and 1 if it matches. */
  readonly lines: Int32Array
  /** The bytes of the lines, a line feed behind each. */
  readonly text: Uint8Array
}

/** Numbers that tell of a line. */
export const LINE_NUMBERS = 4

const LINE_FEED = 10

/** Gathers lines, one behind the other, and packs them. */
export class Gathering {
  hits = 0
  #lines = new Int32Array(64)
  #used = 0
  #text = Buffer.allocUnsafe(1024)
  #textBytes = 0

  /** Adds a line of a block: from `start` to `end` there. */
  add(block: Buffer, start: number, end: number, line: { offset: number; feeds: number; isHit: boolean }): void {
    const length = end - start
    if (this.#used + LINE_NUMBERS > this.#lines.length) {
      const more = new Int32Array(this.#lines.length * 2)
      more.set(this.#lines)
      this.#lines = more
    }
    this.#lines[this.#used] = line.offset
    this.#lines[this.#used + 1] = length
    this.#lines[this.#used + 2] = line.feeds
    this.#lines[this.#used + 3] = line.isHit ? 1 : 0
    this.#used += LINE_NUMBERS
    if (this.#textBytes + length >= this.#text.length) {
      const more = Buffer.allocUnsafe(Math.max(this.#text.length * 2, this.#textBytes + length + 1))
      this.#text.copy(more, 0, 0, this.#textBytes)
      this.#text = more
    }
    block.copy(this.#text, this.#textBytes, start, end)
    this.#text[this.#textBytes + length] = LINE_FEED
    this.#textBytes += length + 1
  }

  /** What was gathered, in arrays of its own. */
  get found(): Found {
    return {
      hits: this.hits,
      lines: this.#lines.slice(0, this.#used),
      text: Uint8Array.from(this.#text.subarray(0, this.#textBytes))
    }
  }
}
