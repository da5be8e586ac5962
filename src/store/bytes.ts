/**
 * Joining and cutting byte arrays.
 */
import { STREAM_CHUNK_BYTES } from "./range.ts"

/** Joins byte arrays into one new one. */
export const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const joined = new Uint8Array(parts.reduce((sizeBytes, part) => sizeBytes + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** Copies bytes chunk by chunk, as a store's stream gives them. */
export function* chunksOf(bytes: Uint8Array): Generator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; at += STREAM_CHUNK_BYTES) yield bytes.slice(at, at + STREAM_CHUNK_BYTES)
}
