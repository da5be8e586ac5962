/**
 * Bytes to lines, in bounded memory.
 */
import { Stream } from "effect"
import { nameFromBytes } from "../fileName.ts"

/** Longest line that is kept whole; a name of the longest path that a system opens is far shorter. */
export const LONGEST_LINE_BYTES = 1024 * 1024

const NEWLINE = 0x0a

/** The line that has begun but not ended: its bytes so far, and whether it is too long, its bytes given up. */
interface Open {
  readonly bytes: Buffer
  readonly tooLong: boolean
}

const NOTHING: Open = { bytes: Buffer.alloc(0), tooLong: false }

/** Adds bytes to the open line, which never holds more than the longest line. */
const extend = (open: Open, bytes: Uint8Array): Open => {
  if (bytes.length === 0) return open
  const tooLong = open.tooLong || open.bytes.length + bytes.length > LONGEST_LINE_BYTES
  // One byte stands for a line that is too long: it is no valid line whatever it began with.
  return { bytes: tooLong ? Buffer.of(0) : Buffer.concat([open.bytes, bytes]), tooLong }
}

/**
 * Splits bytes into lines, without their newlines; bytes that are not valid UTF-8 become lone surrogates.
 *
 * A newline at the end ends the last line and begins no other. A line of more than 1 MiB becomes one NUL character.
 */
export const splitLines = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>): Stream.Stream<string, E, R> =>
  Stream.mapAccum(
    bytes,
    () => NOTHING,
    (open: Open, chunk: Uint8Array) => {
      const lines: Array<string> = []
      let start = 0
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
        lines.push(nameFromBytes(extend(open, chunk.subarray(start, end)).bytes))
        open = NOTHING
        start = end + 1
      }
      return [extend(open, chunk.subarray(start)), lines] as const
    },
    { onHalt: (open) => (open.bytes.length === 0 ? [] : [nameFromBytes(open.bytes)]) }
  )
