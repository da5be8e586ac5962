/**
 * One zstd frame: compressing, decompressing within bounds, and finding its end without decompressing it (RFC 8878 section 3.1.1).
 *
 * Compression runs on the thread pool of `node:zlib`: several frames at once keep all cores busy.
 */
import { constants, zstdCompress, zstdDecompress, zstdDecompressSync } from "node:zlib"
import { FRAME_BYTES } from "./limits.ts"

const MAGIC = 0xfd2fb528

/** Output is gathered in pieces of this size: most frames of what is worth compressing need one. */
const COMPRESSED_CHUNK_BYTES = 256 * 1024

/** The largest window that a frame may ask for, as a power of two: 8 MiB of memory, whatever a damaged header says. */
const WINDOW_LOG_MAX = 23

/** Compresses at most 1 MiB into a frame. `bytes` must not change before the promise is settled; it rejects only without memory. */
export const compressFrame = (bytes: Uint8Array, level: number): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const options = {
      params: { [constants.ZSTD_c_compressionLevel]: level },
      chunkSize: COMPRESSED_CHUNK_BYTES,
      // Makes the frame say how much it holds, so that it is found without a seek table too.
      pledgedSrcSize: bytes.length
    }
    zstdCompress(bytes, options, (error, frame) => (error === null ? resolve(frame) : reject(error)))
  })

/** Bounds of memory for a frame of `sizeBytes` of content. */
const boundsOf = (sizeBytes: number) => ({
  params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX },
  maxOutputLength: sizeBytes,
  // One more byte than needed: the end of the frame is then reached in one step.
  chunkSize: Math.max(64, sizeBytes + 1)
})

const ofSize = (bytes: Uint8Array, sizeBytes: number): Uint8Array => {
  if (bytes.length === sizeBytes) return bytes
  throw new RangeError(`the frame holds ${bytes.length} bytes where ${sizeBytes} were expected`)
}

/** Decompresses a frame of exactly `sizeBytes` of content, at most 1 MiB; memory stays bounded. Rejects with what zlib says. */
export const decompressFrame = (frame: Uint8Array, sizeBytes: number): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    zstdDecompress(frame, boundsOf(sizeBytes), (error, bytes) => {
      if (error !== null) return reject(error)
      try {
        resolve(ofSize(bytes, sizeBytes))
      } catch (cause) {
        reject(cause)
      }
    })
  })

/** As `decompressFrame`, in this thread. Throws what zlib says. */
export const decompressFrameAtOnce = (frame: Uint8Array, sizeBytes: number): Uint8Array =>
  ofSize(zstdDecompressSync(frame, boundsOf(sizeBytes)), sizeBytes)

/** A frame found by its own headers: where it ends, and how many bytes of content it says it holds. */
export interface FoundFrame {
  readonly lengthBytes: number
  readonly sizeBytes: number
}

/** Finds the frame of at most 1 MiB of content that begins at `start`; `undefined` when there is none, or its end is not there. */
export const findFrame = (bytes: Uint8Array, start: number): FoundFrame | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (start + 14 > bytes.length || view.getUint32(start, true) !== MAGIC) return undefined
  const descriptor = view.getUint8(start + 4)
  const isSingleSegment = (descriptor & 0x20) !== 0
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
  const sizeAt = start + 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes
  const size = contentSize(view, sizeAt, descriptor >> 6, isSingleSegment)
  if (size === undefined || size.value > FRAME_BYTES) return undefined
  let at = sizeAt + size.lengthBytes
  for (let isLast = false; !isLast;) {
    if (at + 3 > bytes.length) return undefined
    const block = view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
    const isRepeatedByte = ((block >> 1) & 3) === 1
    isLast = (block & 1) === 1
    at += 3 + (isRepeatedByte ? 1 : block >> 3)
  }
  const end = at + ((descriptor & 4) === 0 ? 0 : 4)
  return end > bytes.length ? undefined : { lengthBytes: end - start, sizeBytes: size.value }
}

/** The field that holds the content size, by its flag; frames without one are not found by walking. */
const contentSize = (view: DataView, at: number, flag: number, isSingleSegment: boolean) => {
  if (flag === 1) return { value: view.getUint16(at, true) + 256, lengthBytes: 2 }
  if (flag === 2) return { value: view.getUint32(at, true), lengthBytes: 4 }
  if (flag === 0 && isSingleSegment) return { value: view.getUint8(at), lengthBytes: 1 }
  return undefined
}
