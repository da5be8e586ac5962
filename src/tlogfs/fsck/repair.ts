/**
 * Repair of the one damage that closes a pond to writers: the newest entry of the log is empty or torn, as a disk leaves it that lied about syncing, or
 * a copy that was stopped (F14).
 *
 * - The entry is made again, byte for byte, where its first line and its data file are left: its seal proves it, and nothing is lost.
 * - Otherwise it is put aside, under `_repaired/`, and the pond is as it was before that entry. That may have been acknowledged: so it happens
 *   only when a person asks for it, and the report says what is known of it.
 * - Everything else is refused: an entry with others after it, one that a checkpoint rests on, a log that is damaged before it, or a
 *   state before it of which a data file is gone.
 * - What is torn is never deleted, and put aside before it leaves its place. Repeating an interrupted repair finishes it.
 */
import { Effect, HashMap, Option, Schema } from "effect"
import { hash, toHex } from "../../bao/index.ts"
import type { Add } from "../../delta/actions.ts"
import { entryName, listLog, logKey, openEntry, readEntryBytes } from "../../delta/log.ts"
import { openLog } from "../../delta/open.ts"
import type { Snapshot } from "../../delta/snapshot.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { dataFileOf } from "../names.ts"
import { pondLog } from "../table.ts"
import { beginningOf, dataFilesFrom, remade } from "./torn.ts"

/** The folder of what repairs put aside. Its name begins with `_`: other engines leave it alone. */
export const REPAIRED_FOLDER = "_repaired"

/** What a repair did. */
export const Repair = Schema.Struct({
  /** Key of the entry that was torn. */
  entry: Schema.String,
  why: Schema.String.annotate({ description: "what was wrong with it" }),
  outcome: Schema.Literals(["restored", "putAside"]).annotate({
    description: "made again byte for byte, or taken out of the log: the pond is as it was before it"
  }),
  /** Key under which the torn bytes are kept. */
  keptAs: Schema.String,
  lostTxns: Schema.NullOr(Schema.String).annotate({ description: "transactions that it held, where that can be told" }),
  leftovers: Schema.Array(Schema.String).annotate({ description: "data files that it may have named" })
})
/** What a repair did. */
export type Repair = typeof Repair.Type

/** The pond cannot be repaired without losing more than its newest log entry; nothing was changed. */
export class RepairRefused extends Schema.TaggedError<RepairRefused>()("RepairRefused", {
  url: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return (
      `${this.url} is not repaired: ${this.why}. Nothing was changed. ` +
      `Restore what \`pond fsck\` names from a copy of the pond, or clone a remote of it`
    )
  }
}

/** The first data file of a state that is gone or has another length. */
const lacking = Effect.fnUntraced(function* (store: Store, { files }: Snapshot) {
  for (const add of HashMap.values(files)) {
    const found = yield* store.head(add.path)
    if (Option.isNone(found) || BigInt(found.value.sizeBytes) !== add.size) return add.path
  }
  return undefined
})

/** The state before a torn entry; refused where that cannot be had whole. */
const stateBefore = Effect.fnUntraced(function* (store: Store, version: number) {
  const refuse = (why: string) => new RepairRefused({ url: store.url, why })
  if (version === 0) return yield* refuse("its only log entry is torn, so there is no state before it")
  const table = yield* openLog(pondLog(store), version - 1).pipe(
    Effect.catchTag(["LogDamaged", "MissingVersion", "NotATable", "UnsupportedFeature"], (error) =>
      Effect.fail(refuse(`the log is damaged before its newest entry, too (${error.message})`))
    )
  )
  const missing = yield* lacking(store, table)
  if (missing !== undefined)
    return yield* refuse(`the state before its newest entry needs ${missing}, which is gone or cut short`)
  return table
})

/** The last txn of a data file; 0 where its tags do not say. */
const lastTxnOf = (add: Add): number => {
  try {
    return dataFileOf(add).lastTxn
  } catch {
    return 0
  }
}

/** Keeps the torn bytes under another name, as long as nobody else changes the entry. Gives that name. */
const keep = Effect.fnUntraced(function* (store: Store, version: number, bytes: Uint8Array) {
  const keptAs = `${REPAIRED_FOLDER}/${entryName(version).slice(0, 20)}-${toHex(hash(bytes)).slice(0, 16)}.json`
  yield* store.putIfAbsent(keptAs, bytes)
  const now = yield* readEntryBytes(pondLog(store), version)
  if (Option.isSome(now) && Buffer.compare(now.value, bytes) === 0) return keptAs
  return yield* new RepairRefused({ url: store.url, why: "somebody else writes to it at this moment" })
})

/**
 * Repairs the newest entry of the log in a store. `None`: that one is whole. Whoever calls it holds the writers' lock, where there is one.
 */
export const repair = Effect.fn("tlogfs.repair")(function* (store: Store) {
  const log = pondLog(store)
  const listing = yield* listLog(log)
  const version = listing.entries.at(-1)?.version
  if (version === undefined) return Option.none<Repair>()
  const bytes = yield* readEntryBytes(log, version)
  if (Option.isNone(bytes)) return Option.none<Repair>()
  const opened = yield* Effect.result(openEntry(log, version, bytes.value, undefined))
  if (opened._tag === "Success") return Option.none<Repair>()
  if (listing.checkpoints.some((one) => one.version >= version)) {
    return yield* new RepairRefused({
      url: store.url,
      why: "a checkpoint rests on its newest log entry, which is damaged"
    })
  }
  const table = yield* stateBefore(store, version)
  const beginning = beginningOf(bytes.value)
  const restored =
    beginning === undefined || log.seal === undefined ? undefined : yield* remade(store, beginning, log.seal)
  const follows = restored !== undefined && (yield* Effect.isSuccess(openEntry(log, version, restored, table.seal)))
  const key = logKey(entryName(version))
  const about = { entry: key, why: opened.failure.why, keptAs: yield* keep(store, version, bytes.value) }
  if (restored !== undefined && follows) {
    // In one step, so that stopping here loses nothing; then durably.
    yield* store.put(key, restored)
    yield* store.putIfAbsent(key, restored)
    return Option.some<Repair>({ ...about, outcome: "restored", lostTxns: null, leftovers: [] })
  }
  yield* store.delete(key)
  const next = 1 + [...HashMap.values(table.files)].reduce((last, add) => Math.max(last, lastTxnOf(add)), 0)
  return Option.some<Repair>({
    ...about,
    outcome: "putAside",
    lostTxns: beginning?.txns ?? null,
    leftovers: yield* dataFilesFrom(store, beginning?.firstTxn ?? next)
  })
})
