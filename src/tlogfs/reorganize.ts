/**
 * Putting data files in the place of others that hold the same rows with other physical columns, and the index with them: one commit.
 *
 * Nothing that is hashed changes, so root, chain and digests stay as they are (R7).
 */
import { Clock, Effect } from "effect"
import type { Action } from "../delta/actions.ts"
import { commitLog, conflict } from "../delta/commit.ts"
import type { LogEntry } from "../delta/entry.ts"
import type { Snapshot } from "../delta/snapshot.ts"
import type { Store } from "../store/ObjectStore.ts"
import { type Entry, event, slot } from "./index/keys.ts"
import type { Pieces } from "./index/pieces.ts"
import { addAction, removeAction } from "./names.ts"
import { nameHash } from "./namespace.ts"
import { type DataFileInfo, encodePublication, INDEX_DOMAIN, type Publication } from "./publication.ts"
import { mergePieces, oneBatch, putPiece } from "./publish.ts"
import type { Row } from "./row.ts"
import { decodeEvent, decodeSlot, encodeEvent, encodeSlot } from "./slots.ts"
import { damageOf, type State } from "./state.ts"
import { otherDomains, OWN_FEATURE, pondLog } from "./table.ts"
import { condemnedBlobs } from "./vacuum.ts"

/** What takes the place of what. */
export interface Reorganization {
  /** All data files afterwards, oldest txn first. */
  readonly after: ReadonlyArray<DataFileInfo>
  /** The rows that changed, as they are afterwards. */
  readonly changed: ReadonlyArray<Row>
}

/** The entries of the index that rewritten rows change. */
const entriesOf = async (state: State, rows: ReadonlyArray<Row>): Promise<ReadonlyArray<Entry>> => {
  const entries = new Map<string, Uint8Array>()
  for (const row of rows) {
    const key = event(row.node_id!, row.txn, row.op, row.extent_offset ?? 0)
    const known = await state.index.get(key)
    if (known !== undefined) entries.set(key, encodeEvent({ row, timeMicros: decodeEvent(known).timeMicros }))
    if (row.parent_id === null || row.name === null) continue
    const slotKey = slot(row.parent_id, nameHash(row.name))
    const held = await state.index.get(slotKey)
    const value = held === undefined ? undefined : decodeSlot(held)
    if (value?.row.txn === row.txn && value.row.op === row.op) entries.set(slotKey, encodeSlot({ ...value, row }))
  }
  return [...entries].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([key, value]) => ({ key, value }))
}

/** Commits a reorganization of a state that is published at its head. */
export const reorganize = Effect.fnUntraced(function* (
  store: Store,
  pieces: Pieces,
  state: State & { readonly publication: Publication },
  { after, changed }: Reorganization
) {
  const { publication } = state
  const entries = yield* Effect.tryPromise({
    try: () => entriesOf(state, changed),
    catch: (cause) => damageOf("_index", cause)
  })
  const fresh = entries.length === 0 ? [] : [yield* putPiece(store, publication.txn, 0, oneBatch(entries))]
  const infos = yield* mergePieces(store, pieces, publication.txn, [...publication.pieces, ...fresh], true)
  const nowMs = yield* Clock.currentTimeMillis
  const kept = new Set(after.map(({ file }) => file))
  const before = new Set(state.files.map(({ file }) => file))
  const actionsOn = (table: Snapshot): ReadonlyArray<Action> => {
    const next: Publication = { ...publication, pieces: infos, files: after, domains: otherDomains(table) }
    return [
      ...state.files.filter(({ file }) => !kept.has(file)).map((info) => removeAction(info, nowMs)),
      ...after.filter(({ file }) => !before.has(file)).map((info) => addAction(info, [], nowMs, true)),
      { domainMetadata: { domain: INDEX_DOMAIN, configuration: encodePublication(next), removed: false } }
    ]
  }
  const log = pondLog(store)
  const rebase = (_winners: ReadonlyArray<LogEntry>, table: Snapshot) => {
    const condemned = condemnedBlobs(table)
    const isGone = changed.some(({ blob }) => blob !== null && condemned.has(blob))
    return isGone
      ? Effect.fail(conflict(log, table.version, "vacuum condemned a blob that was just written"))
      : Effect.succeed({ actions: actionsOn(table) })
  }
  yield* commitLog(log, state.table, {
    operation: "REORG",
    ownFeatures: [OWN_FEATURE],
    actions: actionsOn(state.table),
    rebase
  })
})
