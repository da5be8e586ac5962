/**
 * Bytes of a content as files that the engine reads: pieces that end where a line or record does, written one after the other.
 */
import { Effect, Stream } from "effect"
import { type FileHandle, open } from "node:fs/promises"
import { HARMLESS_LINE_BYTES } from "../formats/nesting.ts"
import { CacheFailed } from "./errors.ts"

/** A piece of a content in a file. */
export interface Segment {
  readonly file: string
  /** Bytes. */
  readonly size: number
  /** Lines, the last one also where it has no end. */
  readonly lines: number
  readonly isFirst: boolean
  readonly isLast: boolean
  /** Whether some line is so long that what it holds has to be looked at before the engine may. */
  readonly hasLongLines: boolean
}

/** How a content is divided. */
export interface Division {
  /** Where to write: a segment is gone when the next one begins. */
  readonly file: string
  /** A segment ends with the first line that ends beyond this many bytes. */
  readonly segmentBytes: number
  /** Whether bytes after the last line feed are left out: the line goes on later. */
  readonly isGrowing: boolean
  /** Whether line feeds between double quotes end nothing, as in CSV. */
  readonly isQuoted: boolean
}

const LINE_FEED = 10
const QUOTE = 34

/** Counts lines and finds where records end. */
class Ends {
  readonly #isQuoted: boolean
  #isWithinQuotes = false
  /** Line feeds so far, and those up to the last end. */
  lines = 0
  linesAtEnd = 0
  /** Bytes so far, and up to the last end. */
  bytes = 0
  end = 0
  hasLongLines = false

  constructor(isQuoted: boolean) {
    this.#isQuoted = isQuoted
  }

  /** Looks at bytes until an end lies beyond `limit` bytes; returns how many were looked at. */
  take(chunk: Uint8Array, limit: number): number {
    if (this.#isQuoted) return this.#takeQuoted(chunk, limit)
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) {
      this.lines += 1
      this.linesAtEnd = this.lines
      const end = this.bytes + at + 1
      if (end - this.end > HARMLESS_LINE_BYTES) this.hasLongLines = true
      this.end = end
      if (this.end > limit) {
        this.bytes = this.end
        return at + 1
      }
    }
    this.bytes += chunk.length
    if (this.bytes - this.end > HARMLESS_LINE_BYTES) this.hasLongLines = true
    return chunk.length
  }

  #takeQuoted(chunk: Uint8Array, limit: number): number {
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at]
      if (byte === QUOTE) this.#isWithinQuotes = !this.#isWithinQuotes
      if (byte !== LINE_FEED) continue
      this.lines += 1
      if (this.#isWithinQuotes) continue
      this.linesAtEnd = this.lines
      this.end = this.bytes + at + 1
      if (this.end > limit) {
        this.bytes = this.end
        return at + 1
      }
    }
    this.bytes += chunk.length
    return chunk.length
  }
}

/** Divides a content into segments and gives each to `each`; returns the bytes at the end that were left out. */
export const divide = Effect.fnUntraced(function* <E, R, E2, R2>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  { file, isGrowing, isQuoted, segmentBytes }: Division,
  each: (segment: Segment) => Effect.Effect<void, E2, R2>
) {
  const attempt = <A>(make: () => Promise<A>) =>
    Effect.tryPromise({ try: make, catch: (cause) => new CacheFailed({ path: file, cause }) })
  const handle: FileHandle = yield* Effect.acquireRelease(
    attempt(() => open(file, "w", 0o600)),
    (held) => Effect.promise(() => held.close())
  )
  let ends = new Ends(isQuoted)
  let isFirst = true
  const emit = (size: number, lines: number, isLast: boolean) =>
    Effect.suspend(() => {
      const segment = { file, size, lines, isFirst, isLast, hasLongLines: ends.hasLongLines }
      isFirst = false
      return each(segment)
    })
  yield* Stream.runForEach(bytes, (chunk) =>
    Effect.gen(function* () {
      for (let rest = chunk; rest.length > 0;) {
        const at = ends.bytes
        const taken = ends.take(rest, segmentBytes)
        const part = rest.subarray(0, taken)
        yield* attempt(() => handle.write(part, 0, part.length, at))
        rest = rest.subarray(taken)
        if (ends.bytes !== ends.end || ends.end <= segmentBytes) continue
        yield* emit(ends.end, ends.lines, false)
        ends = new Ends(isQuoted)
        yield* attempt(() => handle.truncate(0))
      }
    })
  )
  const unfinished = ends.bytes - ends.end
  if (!isGrowing || unfinished === 0) {
    if (ends.bytes > 0 || isFirst) yield* emit(ends.bytes, ends.lines + (unfinished > 0 ? 1 : 0), true)
    return 0
  }
  yield* attempt(() => handle.truncate(ends.end))
  if (ends.end > 0 || isFirst) yield* emit(ends.end, ends.linesAtEnd, true)
  return unfinished
}, Effect.scoped)
