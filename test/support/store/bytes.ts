/**
 * Bytes for tests of stores.
 */
import { Effect, Stream } from "effect"
import { concat } from "../../../src/store/bytes.ts"

/** Encodes text as UTF-8. */
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Makes `sizeBytes` bytes without a short period, different for each seed. */
export const patterned = (sizeBytes: number, seed = 0): Uint8Array => {
  const bytes = new Uint8Array(sizeBytes)
  for (let at = 0; at < sizeBytes; at++) bytes[at] = at * 31 + (at >> 8) * 7 + seed * 101
  return bytes
}

/** Collects a stream of chunks. */
export const collected = <E>(chunks: Stream.Stream<Uint8Array, E>): Effect.Effect<Uint8Array, E> =>
  Effect.map(Stream.runCollect(chunks), concat)
