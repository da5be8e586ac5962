/**
 * Nodes: what a pond holds. A node keeps its id through renames; its state is that after its newest event.
 *
 * Plain data: hashes and ids are lower-case hex and UUID text, sizes are JavaScript integers (at most 2^53 - 1).
 */

/** The types of nodes (format.md section 3, column `type`). */
export const NODE_TYPES = ["dir", "file", "series", "table", "table-series", "symlink", "dynamic"] as const

/** One of `NODE_TYPES`. */
export type NodeType = (typeof NODE_TYPES)[number]

/** A UUIDv7 in lower case, 36 characters. */
export type NodeId = string

/** The id of the root directory of every pond. */
export const ROOT_ID: NodeId = "00000000-0000-7000-8000-000000000000"

/** Attributes of a node: what people and factories note about it. Part of the root hash. */
export type Attributes = Readonly<Record<string, string | number | boolean>>

/**
 * Content of a node at its newest version: of a series all bytes so far, of a table series the newest version alone.
 */
export interface Content {
  readonly version: number
  readonly sizeBytes: number
  readonly hash: string
  /** Table series only: the digest of the list of its versions. */
  readonly listHash?: string
}

/** The state of a live node after its newest event. */
export interface Node {
  readonly id: NodeId
  readonly type: NodeType
  readonly parentId: NodeId
  readonly name: string
  /** Files, series and tables that were written at least once. */
  readonly content?: Content
  readonly attributes: Attributes
  /** Dynamic nodes: type of the factory and its configuration as given. */
  readonly factory?: string
  readonly config?: Uint8Array
  /** Symlinks: the target as given. */
  readonly target?: string
  /** The event that made this state, and the time of its transaction in microseconds since 1970 UTC. */
  readonly txn: number
  readonly op: number
  readonly timeMicros: number
}

/** The root directory of a pond without any transaction. */
export const ROOT: Node = {
  id: ROOT_ID,
  type: "dir",
  parentId: ROOT_ID,
  name: "",
  attributes: {},
  txn: 0,
  op: 0,
  timeMicros: 0
}
