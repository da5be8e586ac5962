/**
 * The bytes of one open file of the host: exactly up to the size that it had when it was opened (P4).
 */
import { Effect, Schema, Stream } from "effect"
import { Hasher, toHex } from "../../bao/index.ts"
import type { HostFailed, HostFile } from "../host/files.ts"
import { Progress } from "../progress.ts"
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

/** Buffers that a stream reads into in turns: one is looked at, one waits, one is being filled. */
const BUFFERS = 4

/** Buffers of streams that came to their end: new memory for every file costs the system and the garbage collector time. */
const free: Array<Uint8Array> = []

/** Takes buffers back; those of a stream that was given up may still be written to, and are never given back. */
const giveBack = (buffers: ReadonlyArray<Uint8Array>): void => {
  for (const buffer of buffers) if (buffer.length === CHUNK_BYTES && free.length < BUFFERS) free.push(buffer)
}

const bufferOf = (sizeBytes: number): Uint8Array =>
  (sizeBytes === CHUNK_BYTES ? free.pop() : undefined) ?? new Uint8Array(Buffer.allocUnsafeSlow(sizeBytes).buffer)

/** Streams bytes [start, end), read ahead where they are many. A chunk is valid until the next one is asked for. */
export const streamRange = (bytes: Bytes, start: number, end: number): Stream.Stream<Uint8Array, ReadFailure> =>
  Stream.unwrap(
    Effect.map(Progress, (progress) => {
      const isLong = end - start > BUFFERS * CHUNK_BYTES
      const room = Math.min(CHUNK_BYTES, Math.max(0, end - start))
      const buffers = Array.from({ length: isLong ? BUFFERS : 1 }, () => bufferOf(room))
      let turn = 0
      const chunks = Stream.unfold(
        start,
        (at): Effect.Effect<readonly [Uint8Array, number] | undefined, ReadFailure> => {
          if (at >= end) return Effect.undefined
          const chunk = buffers[turn++ % buffers.length]!.subarray(0, Math.min(CHUNK_BYTES, end - at))
          return Effect.map(readRange(bytes, chunk, at), () => {
            progress.done({ bytes: chunk.length })
            return [chunk, at + chunk.length] as const
          })
        }
      )
      progress.expect({ bytes: Math.max(0, end - start) })
      const all = isLong ? Stream.buffer(chunks, { capacity: 1 }) : chunks
      return Stream.onEnd(
        all,
        Effect.sync(() => giveBack(buffers))
      )
    })
  )

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
