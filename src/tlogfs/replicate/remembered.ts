/**
 * What this copy knows of a remote: the last tip that was seen there. Durable and checked like everything in the log, and never replicated:
 * it lies in metadata domains `pond.remote.<name>` (design section 4).
 *
 * It is what a remote that was rolled back, replaced or rewritten is recognised by.
 */
import { Effect, Exit, Schema } from "effect"
import { commitLog } from "../../delta/commit.ts"
import { domain, type Snapshot } from "../../delta/snapshot.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { Pieces } from "../index/pieces.ts"
import { openState } from "../open.ts"
import { OWN_FEATURE, pondLog } from "../table.ts"
import { Tip, tipText } from "./errors.ts"

/** What is remembered of one remote. */
export const Remembered = Schema.Struct({
  /** The pond that was there. */
  pond: Schema.String,
  /** Its newest transaction when it was last seen. */
  tip: Tip
})
/** What is remembered of one remote. */
export type Remembered = typeof Remembered.Type

const RememberedJson = Schema.fromJsonString(Remembered)
const decode = Schema.decodeUnknownExit(RememberedJson)
const encode = Schema.encodeSync(RememberedJson)

const domainOf = (name: string): string => `pond.remote.${name}`

/** What the pond of a table remembers of a remote. */
export const rememberedIn = (table: Snapshot, name: string): Remembered | undefined => {
  const decoded = decode(domain(table, domainOf(name)))
  return Exit.isSuccess(decoded) ? decoded.value : undefined
}

/** What the pond in a store remembers of a remote. */
export const rememberedRemote = Effect.fn("tlogfs.rememberedRemote")(function* (store: Store, name: string) {
  const { table } = yield* openState(store, new Pieces(store))
  return rememberedIn(table, name)
})

/** Remembers what was seen at a remote; `undefined` forgets it. Nothing is written when it is known already. */
export const rememberRemote = Effect.fn("tlogfs.rememberRemote")(function* (
  store: Store,
  name: string,
  seen: Remembered | undefined
) {
  const { table } = yield* openState(store, new Pieces(store))
  const before = domain(table, domainOf(name))
  const configuration = seen === undefined ? "" : encode(seen)
  if (before === (seen === undefined ? undefined : configuration)) return
  yield* commitLog(pondLog(store), table, {
    operation: "SET DOMAIN METADATA",
    ownFeatures: [OWN_FEATURE],
    actions: [{ domainMetadata: { domain: domainOf(name), configuration, removed: seen === undefined } }]
  })
})

/** A remote lacks transactions that were seen there before, or is another pond now. */
export class RemoteChanged extends Schema.TaggedError<RemoteChanged>()("RemoteChanged", {
  remote: Schema.String,
  seen: Tip,
  found: Tip
}) {
  override get message(): string {
    return (
      `${this.remote} was ${tipText(this.seen)} when it was last seen, and is ${tipText(this.found)} now: it was rolled back, replaced or ` +
      `rewritten. Nothing was done; find out why, or forget what was seen by removing the remote and adding it again`
    )
  }
}
