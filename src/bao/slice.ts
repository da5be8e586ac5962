/**
 * Slices: a range of a content together with what proves it, in one stream of bytes.
 *
 * A slice is the size of the content (8 bytes, little-endian), then in pre-order the nodes that cover the range: the
 * pair of an inner node, the bytes of a leaf. With chunks as leaves that is bao's slice, and of a whole content bao's
 * combined encoding (bao `docs/spec.md`); with groups as leaves it is Pond's wire format, which is 16 times leaner.
 *
 * As in bao, a length of 0 counts as 1, and a range that begins at or after the end holds the last leaf, because that
 * leaf is what proves the size. Until that leaf is verified a decoder does not believe the header: it only steers the
 * walk, and a lie in it fails there or concerns bytes that were not asked for.
 */
import { CHUNK_BYTES, GROUP_BYTES, GROUP_CHUNKS, HASH_BYTES, HEADER_BYTES, PAIR_BYTES } from "./constants.ts"
import { InvalidSize, RangeOutside, SizeMismatch } from "./errors.ts"
import { kernel } from "./kernels.ts"
import type { Mode } from "./mode.ts"
import type { HashTree } from "./outboard.ts"
import { concatenate, pairAt } from "./outboard.ts"
import type { Steps } from "./steps.ts"
import { need } from "./steps.ts"
import type { Node } from "./tree.ts"
import { leavesOf, leftOf, nodes, postOf } from "./tree.ts"
import type { Batch } from "./verify.ts"
import { readBatch, walkGroups } from "./verify.ts"
import type { Content } from "./walk.ts"
import { Walk } from "./walk.ts"

/** What the leaves of an encoding are: bao's chunks of 1 KiB, or groups of 16 KiB. */
export type Leaves = "chunks" | "groups"

/** What a decoder is told of the content it wants. A known size must be the one that the encoding claims. */
export type Wanted = Omit<Content, "sizeBytes"> & { readonly sizeBytes?: number }

/**
 * Encodes the slice of `length` bytes from `start`. Asks for bytes of the content, verifies them, gives the encoding.
 * Throws as `verifyRange` does, but `RangeOutside` only for a start or length that is not a whole number.
 */
export const encodeSlice = (tree: HashTree, start: number, length: number, leaves: Leaves): Steps =>
  encode(tree, start, length, leaves, true)

/** Encodes a content's outboard in bao's format: header and pre-order pairs, down to chunks, hence from the content. */
export const encodeOutboard = (tree: HashTree): Steps => encode(tree, 0, tree.sizeBytes, "chunks", false)

function* encode(tree: HashTree, start: number, length: number, leaves: Leaves, inline: boolean): Steps {
  const [from, to] = leavesOfSlice(tree.sizeBytes, start, length, leafBytesOf(leaves))
  const perGroup = GROUP_BYTES / leafBytesOf(leaves)
  const walk = walkGroups(tree, Math.floor(from / perGroup), Math.ceil(to / perGroup))
  let parts = [writeHeader(tree.sizeBytes)]
  let batch: Batch | undefined
  for (let node = walk.node; node !== undefined; node = walk.node) {
    if (node.length > 1) {
      const pair = pairAt(tree, postOf(node))
      walk.open(pair)
      parts.push(pair)
      continue
    }
    if (batch === undefined || !batch.has(node.start)) batch = yield* readBatch(walk, node.start)
    walk.leaf(batch.cvOf(node.start))
    const { start: at, end } = walk.spanOf(node)
    const group = batch.between(at, end)
    if (leaves === "groups") parts.push(group)
    else parts.push(...chunkParts(walk.mode, group, node.start * GROUP_CHUNKS, from, to, inline))
    yield concatenate(parts)
    parts = []
  }
}

/**
 * Decodes a slice that was encoded with the same range: asks for the encoding from its first byte on, and gives the
 * bytes of the range, clipped to the content, each after it was verified. What follows the slice is not asked for.
 *
 * Throws `VerificationFailed`, `WrongLength` when the encoding ends early, `SizeMismatch`, `InvalidSize`, `RangeOutside`.
 */
export const decodeSlice = (wanted: Wanted, start: number, length: number, leaves: Leaves): Steps =>
  decode(wanted, start, length, leaves, undefined)

/** Decodes a range of a whole content's combined encoding, of which it asks only for what it needs. Throws as `decodeSlice`. */
export const decodeRange = (wanted: Wanted, start: number, length: number, leaves: Leaves): Steps =>
  decode(
    wanted,
    start,
    length,
    leaves,
    (node) => HEADER_BYTES + node.pre * PAIR_BYTES + node.start * leafBytesOf(leaves)
  )

