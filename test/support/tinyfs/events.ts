/**
 * Nodes and events for tests, with what a test does not care about filled in.
 */
import { hash, toHex } from "../../../src/bao/index.ts"
import type { Event, EventKind } from "../../../src/tinyfs/event.ts"
import { type Content, type Node, type NodeType, ROOT_ID } from "../../../src/tinyfs/node.ts"

/** The id of a node by number. */
export const idOf = (number: number): string => `00000000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`

/** A content of some text. */
export const contentOf = (version: number, text: string, listHash?: string): Content => {
  const bytes = new TextEncoder().encode(text)
  return {
    version,
    sizeBytes: bytes.length,
    hash: toHex(hash(bytes)),
    ...(listHash === undefined ? {} : { listHash })
  }
}

/** A node in the root directory, named by its number. */
export const nodeOf = (number: number, type: NodeType, fields: Partial<Node> = {}): Node => ({
  id: idOf(number),
  type,
  parentId: ROOT_ID,
  name: `n${number}`,
  attributes: {},
  ...(type === "symlink" ? { target: "x" } : {}),
  ...(type === "dynamic" ? { factory: "f", config: new Uint8Array([1]) } : {}),
  txn: 1,
  op: 1,
  timeMicros: 0,
  ...fields
})

/** An event that leaves a node in a state. */
export const eventOf = (kind: EventKind, node: Node): Event => ({ kind, node })
