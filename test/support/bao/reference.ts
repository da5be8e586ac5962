/**
 * The BLAKE3 tree by its definition, slowly: one recursive function over the portable kernel, no batches, no state.
 */
import { CHUNK_BYTES, HASH_BYTES } from "../../../src/bao/constants.ts"
import type { Mode } from "../../../src/bao/mode.ts"
import { HASH } from "../../../src/bao/mode.ts"
import { portableKernel } from "../../../src/bao/portable.ts"

/** An inner node, with the leaves it covers. */
export interface ReferenceNode {
  readonly start: number
  readonly length: number
  readonly pair: Uint8Array
}

/** The whole tree of a content: its hash and its inner nodes in both orders. */
export interface ReferenceTree {
  readonly root: Uint8Array
  readonly preOrder: ReadonlyArray<ReferenceNode>
  readonly postOrder: ReadonlyArray<ReferenceNode>
}

/** Builds the tree of `bytes` with leaves of `leafBytes`. */
export const referenceTree = (bytes: Uint8Array, leafBytes: number, mode: Mode = HASH): ReferenceTree => {
  const kernel = portableKernel()
  const preOrder: Array<ReferenceNode> = []
  const postOrder: Array<ReferenceNode> = []
  const visit = (start: number, length: number, isRoot: boolean): Uint8Array => {
    const cv = new Uint8Array(HASH_BYTES)
    if (length === 1) {
      const leaf = bytes.subarray(start * leafBytes, (start + 1) * leafBytes)
      kernel.group(mode, leaf, (start * leafBytes) / CHUNK_BYTES, isRoot, cv)
      return cv
    }
    const left = 2 ** (Math.ceil(Math.log2(length)) - 1)
    const pair = new Uint8Array(2 * HASH_BYTES)
    const node = { start, length, pair }
    preOrder.push(node)
    pair.set(visit(start, left, false))
    pair.set(visit(start + left, length - left, false), HASH_BYTES)
    postOrder.push(node)
    if (isRoot) kernel.root(mode, pair, cv)
    else kernel.parents(mode, pair, 1, cv)
    return cv
  }
  const root = visit(0, Math.max(1, Math.ceil(bytes.length / leafBytes)), true)
  return { root, preOrder, postOrder }
}

/** The pairs of nodes as one outboard. */
export const pairsOf = (nodes: ReadonlyArray<ReferenceNode>): Uint8Array => {
  const bytes = new Uint8Array(nodes.length * 2 * HASH_BYTES)
  nodes.forEach(({ pair }, i) => bytes.set(pair, i * pair.length))
  return bytes
}
