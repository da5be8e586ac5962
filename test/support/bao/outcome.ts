/**
 * What came of a verification: the bytes that were given before it ended, and the error that ended it.
 */
import type { Read, Steps } from "../../../src/bao/steps.ts"
import { run } from "../../../src/bao/steps.ts"

/** Bytes that were given, in order, and what was thrown after them, if anything. */
export interface Outcome {
  readonly bytes: Uint8Array
  readonly error: unknown
}

/** Runs a script to its end. */
export const outcomeOf = (steps: Steps, source: Read | Iterable<Uint8Array>): Outcome => {
  const parts: Array<Uint8Array> = []
  let error: unknown
  try {
    for (const bytes of run(steps, source)) parts.push(bytes)
  } catch (thrown) {
    error = thrown
  }
  return { bytes: new Uint8Array(Buffer.concat(parts)), error }
}

/** Runs a script that must succeed, and returns all its bytes. */
export const bytesOf = (steps: Steps, source: Read | Iterable<Uint8Array>): Uint8Array =>
  new Uint8Array(Buffer.concat([...run(steps, source)]))

/** Joins all bytes of a stream. */
export const collect = async (stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const parts: Array<Uint8Array> = []
  for await (const part of stream) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}

/** Reads from memory. */
export const reading =
  (bytes: Uint8Array): Read =>
  (start, end) =>
    bytes.subarray(start, end)

/** The tag of an error of `src/bao`. Anything else that was thrown is thrown again: it would be a bug. */
export const tagOf = (error: unknown): string => {
  const tag = (error as { readonly _tag?: unknown } | undefined)?._tag
  if (typeof tag !== "string") throw error ?? new Error("nothing was thrown")
  return tag
}

/** Whether two byte arrays are equal, faster than a test library compares them. */
export const same = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) === 0
