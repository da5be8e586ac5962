/**
 * Whether one content begins with another, decided by their hash trees without reading them.
 *
 * The post-order outboards of all contents that begin with the same bytes begin with the same pairs, the stable ones of
 * these bytes. Outboards are believed here; what is then read is verified as always.
 */
import { GROUP_BYTES, HASH_BYTES } from "./constants.ts"
import { rebuild } from "./append.ts"
import { sameHash } from "./hex.ts"
import type { HashTree } from "./outboard.ts"
import { pairAt } from "./outboard.ts"
import type { Node } from "./tree.ts"
import { groupsOf, nodes, postOf, rightChild } from "./tree.ts"
import type { Content } from "./walk.ts"

/**
 * Whether the content that `tree` describes begins with `prefix`, of which only size and hash are needed. `tail` is what
 * the longer content holds from `tailStart(prefix.sizeBytes)` to `prefix.sizeBytes`, at most 32 KiB. Both are of one
 * mode. Throws `WrongLength` when `tail` has another length or pairs are missing.
 */
export const isPrefix = (prefix: Content, tree: HashTree, tail: Uint8Array): boolean =>
  prefix.sizeBytes <= tree.sizeBytes && sameHash(rebuild(tree, prefix.sizeBytes, tail).root(), prefix.root)

/**
 * Returns how many bytes two contents have in common at their beginning, as far as their trees tell: a number of whole
 * groups, at most one group less than the truth; or all bytes when they are the same. Looks at O(log n) pairs.
 */
export const commonPrefix = (left: HashTree, right: HashTree): number => {
  if (left.sizeBytes === right.sizeBytes && sameHash(left.root, right.root)) return left.sizeBytes
  const groups = Math.floor(Math.min(left.sizeBytes, right.sizeBytes) / GROUP_BYTES)
  let common = 0
  for (let level = Math.floor(Math.log2(Math.max(1, groups))); level > 0; level--) {
    const length = 2 ** level
    if (common + length > groups) continue
    const at = postOf({ start: common, length })
    if (sameHash(pairAt(left, at), pairAt(right, at))) common += length
  }
  const leftCv = groupCv(left, common)
  const rightCv = groupCv(right, common)
  if (leftCv !== undefined && rightCv !== undefined && sameHash(leftCv, rightCv)) common += 1
  return common * GROUP_BYTES
}

/** The chaining value of a group, as the pair right above it holds it; none when there is no such pair or group. */
const groupCv = (tree: HashTree, group: number): Uint8Array | undefined => {
  let above: Node | undefined
  for (const node of nodes(groupsOf(tree.sizeBytes), group, group + 1)) if (node.length > 1) above = node
  if (above === undefined) return undefined
  const pair = pairAt(tree, postOf(above))
  return group < rightChild(above).start ? pair.subarray(0, HASH_BYTES) : pair.subarray(HASH_BYTES)
}
