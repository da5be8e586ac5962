/**
 * The bytes of a compressed file, decompressed where its name and its beginning say how.
 */
import { Effect, Stream } from "effect"
import { decoders } from "../formats/decoders.ts"
import { HEAD_BYTES } from "../formats/detect.ts"
import { compressionOf } from "../formats/reference.ts"
import type { Unreadable } from "./errors.ts"

const decoderOf = decoders()

/** Decompresses a file by its name; `.gz` and `.zst` are known, what else is compressed cannot be read. */
export const decompressed = (
  name: string,
  bytes: Stream.Stream<Uint8Array, Unreadable>,
  failed: (cause: Error) => Unreadable
): Stream.Stream<Uint8Array, Unreadable> => {
  const compression = compressionOf(name)
  if (compression === undefined) return bytes
  const decode = decoderOf(name)
  if (decode === undefined) return Stream.fail(failed(new Error(`${compression} cannot be decompressed here`)))
  return Stream.mapError(decode(bytes), (error) => (error._tag === "Undecodable" ? failed(error) : error))
}

/** The first bytes of a stream. */
export const headOf = (bytes: Stream.Stream<Uint8Array, Unreadable>) =>
  Effect.map(Stream.runHead(bytes), (chunk) =>
    chunk._tag === "Some" ? chunk.value.subarray(0, HEAD_BYTES) : new Uint8Array()
  )
