/**
 * The seek table of a blob in the zstd seekable format: which compressed bytes hold which part of the content.
 *
 * A blob is independent zstd frames of 1 MiB of content each, the last one shorter, and then this table in a skippable frame, which
 * every zstd passes over. Layout, little-endian: magic 0x184D2A5E, bytes that follow (4); for each frame its compressed and its
 * content bytes (4 + 4); number of frames (4), descriptor 0: entries without checksums (1), magic 0x8F92EAB1.
 */
import { EXTENT_BYTES_MAX, FRAME_BYTES } from "./limits.ts"

const SKIPPABLE_MAGIC = 0x184d2a5e
const SEEKABLE_MAGIC = 0x8f92eab1
const HEADER_BYTES = 8
const ENTRY_BYTES = 8
const FOOTER_BYTES = 9

/** Frames that a blob can have at most. */
const FRAMES_MAX = EXTENT_BYTES_MAX / FRAME_BYTES

/** The most bytes that zstd makes of one frame: what cannot be compressed grows by a few bytes for every 128 KiB. */
export const COMPRESSED_FRAME_BYTES_MAX = FRAME_BYTES + 16 * 1024

/** The most bytes of a seek table: enough of a blob's end to hold it. */
export const SEEK_TABLE_BYTES_MAX = HEADER_BYTES + FRAMES_MAX * ENTRY_BYTES + FOOTER_BYTES

/** Bytes [start, end). */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Where the frames of a blob are. Made from what was written, read from a blob's end, or found by walking its frames. */
export class SeekTable {
  /** Bytes of content in all frames. */
  readonly sizeBytes: number
  /** Where each frame begins in the file, and where the last one ends. */
  readonly #bounds: Uint32Array

  /** `compressedBytes` has the length of each frame, in order. */
  constructor(compressedBytes: ReadonlyArray<number>, sizeBytes: number) {
    this.sizeBytes = sizeBytes
    this.#bounds = new Uint32Array(compressedBytes.length + 1)
    compressedBytes.forEach((length, frame) => (this.#bounds[frame + 1] = this.#bounds[frame]! + length))
  }

  /** How many frames there are. */
  get frames(): number {
    return this.#bounds.length - 1
  }

  /** The bytes of the file that are frames: those before the table. */
  get compressedBytes(): number {
    return this.#bounds[this.frames]!
  }

  /** The bytes of content in a frame. */
  contentOf(frame: number): Span {
    return { start: frame * FRAME_BYTES, end: Math.min(this.sizeBytes, (frame + 1) * FRAME_BYTES) }
  }

  /** The bytes of the file that are a frame. */
  compressedOf(frame: number): Span {
    return { start: this.#bounds[frame]!, end: this.#bounds[frame + 1]! }
  }

  /** The bytes of the file that are each of the frames which have exactly these bytes of content together, if there are such frames. */
  framesOf({ end, start }: Span): ReadonlyArray<Span> | undefined {
    const first = start / FRAME_BYTES
    const last = Math.ceil(end / FRAME_BYTES) - 1
    if (!Number.isInteger(first) || last < first || last >= this.frames) return undefined
    if (this.contentOf(last).end !== end) return undefined
    return Array.from({ length: last - first + 1 }, (_, index) => this.compressedOf(first + index))
  }

  /** Encodes the table, as the last bytes of its file. */
  encode(): Uint8Array {
    const bytes = new Uint8Array(HEADER_BYTES + this.frames * ENTRY_BYTES + FOOTER_BYTES)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, SKIPPABLE_MAGIC, true)
    view.setUint32(4, bytes.length - HEADER_BYTES, true)
    for (let frame = 0, at = HEADER_BYTES; frame < this.frames; frame++, at += ENTRY_BYTES) {
      const compressed = this.compressedOf(frame)
      const content = this.contentOf(frame)
      view.setUint32(at, compressed.end - compressed.start, true)
      view.setUint32(at + 4, content.end - content.start, true)
    }
    const footer = bytes.length - FOOTER_BYTES
    view.setUint32(footer, this.frames, true)
    view.setUint32(footer + 5, SEEKABLE_MAGIC, true)
    return bytes
  }
}

/**
 * Reads the seek table at the end of a file of `fileBytes`, whose last bytes are `tail`: all of them, or at least
 * `SEEK_TABLE_BYTES_MAX`. Returns why not when the bytes are not a table that describes exactly this file.
 */
export const parseSeekTable = (tail: Uint8Array, fileBytes: number): SeekTable | string => {
  if (tail.length < HEADER_BYTES + FOOTER_BYTES) return "it is too short to have a seek table"
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  const footer = tail.length - FOOTER_BYTES
  if (view.getUint32(footer + 5, true) !== SEEKABLE_MAGIC) return "it does not end with a seek table"
  if (view.getUint8(footer + 4) !== 0) return "its seek table is of a kind that blobs do not have"
  const frames = view.getUint32(footer, true)
  const start = footer - frames * ENTRY_BYTES - HEADER_BYTES
  if (frames > FRAMES_MAX || start < 0) return `its seek table claims ${frames} frames`
  if (view.getUint32(start, true) !== SKIPPABLE_MAGIC || view.getUint32(start + 4, true) !== tail.length - start - 8) {
    return "its seek table does not begin where it should"
  }
  const lengths: Array<number> = []
  let compressedBytes = 0
  let sizeBytes = 0
  for (let frame = 0, at = start + HEADER_BYTES; frame < frames; frame++, at += ENTRY_BYTES) {
    const compressed = view.getUint32(at, true)
    const content = view.getUint32(at + 4, true)
    const isFull = frame < frames - 1 ? content === FRAME_BYTES : content > 0 && content <= FRAME_BYTES
    if (!isFull || compressed === 0 || compressed > COMPRESSED_FRAME_BYTES_MAX) {
      return `its seek table has an impossible entry for frame ${frame}: ${compressed} bytes for ${content}`
    }
    lengths.push(compressed)
    compressedBytes += compressed
    sizeBytes += content
  }
  if (compressedBytes + tail.length - start !== fileBytes) {
    return `its seek table describes ${compressedBytes} bytes of frames where there are ${fileBytes - tail.length + start}`
  }
  return new SeekTable(lengths, sizeBytes)
}
