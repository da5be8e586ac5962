/**
 * The inputs of `pond b3sum`: files of any size and kind, and standard input, each read in bounded memory.
 *
 * Small regular files are read by synchronous calls, several times faster than asynchronous ones. What may block for
 * ever (pipes, terminals) is never read by a blocking call, not even in another thread: such a call cannot be
 * interrupted, and a process cannot end while one is under way.
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import { Effect, Schema, Semaphore, Stdio, Stream } from "effect"
import * as fs from "node:fs"
import { Socket } from "node:net"
import type { Readable } from "node:stream"
import { isatty, ReadStream } from "node:tty"
import { GROUP_BYTES } from "../../bao/constants.ts"
import { Hasher } from "../../bao/hasher.ts"
import type { Mode } from "../../bao/mode.ts"
import { Output } from "../../bao/output.ts"
import type { Pool } from "../../bao/pool.ts"
import { topPair } from "../../bao/subtree.ts"
import { nameToBytes } from "../fileName.ts"
import { standardInput } from "../standardInput.ts"
import { describeSystemError } from "./systemError.ts"

/** Regular files of at most this size are read and hashed without giving way to anything else: about half a millisecond. */
const SMALL_BYTES = 1024 * 1024

/** Bytes read at a time from what is not small. */
const READ_BYTES = 1024 * 1024

/** Opens without waiting for a writer, and reads without waiting for bytes: also what only looks like a regular file. */
const WITHOUT_WAITING = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK

/** An input could not be read to its end. */
export class InputFailed extends Schema.TaggedError<InputFailed>()("InputFailed", { problem: Schema.String }) {
  override get message(): string {
    return this.problem
  }
}

const failed = (error: unknown): InputFailed => new InputFailed({ problem: describeSystemError(error) })

const attempt = <A>(evaluate: () => A): Effect.Effect<A, InputFailed> => Effect.try({ try: evaluate, catch: failed })

/** Reads inputs by name: `-` is standard input, anything else a file. */
export interface Inputs {
  /** Hashes an input up to its last compression. */
  readonly hash: (name: string) => Effect.Effect<Output, InputFailed>
  /** Reads the bytes of an input. */
  readonly read: (name: string) => Stream.Stream<Uint8Array, InputFailed>
}

/**
 * Makes the inputs of one run. `withoutStandardInput` says why `-` cannot be read, where standard input is used for
 * something else. Several `-` take turns, in the order in which they were asked for.
 */
export const makeInputs = Effect.fnUntraced(function* (mode: Mode, pool: Pool, withoutStandardInput?: string) {
  const turns = yield* Semaphore.make(1)
  const stdio = yield* Stdio.Stdio
  const dash =
    withoutStandardInput === undefined
      ? Stream.mapError(Stream.provideService(standardInput, Stdio.Stdio, stdio), failed)
      : Stream.fail(new InputFailed({ problem: withoutStandardInput }))

  const read = (name: string) => (name === "-" ? dash : Stream.unwrap(attempt(() => openStream(name))))

  const hash = (name: string): Effect.Effect<Output, InputFailed> => {
    if (name === "-") return Semaphore.withPermit(turns, hashStream(dash, mode))
    return Effect.gen(function* () {
      const path = nameToBytes(name)
      const stats = yield* attempt(() => fs.statSync(path))
      if (!stats.isFile()) return yield* hashStream(read(name), mode)
      if (stats.size > SMALL_BYTES) return yield* hashLarge(path, mode, pool)
      return (yield* attempt(() => hashSmall(path, mode))) ?? (yield* hashStream(read(name), mode))
    })
  }
  return { hash, read } satisfies Inputs
})

/** Shared by all small files: each is read and hashed in one go. One byte longer, to see when a file has grown. */
const smallBuffer = Buffer.alloc(SMALL_BYTES + 1)

/** Hashes a small regular file; `undefined` when it turns out to be larger than its size said. */
const hashSmall = (path: Buffer, mode: Mode): Output | undefined => {
  const file = fs.openSync(path, WITHOUT_WAITING)
  try {
    let size = 0
    for (let count = -1; count !== 0 && size <= SMALL_BYTES; size += count) {
      count = fs.readSync(file, smallBuffer, size, smallBuffer.length - size, null)
    }
    return size > SMALL_BYTES ? undefined : outputOf(mode, smallBuffer.subarray(0, size))
  } finally {
    fs.closeSync(file)
  }
}

const outputOf = (mode: Mode, bytes: Uint8Array): Output =>
  bytes.length <= GROUP_BYTES ? Output.ofGroup(mode, bytes) : Output.ofPair(mode, topPair(mode, bytes, 0))

/** Hashes a large regular file on all threads, as large as it is now; the file is closed when no thread reads it any more. */
const hashLarge = (path: Buffer, mode: Mode, pool: Pool): Effect.Effect<Output, InputFailed> =>
  Effect.acquireUseRelease(
    attempt(() => fs.openSync(path, WITHOUT_WAITING)),
    (file) =>
      Effect.callback<Output, InputFailed>((resume, signal) => {
        const hashing = pool.hash(file, { mode, signal }).then(
          ({ output }) => resume(Effect.succeed(output)),
          (error: unknown) => resume(Effect.fail(failed(error)))
        )
        return Effect.promise(() => hashing)
      }),
    (file) => Effect.sync(() => fs.closeSync(file))
  )

const hashStream = (stream: Stream.Stream<Uint8Array, InputFailed>, mode: Mode): Effect.Effect<Output, InputFailed> =>
  Effect.suspend(() => {
    const hasher = new Hasher(mode)
    const update = (bytes: Uint8Array) => Effect.sync(() => hasher.update(bytes))
    return Effect.map(Stream.runForEach(stream, update), () => hasher.output())
  })

/** Opens a file as a stream. Throws what `node:fs` throws. */
const openStream = (name: string): Stream.Stream<Uint8Array, InputFailed> => {
  const path = nameToBytes(name)
  const stats = fs.statSync(path)
  const file = fs.openSync(path, WITHOUT_WAITING)
  const readable = (): Readable => {
    if (stats.isFIFO()) return new Socket({ fd: file, readable: true, writable: false })
    if (isatty(file)) return new ReadStream(file)
    return fs.createReadStream("", { fd: file, highWaterMark: READ_BYTES })
  }
  return NodeStream.fromReadable({ evaluate: readable, onError: failed })
}
