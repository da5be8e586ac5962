/**
 * Outboards of other programs: pre-order (bao, iroh) to and from Pond's post-order, and bao's own file format.
 */
import { CHUNK_BYTES, GROUP_CHUNKS, HEADER_BYTES, PAIR_BYTES } from "./constants.ts"
import { SizeMismatch, WrongLength } from "./errors.ts"
import type { HashTree } from "./outboard.ts"
import type { Wanted } from "./slice.ts"
import { readHeader } from "./slice.ts"
import { groupsOf, leavesOf, nodes, outboardBytes, postOf } from "./tree.ts"
import { Walk } from "./walk.ts"

/** Reorders the outboard of a content of `size` bytes from post-order to pre-order. Throws `WrongLength`. */
export const toPreOrder = (outboard: Uint8Array, size: number): Uint8Array =>
  reorder(outboard, size, (pre, post) => [post, pre])

/** Reorders the outboard of a content of `size` bytes from pre-order to post-order. Throws `WrongLength`. */
export const toPostOrder = (outboard: Uint8Array, size: number): Uint8Array =>
  reorder(outboard, size, (pre, post) => [pre, post])

const reorder = (
  outboard: Uint8Array,
  size: number,
  move: (pre: number, post: number) => readonly [from: number, to: number]
): Uint8Array => {
  if (outboard.length !== outboardBytes(size)) throw new WrongLength("outboard", outboardBytes(size), outboard.length)
  const moved = new Uint8Array(outboard.length)
  for (const node of nodes(groupsOf(size))) {
    if (node.length === 1) continue
    const [from, to] = move(node.pre, postOf(node))
    moved.set(outboard.subarray(from * PAIR_BYTES, (from + 1) * PAIR_BYTES), to * PAIR_BYTES)
  }
  return moved
}

/**
 * Reads an outboard in bao's format (header and pre-order pairs down to chunks), checks every pair against the hash and
 * keeps those above groups. The size is the header's claim: it is proven only when the last group is verified.
 *
 * Throws `VerificationFailed`, `WrongLength`, `InvalidSize`, `SizeMismatch`.
 */
export const decodeOutboard = (wanted: Wanted, encoding: Uint8Array): HashTree & { readonly outboard: Uint8Array } => {
  if (encoding.length < HEADER_BYTES) throw new WrongLength("outboard", HEADER_BYTES, encoding.length)
  const size = readHeader(encoding)
  if (wanted.sizeBytes !== undefined && wanted.sizeBytes !== size) throw new SizeMismatch(wanted.sizeBytes, size)
  const chunks = leavesOf(size, CHUNK_BYTES)
  const expected = HEADER_BYTES + (chunks - 1) * PAIR_BYTES
  if (encoding.length !== expected) throw new WrongLength("outboard", expected, encoding.length)

  const content = { root: wanted.root, sizeBytes: size, mode: wanted.mode }
  const outboard = new Uint8Array(outboardBytes(size))
  const walk = new Walk(content, CHUNK_BYTES, 0, chunks)
  for (let node = walk.node; node !== undefined; node = walk.node) {
    if (node.length === 1) {
      walk.pass()
      continue
    }
    const at = HEADER_BYTES + node.pre * PAIR_BYTES
    const pair = encoding.subarray(at, at + PAIR_BYTES)
    walk.open(pair)
    // Nodes over more than a group's chunks are the inner nodes of the tree of groups.
    const cover = { start: node.start / GROUP_CHUNKS, length: Math.ceil(node.length / GROUP_CHUNKS) }
    if (cover.length > 1) outboard.set(pair, postOf(cover) * PAIR_BYTES)
  }
  return { ...content, outboard }
}
