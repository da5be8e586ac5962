/**
 * Which bytes of an object: ranges as callers ask for them, resolved against a size.
 */
import { ObjectRangeOutside } from "./errors.ts"

/** The most bytes of one chunk of a stream. */
export const STREAM_CHUNK_BYTES = 1024 * 1024

/**
 * Bytes [start, end) of an object (`end` absent: to its end), or its last `last` bytes: the whole object when it has fewer, so
 * that a footer can be read without knowing the size.
 */
export type ByteRange = { readonly start: number; readonly end?: number | undefined } | { readonly last: number }

/** A range with both ends known and inside an object. */
export interface Span {
  readonly start: number
  readonly end: number
}

const isOffset = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/**
 * Resolves a range against an object of `sizeBytes`. Empty ranges inside the object are fine; anything beyond it, reversed,
 * negative or fractional is `ObjectRangeOutside`: a shorter answer is never given instead (F10).
 */
export const resolveRange = (
  range: ByteRange | undefined,
  object: { readonly url: string; readonly key: string; readonly sizeBytes: number }
): Span | ObjectRangeOutside => {
  const { sizeBytes } = object
  if (range === undefined) return { start: 0, end: sizeBytes }
  const [start, end] =
    "last" in range
      ? [isOffset(range.last) ? Math.max(0, sizeBytes - range.last) : -Math.abs(range.last), sizeBytes]
      : [range.start, range.end ?? sizeBytes]
  if (isOffset(start) && isOffset(end) && start <= end && end <= sizeBytes) return { start, end }
  return new ObjectRangeOutside({ ...object, start, end })
}
