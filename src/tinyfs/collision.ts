/**
 * Whether a transaction may be put on top of others' that were committed after its base.
 */
import type { Node } from "./node.ts"
import { type Reads, slotKey } from "./persistence.ts"

/**
 * What somebody else's event changed of what a transaction looked at, in words; `undefined` when nothing. The slot that
 * a node left needs no look: whoever found it there has the node among what it looked at.
 */
export const collision = (reads: Reads, { id, name, parentId }: Pick<Node, "id" | "name" | "parentId">) => {
  if (reads.nodes.has(id)) return `the node ${JSON.stringify(name)} (${id})`
  if (reads.slots.has(slotKey(parentId, name))) return `the name ${JSON.stringify(name)} in directory ${parentId}`
  if (reads.listings.has(parentId)) return `the listing of directory ${parentId}, by ${JSON.stringify(name)}`
  return undefined
}
