/**
 * Pieces of bytes that are put aside while something is sorted by what is known of them, and looked up one by one.
 */
import { Scratch } from "./scratch.ts"

/** Bytes that are gathered before they are written. */
const BUFFER_BYTES = 1024 * 1024

/** Bytes that are read at once for one who reads one piece after the other. */
const AHEAD_BYTES = 64 * 1024

/** How many such readers are remembered. */
const READERS = 8

/** Where somebody read last, and the bytes that were read ahead for it, at `start`. */
interface Reader {
  end: number
  start: number
  ahead: Uint8Array
}

const NOTHING = new Uint8Array(0)

/** Pieces of bytes, by the places that they were given. Takes little memory, however many there are. */
export class Stash {
  readonly #scratch = new Scratch()
  #buffer: Uint8Array = NOTHING
  #filled = 0
  readonly #readers: Array<Reader> = []

  /** Puts a piece aside; gives its place. Throws `SortingFailed`. */
  add(bytes: Uint8Array): number {
    const place = this.#scratch.sizeBytes + this.#filled
    if (this.#filled > 0 && this.#filled + bytes.length > BUFFER_BYTES) {
      this.#scratch.append(this.#buffer.subarray(0, this.#filled))
      this.#filled = 0
    }
    this.#makeRoom(this.#filled + bytes.length)
    this.#buffer.set(bytes, this.#filled)
    this.#filled += bytes.length
    return place
  }

  /** A piece, by its place and size. Throws `SortingFailed`. */
  get(place: number, sizeBytes: number): Uint8Array {
    const written = this.#scratch.sizeBytes
    if (place >= written) return this.#buffer.slice(place - written, place - written + sizeBytes)
    const reader = this.#readers.find(({ end }) => end === place)
    if (reader === undefined) {
      if (this.#readers.length === READERS) this.#readers.shift()
      this.#readers.push({ end: place + sizeBytes, start: 0, ahead: NOTHING })
      return this.#scratch.read(place, place + sizeBytes)
    }
    reader.end = place + sizeBytes
    if (place < reader.start || reader.end > reader.start + reader.ahead.length) {
      reader.start = place
      reader.ahead = this.#scratch.read(place, Math.min(written, place + Math.max(sizeBytes, AHEAD_BYTES)))
    }
    return reader.ahead.slice(place - reader.start, reader.end - reader.start)
  }

  /** Gives back what it takes on disk. */
  close(): void {
    this.#scratch.close()
  }

  #makeRoom(sizeBytes: number): void {
    if (sizeBytes <= this.#buffer.length) return
    const larger = new Uint8Array(Math.max(sizeBytes, Math.min(BUFFER_BYTES, 2 * this.#buffer.length)))
    larger.set(this.#buffer.subarray(0, this.#filled))
    this.#buffer = larger
  }
}
