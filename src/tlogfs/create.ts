/**
 * Creating a pond: version 0 of its table, without a transaction.
 */
import { Effect } from "effect"
import { commitLog } from "../delta/commit.ts"
import { randomUuid } from "../delta/uuid.ts"
import type { Store } from "../store/ObjectStore.ts"
import { PondExists } from "./errors.ts"
import { creation, OWN_FEATURE, pondLog } from "./table.ts"

/** Creates an empty pond in a store and gives its id: a new one, or that of the pond it becomes a copy of. Fails with `PondExists` where one is. */
export const createPond = Effect.fn("tlogfs.create")(function* (store: Store, copyOf?: string) {
  const pondId = copyOf ?? (yield* randomUuid)
  yield* commitLog(pondLog(store), undefined, {
    operation: "CREATE TABLE",
    ownFeatures: [OWN_FEATURE],
    actions: creation(pondId)
  }).pipe(Effect.catchTag("CommitConflict", () => Effect.fail(new PondExists({ url: store.url }))))
  return pondId
})
