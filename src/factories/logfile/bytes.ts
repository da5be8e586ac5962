/**
 * The bytes of one open file of the host: exactly up to the size that it had when it was opened (P4).
 */
import { Effect, Schema, Stream } from "effect"
import { Hasher, toHex } from "../../bao/index.ts"
import type { HostFailed, HostFile } from "../host/files.ts"

/** Bytes that are read at once. */
export const CHUNK_BYTES = 1024 * 1024

/** The file held fewer bytes than it had when it was opened, or others than before. */
export class ChangedWhileRead extends Schema.TaggedError<ChangedWhileRead>()("ChangedWhileRead", {
  path: Schema.String
}) {
  override get message(): string {
    return `${JSON.stringify(this.path)} was changed in place while it was read; nothing of it is stored this time`
  }
}

/** What reading a file can fail with. */
export type ReadFailure = HostFailed | ChangedWhileRead

/** An open file and the bytes of it that are looked at. */
export interface Bytes {
  readonly path: string
  readonly file: HostFile
  readonly sizeBytes: number
}

/** Reads bytes [start, end), all of them, into a buffer of that size. */
export const readRange = Effect.fnUntraced(function* ({ file, path }: Bytes, into: Uint8Array, start: number) {
  const count = yield* file.read(into, start)
  if (count < into.length) return yield* new ChangedWhileRead({ path })
})

/** Streams bytes [start, end). A chunk is valid until the next one is asked for. */
export const streamRange = (bytes: Bytes, start: number, end: number): Stream.Stream<Uint8Array, ReadFailure> => {
  let buffer = new Uint8Array(0)
  return Stream.unfold(start, (at) => {
    if (at >= end) return Effect.succeed(undefined)
    const length = Math.min(CHUNK_BYTES, end - at)
    if (buffer.length < length) buffer = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
    const chunk = buffer.subarray(0, length)
    return Effect.as(readRange(bytes, chunk, at), [chunk, at + length] as const)
  })
}

/** Looks at the hash of a beginning; `true` ends the search. */
export type Look = (sizeBytes: number, hash: string) => boolean

/**
 * Hashes a stream from its beginning, and looks at the hash at each of the sizes, ascending; stops where a look says so,
 * or after the last size. Tells how far it came.
 */
export const hashBeginnings = <E>(
  stream: Stream.Stream<Uint8Array, E>,
  sizes: ReadonlyArray<number>,
  look: Look
): Effect.Effect<void, E> => {
  const hasher = new Hasher()
  let next = 0
  const take = (chunk: Uint8Array): boolean => {
    let rest = chunk
    while (next < sizes.length && sizes[next]! <= hasher.sizeBytes + rest.length) {
      const part = sizes[next]! - hasher.sizeBytes
      hasher.update(rest.subarray(0, part))
      rest = rest.subarray(part)
      next += 1
      if (look(hasher.sizeBytes, toHex(hasher.root()))) return false
    }
    if (next === sizes.length) return false
    hasher.update(rest)
    return true
  }
  return Stream.runDrain(Stream.takeWhile(stream, take))
}
