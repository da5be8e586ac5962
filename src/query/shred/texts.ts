/**
 * Texts as Parquet holds them: few different ones as a dictionary and places in it, others as lengths and the bytes of all, one behind the other.
 */
import { ByteSink } from "../../delta/byte-sink.ts"
import type { Kernel } from "./wasm/kernel.ts"
import { DICTIONARY, DICTIONARY_MAX, OUTPUT, PLACES, ROWS_MAX } from "./wasm/layout.ts"

/** Bytes that packed lengths take, at most. */
const LENGTHS_BYTES = 9 * ROWS_MAX

/** The parts of a column chunk of texts; what is there is valid until the next one is written. */
export class TextPage {
  readonly #kernel: Kernel
  readonly #bytes: Uint8Array
  /** Where the different texts begin and end. */
  readonly #different: Int32Array
  readonly #places: Uint16Array
  readonly dictionary = new ByteSink()
  data: Uint8Array = new Uint8Array(0)
  /** Texts in the dictionary; 0: there is none. */
  dictionaryCount = 0

  /** The kernel is that whose memory has the texts. */
  constructor(kernel: Kernel) {
    const { buffer } = kernel.memory
    this.#kernel = kernel
    this.#bytes = new Uint8Array(buffer)
    this.#different = new Int32Array(buffer, DICTIONARY, 2 * DICTIONARY_MAX)
    this.#places = new Uint16Array(buffer, PLACES, ROWS_MAX + 8)
  }

  /** Writes the `count` texts whose cells begin at an address; these are lost. */
  write(cellsAt: number, count: number): void {
    this.dictionary.clear()
    this.dictionaryCount = count === 0 ? 0 : this.#kernel.findPlaces(cellsAt, count)
    this.data = this.dictionaryCount === 0 ? this.#all(cellsAt, count) : this.#repeated(count)
  }

  #repeated(count: number): Uint8Array {
    for (let at = 0; at < 2 * this.dictionaryCount; at += 2) {
      const [start, end] = [this.#different[at]!, this.#different[at + 1]!]
      this.dictionary.int32(end - start)
      this.dictionary.raw(this.#bytes.subarray(start, end))
    }
    const width = Math.max(1, 32 - Math.clz32(this.dictionaryCount - 1))
    const data = new ByteSink(16)
    data.byte(width)
    if (this.dictionaryCount === 1) {
      data.varint(2 * count)
      data.byte(0)
      return data.view()
    }
    const groups = Math.ceil(count / 8)
    this.#places.fill(0, count, 8 * groups)
    data.varint(2 * groups + 1)
    this.#bytes.set(data.view(), OUTPUT)
    return this.#bytes.subarray(OUTPUT, this.#kernel.packPlaces(8 * groups, width, OUTPUT + data.length))
  }

  #all(cellsAt: number, count: number): Uint8Array {
    // The lengths come first, and are known last.
    const end = this.#kernel.copyTexts(cellsAt, count, OUTPUT + LENGTHS_BYTES)
    const lengths = this.#bytes.subarray(end, this.#kernel.pack(cellsAt, count, end))
    const start = OUTPUT + LENGTHS_BYTES - lengths.length
    this.#bytes.set(lengths, start)
    return this.#bytes.subarray(start, end)
  }
}
