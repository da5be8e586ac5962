/**
 * Reading verified: any range of a content, given only after it was checked against the hash (R4).
 *
 * Groups are read and hashed up to 1 MiB at a time, ending at multiples of 1 MiB; memory stays at that however large
 * the range. The pairs on the way down are checked too, so a damaged outboard cannot vouch for damaged bytes.
 */
import { BATCH_GROUPS, GROUP_BYTES, GROUP_CHUNKS, HASH_BYTES } from "./constants.ts"
import { RangeOutside, VerificationFailed, WrongLength } from "./errors.ts"
import { kernel } from "./kernels.ts"
import type { HashTree } from "./outboard.ts"
import { pairAt } from "./outboard.ts"
import type { Span, Steps } from "./steps.ts"
import { need, run } from "./steps.ts"
import { outboardBytes, postOf } from "./tree.ts"
import { Walk } from "./walk.ts"

/**
 * Verifies the bytes [start, end) of a content, of which it asks for whole groups, and gives them in order.
 *
 * Throws `VerificationFailed`, which names the first damaged group or node, after the sound bytes before it were given;
 * `RangeOutside`; `WrongLength` when outboard or content end early. Of an empty content the hash is checked.
 */
export function* verifyRange(tree: HashTree, start: number, end: number): Steps {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start || end > tree.sizeBytes) {
    throw new RangeOutside(start, end, tree.sizeBytes)
  }
  if (start === end && tree.sizeBytes > 0) return
  const from = Math.floor(start / GROUP_BYTES)
  const walk = walkGroups(tree, from, Math.max(from + 1, Math.ceil(end / GROUP_BYTES)))
  let batch: Batch | undefined
  try {
    for (let node = walk.node; node !== undefined; node = walk.node) {
      if (node.length > 1) {
        walk.open(pairAt(tree, postOf(node)))
        continue
      }
      if (batch === undefined || !batch.has(node.start)) {
        if (batch !== undefined) yield batch.between(start, end)
        batch = yield* readBatch(walk, node.start)
      }
      walk.leaf(batch.cvOf(node.start))
    }
  } catch (error) {
    if (error instanceof VerificationFailed && batch !== undefined && error.start > Math.max(start, batch.start)) {
      yield batch.between(start, error.start)
    }
    throw error
  }
  if (batch !== undefined && end > start) yield batch.between(start, end)
}

/** Returns the bytes [start, end) of a content in memory, a view of it, once they are verified. Throws as `verifyRange`. */
export const verify = (tree: HashTree, content: Uint8Array, start = 0, end = tree.sizeBytes): Uint8Array => {
  if (content.length !== tree.sizeBytes) throw new WrongLength("content", tree.sizeBytes, content.length)
  const verified = run(verifyRange(tree, start, end), (from, to) => content.subarray(from, to))
  while (verified.next().done !== true);
  return content.subarray(start, end)
}

/** Begins a walk over groups of a tree whose outboard has the right length. */
export const walkGroups = (tree: HashTree, from: number, to: number): Walk => {
  const walk = new Walk(tree, GROUP_BYTES, from, to)
  const expected = outboardBytes(tree.sizeBytes)
  if (typeof tree.outboard !== "function" && tree.outboard.length !== expected) {
    throw new WrongLength("outboard", expected, tree.outboard.length)
  }
  return walk
}

/** Reads the groups of a walk from `group` on, up to the next multiple of 1 MiB, and hashes them in one go. */
export function* readBatch(walk: Walk, group: number): Generator<Span | Uint8Array, Batch, Uint8Array> {
  const next = Math.min(walk.to, group - (group % BATCH_GROUPS) + BATCH_GROUPS)
  const start = group * GROUP_BYTES
  const bytes = yield* need(start, Math.min(walk.sizeBytes, next * GROUP_BYTES), "content")
  const cvs = new Uint8Array((next - group) * HASH_BYTES)
  const whole = walk.sizeBytes > GROUP_BYTES ? Math.floor(bytes.length / GROUP_BYTES) : 0
  if (whole > 0) kernel().groups(walk.mode, bytes, whole, group * GROUP_CHUNKS, cvs)
  if (whole < next - group) {
    cvs.set(walk.leafCv(group + whole, bytes.subarray(whole * GROUP_BYTES)), whole * HASH_BYTES)
  }
  return new Batch(group, next, bytes, cvs)
}

/** Groups read together: their bytes, still to be verified, and the chaining values these have. */
export class Batch {
  readonly #first: number
  readonly #next: number
  readonly #bytes: Uint8Array
  readonly #cvs: Uint8Array

  constructor(first: number, next: number, bytes: Uint8Array, cvs: Uint8Array) {
    this.#first = first
    this.#next = next
    this.#bytes = bytes
    this.#cvs = cvs
  }

  /** Position of the first byte in the content. */
  get start(): number {
    return this.#first * GROUP_BYTES
  }

  /** Whether a group, not before the first, is among them. */
  has(group: number): boolean {
    return group < this.#next
  }

  /** The chaining value that the bytes of a group have. */
  cvOf(group: number): Uint8Array {
    return this.#cvs.subarray((group - this.#first) * HASH_BYTES, (group - this.#first + 1) * HASH_BYTES)
  }

  /** The bytes that lie in the range [start, end) of the content. */
  between(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(Math.max(0, start - this.start), Math.max(0, end - this.start))
  }
}
