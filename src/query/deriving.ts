/**
 * Nodes that are queries themselves: where a statement names one, its rows are the answer of that query. How they are made is known to whoever runs
 * statements; here it only has a place, so that files of a table can be looked up without knowing it.
 */
import { Context, type Effect } from "effect"
import type { Node } from "../tinyfs/index.ts"
import type { Snapshot } from "../tlogfs/pond.ts"
import type { Content } from "./content.ts"
import type { Unreadable } from "./errors.ts"

/** The type of nodes that are queries: the factory that they are instances of. */
export const DERIVED_TYPE = "sql"

/** Whether a node is a query over others. */
export const isDerived = ({ factory, type }: Node): boolean => type === "dynamic" && factory === DERIVED_TYPE

/** Makes contents of such nodes. */
export interface Deriver {
  readonly content: (snapshot: Snapshot, path: string, node: Node) => Effect.Effect<Content, Unreadable>
}

/** Makes contents of such nodes; none where nothing runs statements. */
export const Deriving = Context.Reference<Deriver | undefined>("pond/query/Deriving", {
  defaultValue: () => undefined
})