/** Decodes with each node where `place` says, or one after the other. */
function* decode(
  wanted: Wanted,
  start: number,
  length: number,
  leaves: Leaves,
  place: ((node: Node) => number) | undefined
): Steps {
  const leafBytes = leafBytesOf(leaves)
  const size = readHeader(yield* need(0, HEADER_BYTES, "encoding"))
  if (wanted.sizeBytes !== undefined && wanted.sizeBytes !== size) throw new SizeMismatch(wanted.sizeBytes, size)
  const [from, to] = leavesOfSlice(size, start, length, leafBytes)
  const walk = new Walk({ root: wanted.root, sizeBytes: size, mode: wanted.mode }, leafBytes, from, to)
  let next = HEADER_BYTES
  for (let node = walk.node; node !== undefined; node = walk.node) {
    const span = walk.spanOf(node)
    const at = place === undefined ? next : place(node)
    next = at + (node.length > 1 ? PAIR_BYTES : span.end - span.start)
    const bytes = yield* need(at, next, "encoding")
    if (node.length > 1) {
      walk.open(bytes)
      continue
    }
    walk.leaf(walk.leafCv(node.start, bytes))
    const part = bytes.subarray(Math.max(0, start - span.start), Math.max(0, start + length - span.start))
    if (part.length > 0) yield part
  }
}

/** The header of an encoding: the size as 8 bytes, little-endian. */
export const writeHeader = (size: number): Uint8Array => {
  const header = new Uint8Array(HEADER_BYTES)
  new DataView(header.buffer).setBigUint64(0, BigInt(size), true)
  return header
}

/** Reads the size that a header claims. Throws `InvalidSize` when a number cannot count it. */
export const readHeader = (header: Uint8Array): number => {
  const size = new DataView(header.buffer, header.byteOffset, HEADER_BYTES).getBigUint64(0, true)
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw new InvalidSize(size)
  return Number(size)
}

const leafBytesOf = (leaves: Leaves): number => (leaves === "chunks" ? CHUNK_BYTES : GROUP_BYTES)

/** The leaves [from, to) of a slice: never none. */
const leavesOfSlice = (size: number, start: number, length: number, leafBytes: number): readonly [number, number] => {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(length) || start < 0 || length < 0) {
    throw new RangeOutside(start, start + length, size)
  }
  const leaves = leavesOf(size, leafBytes)
  const from = Math.min(leaves - 1, Math.floor(start / leafBytes))
  const end = Math.ceil((start + Math.max(1, length)) / leafBytes)
  return [from, Math.max(from + 1, Math.min(leaves, end))]
}

/** The parts of a group's encoding in chunks: pairs and chunks that cover any of the content's chunks [from, to). */
const chunkParts = (
  mode: Mode,
  group: Uint8Array,
  firstChunk: number,
  from: number,
  to: number,
  inline: boolean
): Array<Uint8Array> => {
  const count = leavesOf(group.length, CHUNK_BYTES)
  const cvs = new Uint8Array(count * HASH_BYTES)
  const whole = Math.floor(group.length / CHUNK_BYTES)
  if (whole > 0) kernel().chunks(mode, group, whole, firstChunk, cvs)
  if (whole < count) {
    const last = group.subarray(whole * CHUNK_BYTES)
    kernel().group(mode, last, firstChunk + whole, false, cvs.subarray(whole * HASH_BYTES))
  }
  const pairs = chunkPairs(mode, cvs, count)
  const parts: Array<Uint8Array> = []
  for (const node of nodes(count, from - firstChunk, to - firstChunk)) {
    if (node.length > 1) parts.push(pairs.subarray(node.pre * PAIR_BYTES, (node.pre + 1) * PAIR_BYTES))
    else if (inline) parts.push(group.subarray(node.start * CHUNK_BYTES, (node.start + 1) * CHUNK_BYTES))
  }
  return parts
}

/** The pairs, in pre-order, over the chaining values of a group's chunks. */
const chunkPairs = (mode: Mode, cvs: Uint8Array, count: number): Uint8Array => {
  const pairs = new Uint8Array((count - 1) * PAIR_BYTES)
  const join = (start: number, length: number, pre: number): Uint8Array => {
    if (length === 1) return cvs.subarray(start * HASH_BYTES, (start + 1) * HASH_BYTES)
    const left = leftOf(length)
    const pair = pairs.subarray(pre * PAIR_BYTES, (pre + 1) * PAIR_BYTES)
    pair.set(join(start, left, pre + 1))
    pair.set(join(start + left, length - left, pre + left), HASH_BYTES)
    const cv = new Uint8Array(HASH_BYTES)
    kernel().parents(mode, pair, 1, cv)
    return cv
  }
  join(0, count, 0)
  return pairs
}
