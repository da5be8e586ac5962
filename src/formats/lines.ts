/**
 * Lines of bytes that come in chunks, and their numbers. Memory is bounded: what is longer than a limit is not kept.
 */

/** The longest line that is read; longer ones are bad lines. */
export const LINE_BYTES_MAX = 16 * 1024 * 1024

/** A line that is no row, and why. */
export interface BadLine {
  readonly line: number
  readonly reason: string
  /** Its beginning. */
  readonly text: string
}

const LINE_FEED = 10

/** Divides chunks into lines; `each` gets every line without its end, `undefined` for one that is too long. */
export class LineSplitter {
  readonly #each: (line: Uint8Array | undefined) => void
  #rest: Array<Uint8Array> = []
  #restBytes = 0

  constructor(each: (line: Uint8Array | undefined) => void) {
    this.#each = each
  }

  /** Takes the next bytes; they may be used again afterwards. */
  push(chunk: Uint8Array): void {
    let at = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, at)) {
      this.#end(chunk.subarray(at, end))
      at = end + 1
    }
    const part = chunk.subarray(at)
    this.#restBytes += part.length
    if (this.#restBytes > LINE_BYTES_MAX) this.#rest = []
    else if (part.length > 0) this.#rest.push(part.slice())
  }

  /** Ends a last line that has no line feed. */
  finish(): void {
    if (this.#restBytes > 0) this.#end(new Uint8Array(0))
  }

  #end(part: Uint8Array): void {
    const isTooLong = this.#restBytes + part.length > LINE_BYTES_MAX
    const line = this.#rest.length === 0 ? part : Buffer.concat([...this.#rest, part])
    this.#rest = []
    this.#restBytes = 0
    this.#each(isTooLong ? undefined : line)
  }
}
