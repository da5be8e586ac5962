/**
 * Unpacking: what a part of a blob holds, and what it hashes to at its place in a content. Pure work on bytes, for any thread.
 *
 * Bytes are hashed right after they were decompressed, while the processor still has them at hand: of 1 GiB that saves a third of the time.
 */
import type { Emit } from "../../../bao/frontier.ts"
import { HASH } from "../../../bao/mode.ts"
import { subtreeCv } from "../../../bao/subtree.ts"
import { concatenate } from "../../../bao/outboard.ts"
import { decompressFrame, decompressFrameAtOnce } from "../frame.ts"
import { FRAME_BYTES } from "../limits.ts"

/** Bytes that are hashed together: those of a frame. */
const PART_BYTES = FRAME_BYTES

/** What is wanted of bytes. */
export interface Wanted {
  /** Where they begin in the content: a multiple of 1 MiB. The content has more bytes than these. */
  readonly offset: number
  /** Where a part of the content begins that is a content of its own, in which the chaining value is wanted too. */
  readonly below?: number
  /** How many bytes will be wanted after these, as far as is known: whether threads are worth starting. */
  readonly aheadBytes?: number
  /** Whether the bytes are wanted, and the pairs above their groups. */
  readonly wantsBytes: boolean
  readonly wantsPairs: boolean
}

/** What is to be unpacked. */
export interface Packed extends Wanted {
  /** Whole frames, or bytes as they are. */
  readonly bytes: Uint8Array
  /** Where each frame ends in `bytes`; left out when they are no frames. */
  readonly frameEnds?: ReadonlyArray<number>
  /** Bytes of content in them: at least 1, and parts of 1 MiB but for the last, which is less only at the end of the content. */
  readonly sizeBytes: number
}

/** What was asked for of one part of 1 MiB; the rest is empty. */
export interface Unpacked {
  /** The chaining value of the subtree that the part is. */
  readonly cv: Uint8Array
  readonly cvBelow: Uint8Array
  readonly pairs: Uint8Array
  readonly bytes: Uint8Array
}

const NOTHING = new Uint8Array(0)

/** More than Node's common buffers hold. */
const COMMON_BYTES_MAX = 64 * 1024

const unpacked = ({ below = 0, wantsBytes, wantsPairs }: Packed, bytes: Uint8Array, offset: number): Unpacked => {
  const pairs: Array<Uint8Array> = []
  const keep: Emit = (some) => void pairs.push(some.slice())
  const cv = subtreeCv(bytes, offset, HASH, wantsPairs ? keep : undefined)
  const cvBelow = below === 0 ? cv : subtreeCv(bytes, offset - below)
  return { cv, cvBelow, pairs: concatenate(pairs), bytes: wantsBytes ? bytes : NOTHING }
}

/** A part of what is packed: its bytes there, how many it has of content, and where in the content they begin. */
interface Part {
  readonly bytes: Uint8Array
  readonly sizeBytes: number
  readonly offset: number
}

const partsOf = ({ bytes, frameEnds, offset, sizeBytes }: Packed): ReadonlyArray<Part> =>
  Array.from({ length: Math.ceil(sizeBytes / PART_BYTES) }, (_, index): Part => {
    const start = index * PART_BYTES
    const end = Math.min(sizeBytes, start + PART_BYTES)
    const span =
      frameEnds === undefined ? { start, end } : { start: frameEnds[index - 1] ?? 0, end: frameEnds[index] ?? 0 }
    return { bytes: bytes.subarray(span.start, span.end), sizeBytes: end - start, offset: offset + start }
  })

/**
 * Unpacks here and now, for a thread that has nothing else to do and owns the bytes. With `look` the parts are looked at, one after the other, before
 * their memory is given back. Throws what zlib says, and `RangeError`.
 */
export const unpackAtOnce = (packed: Packed, look?: (part: Uint8Array) => void): ReadonlyArray<Unpacked> => {
  const isCompressed = packed.frameEnds !== undefined
  const results = partsOf(packed).map((part) => {
    const bytes = isCompressed ? decompressFrameAtOnce(part.bytes, part.sizeBytes) : part.bytes
    const result = unpacked(packed, bytes, part.offset)
    look?.(bytes)
    // Given back at once, the memory is still warm for the next frame.
    if (isCompressed && !packed.wantsBytes) release(bytes)
    return result
  })
  if (isCompressed || !packed.wantsBytes) release(packed.bytes)
  return results
}

const release = (bytes: Uint8Array): void => {
  if (isAlone(bytes)) (bytes.buffer as ArrayBuffer).transfer(0)
}

/** Whether a buffer may be one of Node's common ones, which nobody may give back. */
export const isCommon = ({ byteLength }: ArrayBufferLike): boolean => byteLength <= COMMON_BYTES_MAX

/** Whether bytes have a buffer of their own, which may be given away: Node cuts small ones out of a common one. */
export const isAlone = ({ buffer, length }: Uint8Array): boolean =>
  length > buffer.byteLength / 2 && length > COMMON_BYTES_MAX

/** The same bytes in a buffer of their own. */
export const alone = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  isAlone(bytes) ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes)

/** Unpacks with the thread pool of `node:zlib` and this thread. Rejects as `unpackAtOnce` throws. */
export const unpackHere = (packed: Packed): Promise<ReadonlyArray<Unpacked>> =>
  Promise.all(
    partsOf(packed).map(async ({ bytes, offset, sizeBytes }) =>
      unpacked(packed, packed.frameEnds === undefined ? bytes : await decompressFrame(bytes, sizeBytes), offset)
    )
  )
