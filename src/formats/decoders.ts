/**
 * Decompressing archives (P12a): gzip and zstd, by the decoders of the runtime; what else is compressed stays as it is.
 *
 * - Streaming: memory does not grow with the file or with what it decompresses to. A decoder gives more only when it is asked.
 * - All members of a file are decompressed, one after the other. Node's zstd decoder stops at the end of the first frame and drops the rest
 *   without a word: how many bytes it took tells where the next one begins.
 * - Nothing is trusted: what decompresses to far more than its size, or to more than a limit, is refused.
 */
import { Effect, Schema, Stream } from "effect"
import type { Transform } from "node:stream"
import * as zlib from "node:zlib"

/** A compressed file cannot be read: its stream ends early, is damaged, or is larger than it may be. */
export class Undecodable extends Schema.TaggedError<Undecodable>()("Undecodable", {
  /** Whether more bytes may make it whole. */
  isIncomplete: Schema.Boolean,
  why: Schema.String
}) {
  override get message(): string {
    return this.why
  }
}

/** Decompresses a stream. */
export type Decode = <E>(bytes: Stream.Stream<Uint8Array, E>) => Stream.Stream<Uint8Array, E | Undecodable>

/** Bounds for what is decompressed. */
export interface DecoderLimits {
  /** Most bytes that a file may decompress to. */
  readonly decompressedBytes: number
  /** Most times its own size that it may decompress to. */
  readonly ratio: number
}

/** Bounds that no honest log has met: logs compress ten times, a log of one line repeated some hundred times. */
export const DECODER_LIMITS: DecoderLimits = { decompressedBytes: 256 * 1024 ** 3, ratio: 1000 }

/** What decompresses to less than this is no bomb, whatever its ratio. */
const HARMLESS_BYTES = 64 * 1024 * 1024

const OUTPUT_BYTES = 256 * 1024

/** A running decoder of the runtime. */
interface Engine extends Transform {
  /** Bytes that it took. */
  readonly bytesWritten: number
}

interface Format {
  readonly suffix: string
  /** What every file of the format begins with, one of these. */
  readonly isBeginning: (head: Uint8Array) => boolean
  /** Whether zeros may follow the last member. */
  readonly isPadded: boolean
  readonly makeEngine: () => Engine
}

const startsWith = (head: Uint8Array, magic: ReadonlyArray<number>): boolean =>
  magic.every((byte, index) => index >= head.length || byte === head[index])

const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd]

/** A frame that decoders skip: the seek tables of seekable files are such frames. */
const isSkippable = (head: Uint8Array): boolean =>
  (head.length === 0 || (head[0]! >= 0x50 && head[0]! <= 0x5f)) && startsWith(head.subarray(1), [0x2a, 0x4d, 0x18])

const FORMATS: ReadonlyArray<Format> = [
  {
    suffix: ".gz",
    isBeginning: (head) => startsWith(head, [0x1f, 0x8b]),
    isPadded: true,
    makeEngine: () => zlib.createGunzip({ chunkSize: OUTPUT_BYTES })
  },
  {
    suffix: ".zst",
    isBeginning: (head) => startsWith(head, ZSTD_MAGIC) || isSkippable(head),
    isPadded: false,
    makeEngine: () => zlib.createZstdDecompress({ chunkSize: OUTPUT_BYTES })
  }
]

const MAGIC_BYTES = 4

/** Decompresses one file, member after member. */
class Unpacking implements Disposable {
  readonly #format: Format
  #engine: Engine
  #failure: unknown
  #wake = (): void => {}
  /** Whether the engine has begun a member that need not be over. */
  #isWithin = false
  /** Whether a member is over. */
  #hasMembers = false
  /** The bytes that the file began with, until there are enough to know its format. */
  #head = new Uint8Array(0)

  constructor(format: Format) {
    this.#format = format
    this.#engine = this.#begin()
  }

