/**
 * Events: one change to one node. Transactions are lists of them; the filesystem is their fold.
 */
import type { Node } from "./node.ts"

/** What an event does to its node (format.md section 3, column `kind`). */
export const EVENT_KINDS = [
  "created",
  "written",
  "appended",
  "moved",
  "removed",
  "configured",
  "attributed",
  "pruned"
] as const

/** One of `EVENT_KINDS`. */
export type EventKind = (typeof EVENT_KINDS)[number]

/** Bounds of the event times inside the bytes that an event added, microseconds since 1970 UTC, rounded outward. */
export interface TimeBounds {
  readonly minMicros: number
  readonly maxMicros: number
}

/**
 * One change: `node` is the whole state after it (for `removed`: the last state), `node.txn` and `node.op` its place.
 */
export interface Event {
  readonly kind: EventKind
  readonly node: Node
  readonly times?: TimeBounds
}

/** The header of a transaction: what chains it to its parent (format.md section 4). Hashes and nonce are hex. */
export interface Header {
  readonly txn: number
  readonly parent: string
  readonly root: string
  readonly events: string
  readonly count: number
  readonly timeMicros: number
  readonly author: string
  readonly request: string
  readonly nonce: string
}
