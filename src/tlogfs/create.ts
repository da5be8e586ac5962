/**
 * Creating a pond: version 0 of its table, without a transaction.
 */
import { Effect, Option } from "effect"
import { commitLog } from "../delta/commit.ts"
import { readEntryBytes } from "../delta/log.ts"
import { readSeal } from "../delta/seal.ts"
import { randomUuid } from "../delta/uuid.ts"
import type { Store } from "../store/ObjectStore.ts"
import { NotAPond, PondExists } from "./errors.ts"
import { Pieces } from "./index/pieces.ts"
import { FOREIGN, isForeign, stateOf } from "./open.ts"
import { creation, OWN_FEATURE, pondLog } from "./table.ts"

const createTable = Effect.fn("tlogfs.create")(function* (store: Store, copyOf?: string) {
  const log = pondLog(store)
  // Looked for first, so that a place which cannot become a pond is left as it is; the commit decides, and tells why it cannot be had.
  const first = yield* readEntryBytes(log, 0).pipe(Effect.orElseSucceed(() => Option.none<Uint8Array>()))
  if (Option.isSome(first)) {
    const foreign = readSeal(first.value) === undefined && (yield* isForeign(store))
    return yield* foreign ? new NotAPond({ url: store.url, why: FOREIGN }) : new PondExists({ url: store.url })
  }
  const pondId = copyOf ?? (yield* randomUuid)
  const { snapshot } = yield* commitLog(log, undefined, {
    operation: "CREATE TABLE",
    ownFeatures: [OWN_FEATURE],
    actions: creation(pondId)
  }).pipe(Effect.catchTag("CommitConflict", () => Effect.fail(new PondExists({ url: store.url }))))
  return { pondId, table: snapshot }
})

/**
 * Creates an empty pond in a store and gives its id: a new one, or that of the pond it becomes a copy of. Fails with `PondExists` where one is,
 * and with `NotAPond` where a table of another program lies.
 */
export const createPond = (store: Store, copyOf?: string) =>
  Effect.map(createTable(store, copyOf), ({ pondId }) => pondId)

/** Creates an empty copy of a pond and opens it, which takes no further request; fails as `createPond` does. */
export const createCopy = Effect.fnUntraced(function* (store: Store, copyOf: string) {
  const { table } = yield* createTable(store, copyOf)
  const pieces = new Pieces(store)
  return { store, pieces, state: yield* stateOf(store, pieces, table, false) }
})
