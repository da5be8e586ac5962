/**
 * Reading a second time what was stored once: a dry run hashes large objects and does not keep them (R8).
 *
 * What the policy gives to another entry than it was stored for is read from where it was stored. Where it was not kept it comes from the host
 * again: by name, since its descriptor was closed. Whoever reads it compares the hash.
 */
import { Effect, Stream } from "effect"
import type { Decode, Undecodable } from "../../formats/decoders.ts"
import { BytesNotKept } from "../../store/errors.ts"
import { PersistenceFailed } from "../../tinyfs/index.ts"
import { HostFiles } from "../host/files.ts"
import { type Bytes, type ReadFailure, streamRange } from "./bytes.ts"
import type { Listed } from "./listing.ts"
import type { Layer } from "./plan.ts"

/** Streams the bytes of a layer of a file from a position on, from the host. */
export type Again = (layer: Layer, start: number) => Stream.Stream<Uint8Array, ReadFailure | Undecodable, HostFiles>

/** How a file that was looked at is read again, as far as it was. */
export const againFrom =
  (listed: Listed, { path, sizeBytes }: Pick<Bytes, "path" | "sizeBytes">, decode: Decode | undefined): Again =>
  (layer, start) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const host = yield* HostFiles
        const file = yield* host.open(listed.directory, listed.bytes, { isFollowing: listed.kind === "symlink" })
        const bytes = { path, file, sizeBytes }
        return layer === "raw" || decode === undefined
          ? streamRange(bytes, start, sizeBytes)
          : skipping(decode(streamRange(bytes, 0, sizeBytes)), start)
      })
    )

/** A stream without its first bytes. */
export const skipping = <E>(stream: Stream.Stream<Uint8Array, E>, bytes: number): Stream.Stream<Uint8Array, E> => {
  let missing = bytes
  return Stream.filter(
    Stream.map(stream, (chunk) => {
      const skipped = Math.min(missing, chunk.length)
      missing -= skipped
      return chunk.subarray(skipped)
    }),
    (chunk) => chunk.length > 0
  )
}

const isNotKept = (error: unknown): error is PersistenceFailed =>
  error instanceof PersistenceFailed && error.cause instanceof BytesNotKept

/** A stream of bytes from a position on, which goes on from elsewhere where they were not kept. */
export const orAgain = <E, E2, R>(
  stored: Stream.Stream<Uint8Array, E>,
  start: number,
  again: (start: number) => Stream.Stream<Uint8Array, E2, R>
): Stream.Stream<Uint8Array, E | E2, R> =>
  Stream.suspend(() => {
    let at = start
    const counted = Stream.map(stored, (chunk) => {
      at += chunk.length
      return chunk
    })
    return Stream.catchIf(counted, isNotKept, () => again(at))
  })
