/**
 * The bytes of one open file of the host: exactly up to the size that it had when it was opened (P4).
 */
import { Effect, Schema, Stream } from "effect"
import { Hasher, toHex } from "../../bao/index.ts"
import type { HostFailed, HostFile } from "../host/files.ts"
import type { Shape } from "./plan.ts"

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

/**
 * Hashes a stream from its beginning, and looks at the hash at each of the sizes, ascending, and at its end; stops at
 * `end`, or where a look says so.
 */
export const hashBeginnings = <E>(
  stream: Stream.Stream<Uint8Array, E>,
  sizes: ReadonlyArray<number>,
  end: number,
  look: (shape: Shape) => boolean
): Effect.Effect<void, E> =>
  Effect.suspend(() => {
    const hasher = new Hasher()
    let lookedAt = -1
    const lookNow = (): boolean => {
      lookedAt = hasher.sizeBytes
      return look({ sizeBytes: lookedAt, hash: toHex(hasher.root()) })
    }
    let next = 0
    let isOver = false
    const take = (chunk: Uint8Array): boolean => {
      let rest = chunk
      while (!isOver && next < sizes.length && sizes[next]! <= hasher.sizeBytes + rest.length) {
        const part = sizes[next]! - hasher.sizeBytes
        hasher.update(rest.subarray(0, part))
        rest = rest.subarray(part)
        next += 1
        isOver = lookNow() || hasher.sizeBytes >= end
      }
      if (!isOver) hasher.update(rest)
      return !isOver
    }
    return Effect.map(Stream.runDrain(Stream.takeWhile(stream, take)), () => {
      if (!isOver && lookedAt < hasher.sizeBytes) lookNow()
    })
  })
