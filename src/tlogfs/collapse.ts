/**
 * Collapsing long series: the bytes that many small appends left in rows go into packs, so that reading the series reads a few blobs and
 * not every data file. Each row keeps its extent, its hash and its place in the content; only where its bytes lie changes (R7).
 *
 * Repeating it changes nothing: what lies in a pack stays there.
 */
import { Effect } from "effect"
import type { Store } from "../store/ObjectStore.ts"
import type { ContentLimits } from "./content/limits.ts"
import { makeBatch, type Member } from "./content/packs.ts"
import type { Pieces } from "./index/pieces.ts"
import type { DataFileInfo } from "./publication.ts"
import { putDataFile } from "./publish.ts"
import { reorganize } from "./reorganize.ts"
import type { Row } from "./row.ts"
import { rowsOfFile, type State } from "./state.ts"
import { condemnedBlobs } from "./vacuum.ts"

/** A series with this many extents in rows is long. */
export const LONG_SERIES_EXTENTS = 64

const isInline = ({ extent_kind: kind, extent_length: length }: Row): boolean => kind === "inline" && (length ?? 0) > 0

/** The series of which so many extents lie in rows. */
const longSeries = Effect.fnUntraced(function* (store: Store, files: ReadonlyArray<DataFileInfo>, from: number) {
  const counts = new Map<string, number>()
  const series = new Set<string>()
  for (const info of files) {
    for (const row of yield* rowsOfFile(store, info)) {
      if (row.node_id === null) continue
      if (row.type === "series") series.add(row.node_id)
      if (isInline(row)) counts.set(row.node_id, (counts.get(row.node_id) ?? 0) + 1)
    }
  }
  return new Set([...counts].filter(([id, count]) => count >= from && series.has(id)).map(([id]) => id))
})

/** Collapses long series; the state must be published at its head. Gives how many rows gave their bytes away. */
export const collapseSeries = Effect.fn("tlogfs.collapse")(function* (
  store: Store,
  pieces: Pieces,
  state: State,
  { from, limits }: { readonly limits: ContentLimits; readonly from: number }
) {
  const { publication } = state
  if (publication === undefined || publication.txn !== state.head.txn) return 0
  const long = yield* longSeries(store, state.files, from)
  if (long.size === 0) return 0
  const isCondemned = (blob: string): boolean => condemnedBlobs(state.table).has(blob)
  const batch = yield* makeBatch({ store, isCondemned }, limits)
  const after: Array<DataFileInfo> = []
  const changed: Array<Row> = []
  for (const info of state.files) {
    const isConcerned = (row: Row): boolean => isInline(row) && long.has(row.node_id ?? "")
    if (!(yield* rowsOfFile(store, info)).some(isConcerned)) {
      after.push(info)
      continue
    }
    const rows = yield* rowsOfFile(store, info, { withContent: true })
    const members = new Map<Row, Member>()
    for (const row of rows.filter(isConcerned)) members.set(row, yield* batch.add(row.content!, row.extent_hash!))
    const rewritten: Array<Row> = []
    for (const row of rows) {
      const member = members.get(row)
      if (member === undefined) {
        rewritten.push(row)
        continue
      }
      const blob = yield* member.blob
      const packed: Row = { ...row, extent_kind: "blob", blob, blob_offset: member.blobOffset, content: null }
      rewritten.push(packed)
      changed.push(packed)
    }
    after.push(yield* putDataFile(store, rewritten, info.level))
  }
  yield* reorganize(store, pieces, { ...state, publication }, { after, changed })
  return changed.length
}, Effect.scoped)