  #begin(): Engine {
    const engine = this.#format.makeEngine()
    const wake = () => this.#wake()
    engine.on("readable", wake)
    engine.on("end", wake)
    engine.on("error", (cause) => {
      this.#failure = cause
      wake()
    })
    return engine
  }

  /** Gives what the engine has until it is done with what it was given. */
  async *#drain(isDone: () => boolean): AsyncGenerator<Uint8Array> {
    for (;;) {
      const woken = new Promise<void>((resolve) => (this.#wake = resolve))
      if (this.#failure !== undefined) throw this.#failure
      const bytes = this.#engine.read() as Uint8Array | null
      if (bytes !== null) yield bytes
      else if (isDone()) return
      else await woken
    }
  }

  /** Decompresses a chunk; it may be used again afterwards. */
  async *take(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
    if (this.#head.length < MAGIC_BYTES) {
      this.#head = Buffer.concat([this.#head, chunk.subarray(0, MAGIC_BYTES - this.#head.length)])
      if (!this.#format.isBeginning(this.#head)) throw new NotThatFormat()
    }
    let rest = chunk
    while (rest.length > 0) {
      if (this.#format.isPadded && !this.#isWithin && this.#hasMembers && rest[0] === 0) {
        const padding = rest.findIndex((byte) => byte !== 0)
        rest = padding < 0 ? rest.subarray(rest.length) : rest.subarray(padding)
        continue
      }
      const before = this.#engine.bytesWritten
      let isTaken = false
      this.#engine.write(rest, () => {
        isTaken = true
        this.#wake()
      })
      yield* this.#drain(() => isTaken)
      const taken = this.#engine.bytesWritten - before
      this.#isWithin = taken === rest.length
      if (this.#isWithin) return
      if (before + taken === 0) throw new NotThatFormat()
      // The member was over before the chunk was: the next one begins with what is left.
      rest = rest.subarray(taken)
      this.#hasMembers = true
      this.#engine.destroy()
      this.#engine = this.#begin()
    }
  }

  /** Gives what is left at the end of the file; throws when the last member is not whole. */
  async *end(): AsyncGenerator<Uint8Array> {
    if (!this.#isWithin && this.#hasMembers) return
    this.#engine.end()
    yield* this.#drain(() => this.#engine.readableEnded)
  }

  [Symbol.dispose](): void {
    this.#engine.destroy()
  }
}

/** The bytes are not of the format that the name speaks of: more of them would not help. */
class NotThatFormat extends Error {}

const undecodable = (cause: unknown): Undecodable =>
  cause instanceof NotThatFormat
    ? new Undecodable({ isIncomplete: false, why: "it is not compressed as its name says" })
    : new Undecodable({ isIncomplete: true, why: cause instanceof Error ? cause.message : String(cause) })

const decoder =
  (format: Format, { decompressedBytes, ratio }: DecoderLimits): Decode =>
  <E>(bytes: Stream.Stream<Uint8Array, E>): Stream.Stream<Uint8Array, E | Undecodable> =>
    Stream.unwrap(
      Effect.map(Effect.acquireDisposable(Effect.sync(() => new Unpacking(format))), (unpacking) => {
        let packed = 0
        let unpacked = 0
        const plain = Stream.flatMap(bytes, (chunk) => {
          packed += chunk.length
          return Stream.fromAsyncIterable(unpacking.take(chunk), undecodable)
        })
        const last = Stream.fromAsyncIterable({ [Symbol.asyncIterator]: () => unpacking.end() }, undecodable)
        return Stream.mapEffect(Stream.concat(plain, last), (chunk) => {
          unpacked += chunk.length
          const isBomb = unpacked > HARMLESS_BYTES && unpacked > packed * ratio
          if (!isBomb && unpacked <= decompressedBytes) return Effect.succeed(chunk)
          const why = isBomb
            ? `it decompresses to more than ${ratio} times its size`
            : `it decompresses to more than ${decompressedBytes} bytes`
          return Effect.fail(new Undecodable({ isIncomplete: false, why }))
        })
      })
    )

/** How files of names are decompressed: by their suffix, `.gz` or `.zst`; others are not. */
export const decoders = (limits: DecoderLimits = DECODER_LIMITS): ((name: string) => Decode | undefined) => {
  const bySuffix = FORMATS.map((format) => ({ suffix: format.suffix, decode: decoder(format, limits) }))
  return (name) => bySuffix.find(({ suffix }) => name.endsWith(suffix))?.decode
}
