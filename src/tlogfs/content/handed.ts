/**
 * Bytes that were handed to a reader for good: nobody else knows them. Who is done with them may say so, and their memory is used again at
 * once; otherwise it is left to the garbage collector, which comes late, and often, for megabytes.
 */
import { isAlone } from "./threads/unpack.ts"

const handed = new WeakSet<ArrayBufferLike>()

/** Hands parts over whose bytes nobody keeps: those that have a buffer to themselves. Gives their bytes. */
export const handOver = (parts: ReadonlyArray<{ readonly bytes: Uint8Array }>): ReadonlyArray<Uint8Array> => {
  const all = parts.map(({ bytes }) => bytes)
  const isShared = new Set(all.map(({ buffer }) => buffer)).size < all.length
  if (!isShared) for (const bytes of all) if (isAlone(bytes)) handed.add(bytes.buffer)
  return all
}

/** Whether bytes were handed over; if so, they and their buffer are the caller's from now on, to be transferred or changed. */
export const takeOver = (bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> => handed.delete(bytes.buffer)

/** Gives the memory of bytes back, if they were handed over: they are empty afterwards. Others stay as they are. */
export const giveBack = (bytes: Uint8Array): void => {
  if (takeOver(bytes)) bytes.buffer.transfer(0)
}
