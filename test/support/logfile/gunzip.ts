/**
 * Decompressing at once: as good as streams for the small files of the cases.
 */
import { Effect, Stream } from "effect"
import { gunzipSync } from "node:zlib"
import { type Decode, Undecodable } from "../../../src/factories/logfile/reading.ts"

/** Decompresses a stream of gzip. */
export const gunzip: Decode = (stream) =>
  Stream.unwrap(
    Effect.map(Stream.mkUint8Array(stream), (bytes) => {
      try {
        return Stream.succeed(new Uint8Array(gunzipSync(bytes)))
      } catch (cause) {
        return Stream.fail(new Undecodable({ isIncomplete: true, why: String(cause) }))
      }
    })
  )
