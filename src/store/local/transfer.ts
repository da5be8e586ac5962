/**
 * Whole reads and whole writes over calls that may do less than asked: short transfers and interruptions are continued, and
 * never mistaken for the end (F10).
 */
import type { FileCalls } from "./calls.ts"
import { FileFault, codeOf } from "./failure.ts"
import type { Span } from "../range.ts"

/** How often in a row one call is repeated when the system asks for it. */
const REPEATS_MAX = 100

/** The most bytes of one system call (Linux moves less than 2 GiB; smaller steps let interruption in). */
const STEP_BYTES = 8 * 1024 * 1024

const asksToRepeat = (error: unknown, repeats: number): boolean => {
  const code = codeOf(error)
  return repeats < REPEATS_MAX && (code === "EINTR" || code === "EAGAIN")
}

const repeated = (call: () => number): number => {
  for (let repeats = 0; ; repeats++) {
    try {
      return call()
    } catch (error) {
      if (!asksToRepeat(error, repeats)) throw error
    }
  }
}

const repeatedAsync = async (call: () => Promise<number>): Promise<number> => {
  for (let repeats = 0; ; repeats++) {
    try {
      return await call()
    } catch (error) {
      if (!asksToRepeat(error, repeats)) throw error
    }
  }
}

const advanced = (count: number, what: "read" | "written", at: number): number => {
  if (count > 0) return count
  throw new FileFault("EIO", `no more bytes could be ${what} after ${at}`)
}

/** Reads exactly the bytes of a span; the file being shorter is an error. */
export const readSpan = (calls: FileCalls, fd: number, span: Span): Uint8Array => {
  const bytes = new Uint8Array(span.end - span.start)
  for (let at = 0; at < bytes.length;) {
    const position = span.start + at
    const rest = bytes.subarray(at, at + STEP_BYTES)
    at += advanced(
      repeated(() => calls.read(fd, rest, position)),
      "read",
      position
    )
  }
  return bytes
}

/** Reads one step of a span off the main thread: at least one byte, at most `into`. */
export const readStepAsync = async (
  calls: FileCalls,
  fd: number,
  into: Uint8Array,
  position: number
): Promise<number> =>
  advanced(await repeatedAsync(() => calls.readAsync(fd, into.subarray(0, STEP_BYTES), position)), "read", position)

/** Writes all bytes at the file's position. */
export const writeAll = (calls: FileCalls, fd: number, bytes: Uint8Array): void => {
  for (let at = 0; at < bytes.length;) {
    const rest = bytes.subarray(at)
    at += advanced(
      repeated(() => calls.write(fd, rest)),
      "written",
      at
    )
  }
}

/** Writes all bytes at the file's position, off the main thread. */
export const writeAllAsync = async (calls: FileCalls, fd: number, bytes: Uint8Array): Promise<void> => {
  for (let at = 0; at < bytes.length;) {
    const rest = bytes.subarray(at, at + STEP_BYTES)
    at += advanced(await repeatedAsync(() => calls.writeAsync(fd, rest)), "written", at)
  }
}
