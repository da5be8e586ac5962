/**
 * Vacuum: removes objects that nothing refers to. It publishes first and deletes second (format.md section 7).
 *
 * A commit names the blobs that are to go. Whoever commits on an older base sees the list while rebasing and stores what was condemned again
 * under a new name; whoever starts later never uses a condemned name. So nothing that a commit in flight needs is lost (F20). The
 * grace period protects readers of older states only. Repeating an interrupted vacuum finishes it.
 */
import { Clock, Effect, Schema, Stream } from "effect"
import { commitLog } from "../delta/commit.ts"
import { domain, type Snapshot } from "../delta/snapshot.ts"
import type { Store } from "../store/ObjectStore.ts"
import { HEAD_HINT, outboardName } from "./names.ts"
import { decodePublication, INDEX_DOMAIN } from "./publication.ts"
import { rowsOfFile, type State } from "./state.ts"
import { OWN_FEATURE, pondLog } from "./table.ts"

/** The metadata domain that names condemned blobs. */
export const CONDEMNED_DOMAIN = "pond.condemned"

/** Time that readers of an older state have to finish. */
export const GRACE_MS = 60 * 60 * 1000

const Condemned = Schema.fromJsonString(Schema.Struct({ blobs: Schema.Array(Schema.String) }))
const decodeCondemned = Schema.decodeUnknownExit(Condemned)
const encodeCondemned = Schema.encodeSync(Condemned)

const NONE: ReadonlySet<string> = new Set()

/** What was read last: every commit asks, and the list is as long as the pond's past. */
let last: { readonly text: string; readonly blobs: ReadonlySet<string> } = { text: "", blobs: NONE }

/** The blobs that were ever condemned and may be gone: their names are not used again. */
export const condemnedBlobs = (table: Snapshot): ReadonlySet<string> => {
  const text = domain(table, CONDEMNED_DOMAIN)
  if (text === undefined) return NONE
  if (text !== last.text) {
    const decoded = decodeCondemned(text)
    last = { text, blobs: new Set(decoded._tag === "Success" ? decoded.value.blobs : []) }
  }
  return last.blobs
}

/** What a vacuum removed, or would remove. */
export interface VacuumReport {
  readonly objects: ReadonlyArray<string>
  readonly sizeBytes: number
}

/** The keys of everything that the newest state needs. */
const referenced = Effect.fnUntraced(function* (store: Store, table: Snapshot, state: State, limitMs: number) {
  const keys = new Set<string>([HEAD_HINT])
  const published = decodePublication(domain(table, INDEX_DOMAIN))
  const pieces = published._tag === "Success" ? published.value.pieces : []
  for (const info of [...state.files, ...pieces]) {
    keys.add(info.file)
    if (info.outboard !== undefined) keys.add(outboardName(info.outboard))
  }
  for (const info of state.files) {
    for (const { blob, outboard_blob } of yield* rowsOfFile(store, info)) {
      if (blob !== null) keys.add(`_blobs/${blob.slice(0, 2)}/${blob}`)
      if (outboard_blob !== null) keys.add(`_blobs/${outboard_blob.slice(0, 2)}/${outboard_blob}`)
    }
  }
  // What was merged away goes when its grace is over, like everything else.
  for (const [path, { deletionTimestamp }] of table.tombstones) {
    if (Number(deletionTimestamp ?? 0n) > limitMs) keys.add(path)
  }
  return keys
})

const OWN_OBJECT = /^(?:_blobs\/[0-9a-f]{2}\/|_index\/\d{20}-|\d{20}-[0-9a-f-]{36}\.parquet$)/

/** Objects of the pond's own kinds that nothing refers to, older than the grace period. */
const victimsOf = Effect.fnUntraced(function* (store: Store, keys: ReadonlySet<string>, limitMs: number) {
  const victims: Array<{ readonly key: string; readonly sizeBytes: number }> = []
  yield* Stream.runForEach(store.list(""), ({ key, modifiedMs, sizeBytes }) =>
    Effect.sync(() => {
      if (OWN_OBJECT.test(key) && !keys.has(key) && modifiedMs <= limitMs) victims.push({ key, sizeBytes })
    })
  )
  return victims
})

/** Removes what nothing refers to. `table` is the whole table at the state's version, tombstones included. */
export const vacuum = Effect.fn("tlogfs.vacuum")(function* (
  store: Store,
  state: State,
  table: Snapshot,
  graceMs = GRACE_MS
) {
  // The clock may jump: nothing goes that is younger, by the store's own times, than the newest commit less the grace period.
  const limitMs = Math.min(yield* Clock.currentTimeMillis, table.timestampMs ?? 0) - graceMs
  const keys = yield* referenced(store, table, state, limitMs)
  const victims = yield* victimsOf(store, keys, limitMs)
  const report: VacuumReport = {
    objects: victims.map(({ key }) => key),
    sizeBytes: victims.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  }
  const blobs = victims.flatMap(({ key }) => (key.startsWith("_blobs/") ? [key.slice("_blobs/ab/".length)] : []))
  const known = condemnedBlobs(table)
  if (blobs.some((blob) => !known.has(blob))) {
    // Any commit in between may refer to a victim: then the domain conflicts or the caller's next run decides anew.
    yield* commitLog(pondLog(store), table, {
      operation: "VACUUM START",
      ownFeatures: [OWN_FEATURE],
      reads: { files: "all" },
      actions: [
        {
          domainMetadata: {
            domain: CONDEMNED_DOMAIN,
            configuration: encodeCondemned({ blobs: [...new Set([...known, ...blobs])].toSorted() }),
            removed: false
          }
        }
      ]
    })
  }
  yield* Effect.forEach(victims, ({ key }) => store.delete(key), { discard: true })
  return report
})
