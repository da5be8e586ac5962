/**
 * The persistence of a filesystem in a store: the engine for names and history, `content/` for bytes.
 */
import { Effect } from "effect"
import type { Store } from "../store/ObjectStore.ts"
import { Persistence, type View } from "../tinyfs/index.ts"
import { makeBlobReader } from "./content/blob-reader.ts"
import { type ContentLimits, DEFAULT_LIMITS } from "./content/limits.ts"
import { Engine } from "./engine.ts"
import { Reading } from "./reading.ts"
import { condemnedBlobs } from "./vacuum.ts"
import { readErrorOf } from "./view.ts"
import { Writing } from "./writing.ts"

/** Opens the persistence of the pond in a store. */
export const openPersistence = Effect.fn("tlogfs.openPersistence")(function* (
  store: Store,
  limits: ContentLimits = DEFAULT_LIMITS
) {
  const blobs = yield* makeBlobReader(store)
  const engine = yield* Engine.open(store)
  const reading = new Reading(engine, blobs)
  const writing = new Writing({
    store,
    blobs,
    limits,
    condemned: () => condemnedBlobs(engine.state.table),
    headTxn: () => engine.state.head.txn,
    storedOf: (node, content) => reading.storedOf(node, content)
  })
  return Persistence.of({
    url: store.url,
    pondId: engine.state.pondId,
    head: Effect.map(reading.newest, (head): View => reading.viewAt(head)),
    at: (txn) => Effect.flatMap(reading.newest, () => Effect.map(reading.headAt(txn), (head) => reading.viewAt(head))),
    atTime: (timeMicros) => Effect.map(reading.headAtTime(timeMicros), (head) => reading.viewAt(head)),
    contents: writing.contents,
    commit: (draft) =>
      engine.commit(draft, writing.physicalOf).pipe(
        Effect.mapError((error) =>
          error._tag === "TransactionConflict" ? error : readErrorOf(store.url, "committing", error)
        ),
        Effect.tap(() => Effect.sync(() => writing.keepStates(draft)))
      ),
    transactions: (fromTxn) => reading.forwards(fromTxn),
    transactionsBackwards: (toTxn) => reading.backwards(toTxn)
  })
})
