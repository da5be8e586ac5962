/**
 * Erasing what was pruned: the rows of pruned versions lose their bytes and keep sizes and hashes (format.md sections 3 and 5).
 *
 * A `pruned` event says on purpose what is to be forgotten; this makes it so on disk. Only physical columns change, so root, chain and digests stay as
 * they are (R7). Blobs that nothing refers to any more go with the next vacuum. Repeating it changes nothing.
 */
import { Effect } from "effect"
import type { Store } from "../store/ObjectStore.ts"
import { decodeAttributes, prunedSpans, type VersionSpan } from "../tinyfs/index.ts"
import type { Pieces } from "./index/pieces.ts"
import type { DataFileInfo } from "./publication.ts"
import { putDataFile } from "./publish.ts"
import { reorganize } from "./reorganize.ts"
import type { Row } from "./row.ts"
import { rowsOfFile, type State } from "./state.ts"

type Pruned = ReadonlyMap<string, ReadonlyArray<VersionSpan>>

/** What every node has pruned, from the newest of its `pruned` events. */
const prunedOf = (rows: ReadonlyArray<Row>): Pruned => {
  const pruned = new Map<string, ReadonlyArray<VersionSpan>>()
  for (const { attributes, kind, node_id } of rows) {
    if (kind === "pruned" && node_id !== null && attributes !== null) {
      pruned.set(node_id, prunedSpans(decodeAttributes(attributes)))
    }
  }
  return pruned
}

/** Takes the bytes out of rows of pruned versions; a row that has none stays the same object. */
const erased = (rows: ReadonlyArray<Row>, pruned: Pruned): ReadonlyArray<Row> => {
  let event: Row | undefined
  return rows.map((row) => {
    if (row.kind !== "extent") event = row
    const spans = pruned.get(row.node_id ?? "")
    const version = (event?.node_id === row.node_id ? event?.version : undefined) ?? 0
    const isPruned = spans?.some(({ first, last }) => first <= version && version <= last) === true
    const hasBytes = row.extent_kind !== null && row.extent_kind !== "pruned"
    if (!isPruned || !hasBytes) return row
    return { ...row, extent_kind: "pruned", blob: null, blob_offset: null, content: null }
  })
}

/** Rewrites the data files that hold bytes of pruned versions. Gives the files after it, and the rows that changed. */
const rewrite = Effect.fnUntraced(function* (store: Store, files: ReadonlyArray<DataFileInfo>, pruned: Pruned) {
  const after: Array<DataFileInfo> = []
  const changed: Array<Row> = []
  for (const info of files) {
    const bare = yield* rowsOfFile(store, info)
    if (erased(bare, pruned).every((row, at) => row === bare[at])) {
      after.push(info)
      continue
    }
    const rows = yield* rowsOfFile(store, info, { withContent: true })
    const rewritten = erased(rows, pruned)
    rewritten.forEach((row, at) => row !== rows[at] && changed.push(row))
    after.push(yield* putDataFile(store, rewritten, info.level))
  }
  return { after, changed }
})

/** Erases the bytes of all pruned versions; the state must be published at its head. Gives how many rows lost theirs. */
export const erasePruned = Effect.fn("tlogfs.erase")(function* (store: Store, pieces: Pieces, state: State) {
  const { publication } = state
  if (publication === undefined || publication.txn !== state.head.txn) return 0
  const all: Array<Row> = []
  for (const info of state.files) for (const row of yield* rowsOfFile(store, info)) all.push(row)
  const pruned = prunedOf(all)
  if (pruned.size === 0) return 0
  const { after, changed } = yield* rewrite(store, state.files, pruned)
  if (changed.length === 0) return 0
  yield* reorganize(store, pieces, { ...state, publication }, { after, changed })
  return changed.length
})
