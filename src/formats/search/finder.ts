/**
 * Finds the lines of a block that hold a text, and counts its lines: with the kernel, or with the runtime's own search where there is none.
 */
import { ensureRoom, type SearchKernel } from "./kernel.ts"
import { DATA, LINES, LINES_MAX, MASKS, NEXT, TEXT } from "./layout.ts"

const LINE_FEED = 10

/** Bytes of a block by which it is judged which bytes are seldom. */
const SAMPLE_BYTES = 4096

const isLetter = (byte: number): boolean => byte >= 0x61 && byte <= 0x7a

/** Finds lines in a block at a time. */
export interface Finder {
  /** Takes the next block: whole lines, or the beginning of one. */
  load(block: Uint8Array): void
  /** Begins to look for a text, from the beginning of a line on. */
  begin(text: Uint8Array, from: number): void
  /** The next lines, up to some number: where each begins, where the text is, where the line ends; none at the end. */
  next(): Int32Array
  /** How many line feeds there are between two places of the block. */
  feeds(start: number, end: number): number
}

/** Two places of a text whose bytes are seldom in a sample. */
const seldom = (text: Uint8Array, masks: Uint8Array, sample: Uint8Array): readonly [number, number] => {
  const counts = new Int32Array(256)
  for (const byte of sample) counts[byte]! += 1
  const often = (place: number): number => {
    const byte = text[place]!
    return counts[byte]! + (masks[place] === 0 ? 0 : counts[byte - 0x20]!)
  }
  const order = [...text.keys()].toSorted((left, right) => often(left) - often(right))
  return [order[0]!, order[1] ?? order[0]!]
}

class KernelFinder implements Finder {
  readonly #kernel: SearchKernel
  readonly #ignoresCase: boolean
  #sample: Uint8Array = new Uint8Array(0)
  #text: Uint8Array = new Uint8Array(0)
  #masks: Uint8Array = new Uint8Array(0)
  #probes: readonly [number, number] = [0, 0]
  #next = DATA
  #end = DATA

  constructor(kernel: SearchKernel, ignoresCase: boolean) {
    this.#kernel = kernel
    this.#ignoresCase = ignoresCase
  }

  load(block: Uint8Array): void {
    ensureRoom(this.#kernel, block.length)
    new Uint8Array(this.#kernel.memory.buffer).set(block, DATA)
    this.#sample = block.subarray(0, SAMPLE_BYTES)
    this.#end = DATA + block.length
    this.#next = this.#end
  }

  begin(text: Uint8Array, from: number): void {
    this.#text = text
    this.#masks = text.map((byte) => (this.#ignoresCase && isLetter(byte) ? 0x20 : 0))
    this.#probes = seldom(text, this.#masks, this.#sample)
    const memory = new Uint8Array(this.#kernel.memory.buffer)
    memory.set(text, TEXT)
    memory.set(this.#masks, MASKS)
    this.#next = DATA + from
  }

  next(): Int32Array {
    const text = this.#text
    const masks = this.#masks
    const [first, second] = this.#probes
    const { buffer } = this.#kernel.memory
    if (this.#next >= this.#end) return new Int32Array(0)
    const count = this.#kernel.find(
      this.#next,
      this.#end,
      text.length,
      text[first]!,
      masks[first]!,
      first,
      text[second]!,
      masks[second]!,
      second
    )
    this.#next = count < LINES_MAX ? this.#end : new Int32Array(buffer, NEXT, 1)[0]!
    const found = new Int32Array(buffer, LINES, count * 3)
    for (let at = 0; at < found.length; at += 1) found[at]! -= DATA
    return found
  }

  feeds(start: number, end: number): number {
    return this.#kernel.countFeeds(DATA + start, DATA + end)
  }
}

/** The runtime's own search. */
class PlainFinder implements Finder {
  #text: Uint8Array = new Uint8Array(0)
  #block: Buffer = Buffer.alloc(0)
  #next = 0

  load(block: Uint8Array): void {
    this.#block = Buffer.from(block.buffer, block.byteOffset, block.length)
    this.#next = block.length
  }

  begin(text: Uint8Array, from: number): void {
    this.#text = text
    this.#next = from
  }

  next(): Int32Array {
    const found: Array<number> = []
    while (found.length < LINES_MAX * 3 && this.#next < this.#block.length) {
      const place = this.#block.indexOf(this.#text, this.#next)
      if (place < 0) break
      const feed = this.#block.indexOf(LINE_FEED, place)
      const end = feed < 0 ? this.#block.length : feed
      found.push(place === 0 ? 0 : this.#block.lastIndexOf(LINE_FEED, place - 1) + 1, place, end)
      this.#next = end + 1
    }
    if (found.length < LINES_MAX * 3) this.#next = this.#block.length
    return Int32Array.from(found)
  }

  feeds(start: number, end: number): number {
    let count = 0
    for (let at = this.#block.indexOf(LINE_FEED, start); at >= 0 && at < end; count += 1) {
      at = this.#block.indexOf(LINE_FEED, at + 1)
    }
    return count
  }
}

/** Makes a finder. With a kernel, texts of small letters are found in large ones where case is ignored; without, letters are not found for each other. */
export const makeFinder = (kernel: SearchKernel | undefined, ignoresCase: boolean): Finder =>
  kernel === undefined ? new PlainFinder() : new KernelFinder(kernel, ignoresCase)
