/**
 * Mounts: nodes under which the tree of another pond appears. Whoever reads sees a directory there; transactions see the node itself, and
 * nothing below it, so that an import cannot be written to.
 *
 * Ids of imported nodes are those of their pond behind the id of the mount, `<mount>/<node>`: no node of this pond can have such an id, and
 * none of them reaches its history.
 */
import type { Node, NodeId } from "./node.ts"

/** What stands in the column `factory` of a mount (format.md section 9). */
export const MOUNT_FACTORY = "mount"

/** Tells whether a node is a mount, read through or not. */
export const isMount = ({ factory }: Node): boolean => factory === MOUNT_FACTORY

/** Tells whether a node belongs to another pond. */
export const isImported = ({ id }: Node): boolean => id.includes("/")

/** The id of the mount through which a node of another pond is seen. Nothing for nodes of this pond. */
export const mountOf = ({ id }: Node): NodeId | undefined => {
  const end = id.lastIndexOf("/")
  return end < 0 ? undefined : id.slice(0, end)
}
