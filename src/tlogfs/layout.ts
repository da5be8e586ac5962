/**
 * Where the bytes of a node lie: its extents through the whole history, by the kind of place. Maintenance changes it, and nothing else does (R7).
 */
import { Effect } from "effect"
import type { NodeId, ReadError, View } from "../tinyfs/index.ts"
import type { ExtentKind } from "./row.ts"
import { ImportingView } from "./imports/view.ts"
import { PondView } from "./view.ts"

/** How many extents there are of a kind, and how many bytes they hold. */
export interface ExtentTotal {
  readonly kind: ExtentKind
  readonly count: number
  readonly bytes: number
}

const KINDS = ["inline", "blob", "pruned"] as const

/** Tells the extents of all versions of a node; kinds that it has none of are left out, and so is everything of a view in memory. */
export const extentsOf = (view: View, id: NodeId): Effect.Effect<ReadonlyArray<ExtentTotal>, ReadError> => {
  if (view instanceof ImportingView) return Effect.flatMap(view.home(id), (home) => extentsOf(home.view, home.id))
  if (!(view instanceof PondView)) return Effect.succeed([])
  return Effect.map(view.rows(id), (rows) =>
    KINDS.flatMap((kind): ReadonlyArray<ExtentTotal> => {
      const own = rows.filter(({ row }) => row.extent_kind === kind)
      const bytes = own.reduce((sum, { row }) => sum + (row.extent_length ?? 0), 0)
      return own.length === 0 ? [] : [{ kind, count: own.length, bytes }]
    })
  )
}
