/**
 * Compressing frames, several at once, by compressors that are used again.
 *
 * What a compressor needs, its tables and its output, is worth MiBs: making it anew for every frame took a quarter of the time that
 * compressing does, and most of what the garbage collector did. Frames are those of `compressFrame`, byte for byte.
 */
import type { TransformOptions } from "node:stream"
import { constants, createZstdCompress, type ZstdCompress, type ZstdOptions } from "node:zlib"
import { compressFrame } from "./frame.ts"
import { FRAME_BYTES } from "./limits.ts"

/** Output is gathered in pieces of this size: where a frame that did not shrink at all still fits, zstd copies nothing. */
const OUTPUT_BYTES = 2 * FRAME_BYTES

/** One compressor: a stream in which every write is a whole frame. */
const makeCompressor = (level: number): ZstdCompress => {
  const options: ZstdOptions & Pick<TransformOptions, "readableHighWaterMark"> = {
    params: { [constants.ZSTD_c_compressionLevel]: level },
    chunkSize: OUTPUT_BYTES,
    flush: constants.ZSTD_e_end,
    // A frame is taken whole when it is done: the stream must never wait for a reader.
    readableHighWaterMark: 2 * OUTPUT_BYTES
  }
  return createZstdCompress(options)
}

/** The compressors of one transaction. */
export class Compressors {
  readonly #level: number
  readonly #idle: Array<ZstdCompress> = []
  readonly #all: Array<ZstdCompress> = []

  /** Begins with none; `level` is that of zstd. */
  constructor(level: number) {
    this.#level = level
  }

  /** Compresses a frame. `bytes` must not change before the promise is settled; it rejects without memory, or when all were closed. */
  compress(bytes: Uint8Array): Promise<Uint8Array> {
    // The last one, and often the only one.
    if (bytes.length < FRAME_BYTES) return compressFrame(bytes, this.#level)
    const compressor = this.#idle.pop() ?? this.#add()
    return new Promise((resolve, reject) => {
      compressor.write(bytes, (error) => {
        if (error) return reject(error)
        const frame = compressor.read() as Uint8Array | null
        if (frame === null) return reject(new Error("compressing gave nothing"))
        this.#idle.push(compressor)
        resolve(frame)
      })
    })
  }

  /** Gives all memory back. Frames under way may never come. */
  close(): void {
    for (const compressor of this.#all.splice(0)) compressor.destroy()
    this.#idle.length = 0
  }

  #add(): ZstdCompress {
    const compressor = makeCompressor(this.#level)
    // Errors arrive at the write that caused them, too.
    compressor.on("error", () => {})
    this.#all.push(compressor)
    return compressor
  }
}
