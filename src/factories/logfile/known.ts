/**
 * Entries with their nodes, as a transaction found them.
 */
import { Stream } from "effect"
import type { Node, OpenTransaction } from "../../tinyfs/index.ts"
import type { Entry } from "./entry.ts"

/** An entry and the node that it is. */
export interface Known {
  readonly entry: Entry
  readonly node: Node
}

/** Bytes of a node as it was when the transaction found it. */
export const readNode = (transaction: OpenTransaction, node: Node, start: number, end: number) =>
  Stream.catchTag(
    transaction.source.read(node.id, node.content?.version ?? 0, { start, end }),
    ["VersionMissing", "WriterConflict"],
    (error) => Stream.die(error)
  )
