/**
 * What the pond knows of clean-ups of its own log: without such a note, entries that are missing are damage (R6).
 */
import { Effect, Exit, Schema } from "effect"
import { commitLog } from "../delta/commit.ts"
import { domain, type Snapshot } from "../delta/snapshot.ts"
import type { Store } from "../store/ObjectStore.ts"
import { OWN_FEATURE, pondLog } from "./table.ts"

/** The metadata domain that tells up to where the log may have been cleaned up. */
export const CLEANED_DOMAIN = "pond.cleaned"

const Cleaned = Schema.fromJsonString(Schema.Struct({ before: Schema.Int }))
const decode = Schema.decodeUnknownExit(Cleaned)
const encode = Schema.encodeSync(Cleaned)

/** The version before which entries may have been removed on purpose; 0 when none were. */
export const cleanedBefore = (table: Snapshot): number => {
  const decoded = decode(domain(table, CLEANED_DOMAIN))
  return Exit.isSuccess(decoded) ? decoded.value.before : 0
}

/** Notes, before it is done, that entries before the note itself may go. */
export const noteCleanUp = Effect.fnUntraced(function* (store: Store, table: Snapshot) {
  const configuration = encode({ before: table.version + 1 })
  yield* commitLog(pondLog(store), table, {
    operation: "SET DOMAIN METADATA",
    ownFeatures: [OWN_FEATURE],
    actions: [{ domainMetadata: { domain: CLEANED_DOMAIN, configuration, removed: false } }]
  })
})
