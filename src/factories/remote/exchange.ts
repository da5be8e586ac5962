/**
 * Carrying history between this pond and a remote, on top of replication: what was seen there before is held against what is there now.
 *
 * Each side is opened once: over a network that is most of what a push or pull costs which has nothing to carry.
 */
import { Effect, Option } from "effect"
import type { Store } from "../../store/ObjectStore.ts"
import {
  chainIn,
  type Copy,
  heal,
  openCopy,
  type Relation,
  relationBetween,
  rememberedIn,
  rememberRemote,
  RemoteChanged,
  replicate,
  type ReplicateOptions,
  type Tip,
  tipOf
} from "../../tlogfs/index.ts"
import { createCopy } from "../../tlogfs/create.ts"
import { RemoteUnsound } from "./errors.ts"
import type { RemoteReport } from "./report.ts"

/** A remote as the pond knows it. */
export interface Known {
  readonly name: string
  readonly own: Store
  /** Parts of its index may come from what is kept on this machine. */
  readonly remote: Store
  /** The remote itself, which checks read. */
  readonly bare: Store
}

const NOWHERE: Tip = { txn: 0, chain: "", root: "" }
const NOTHING = { transactions: 0, blobs: 0, bytes: 0 }

/** Opens both sides; fails when the remote lacks what was seen there before. */
const openBoth = Effect.fnUntraced(function* ({ name, own, remote }: Known) {
  const opening = openCopy(remote).pipe(
    Effect.asSome,
    Effect.catchTag("NotAPond", () => Effect.succeedNone)
  )
  const [ours, there] = yield* Effect.all([openCopy(own), opening], { concurrency: 2 })
  const seen = rememberedIn(ours.state.table, name)
  const chain = seen === undefined || Option.isNone(there) ? undefined : yield* chainIn(there.value, seen.tip.txn)
  const isAsSeen = seen === undefined || seen.tip.txn === 0 || chain === seen.tip.chain
  const found = Option.match(there, { onNone: () => NOWHERE, onSome: ({ state }) => tipOf(state) })
  return isAsSeen ? { ours, there } : yield* new RemoteChanged({ remote: remote.url, seen: seen.tip, found })
})

const stateOf = (relation: Relation): Pick<RemoteReport, "state" | "by"> => ({
  state: relation.state,
  by: "by" in relation ? relation.by : 0
})

/** How this pond and a remote stand to each other. */
export const compare = Effect.fn("remote.compare")(function* (known: Known) {
  const { ours: own, there } = yield* openBoth(known)
  const ours = tipOf(own.state)
  const report = { remote: known.remote.url, ours, carried: NOTHING }
  if (Option.isNone(there)) {
    return { ...report, state: "nothing pushed", by: ours.txn, theirs: null } satisfies RemoteReport
  }
  const standing = stateOf(yield* relationBetween(own, there.value))
  return { ...report, ...standing, theirs: tipOf(there.value.state) } satisfies RemoteReport
})

/** Writes again what is damaged in one copy, where that is asked for; fails with what is damaged still. */
const healed = Effect.fnUntraced(function* (isHealing: boolean, source: Store, target: Store) {
  if (!isHealing) return {}
  const { blobs, bytes, remaining } = yield* heal(source, target)
  if (remaining.length > 0) return yield* new RemoteUnsound({ remote: target.url, damage: remaining })
  return { healed: { blobs, bytes } } satisfies Pick<RemoteReport, "healed">
})

/** Brings the remote up to this pond; makes one there where none is. `isHealing`: what is damaged there is written again. */
export const push = Effect.fn("remote.push")(function* (known: Known, isHealing = false) {
  const { name, own, remote } = known
  const { ours: from, there } = yield* openBoth(known)
  const { pondId } = from.state
  const ours = tipOf(from.state)
  const to: Copy | undefined = Option.isSome(there)
    ? there.value
    : yield* Effect.catchTag(createCopy(remote, pondId), "PondExists", () => Effect.undefined)
  const { after: theirs, carried, relation } = yield* replicate(own, remote, { from, to })
  yield* rememberRemote(own, name, { pond: pondId, tip: theirs })
  const standing = relation.state === "ahead" ? { state: "equal" as const, by: 0 } : stateOf(relation)
  const transactions = relation.state === "ahead" ? relation.by : 0
  return {
    remote: remote.url,
    ...standing,
    ours,
    theirs,
    carried: { transactions, ...carried },
    ...(yield* healed(isHealing, own, known.bare))
  } satisfies RemoteReport
})

const REVERSED = { equal: "equal", ahead: "equal", behind: "ahead", diverged: "diverged" } as const

/**
 * Brings this pond up to the remote, with all contents or those of a selection. Without one what was left out before comes too. `isHealing`: what
 * is damaged here is written again.
 */
export const pull = Effect.fn("remote.pull")(function* (
  known: Known,
  how: Pick<ReplicateOptions, "expectedRoot" | "selection"> & { readonly isHealing?: boolean }
) {
  const { name, own, remote } = known
  const { ours: to, there } = yield* openBoth(known)
  // Where there is none, opening it again says what is there instead.
  const from = Option.isSome(there) ? there.value : yield* openCopy(remote)
  const {
    after: ours,
    carried,
    damaged,
    relation,
    source: theirs
  } = yield* replicate(remote, own, { from, to, ...how, isCompleting: how.selection === undefined, isSparing: true })
  yield* rememberRemote(own, name, { pond: from.state.pondId, tip: theirs })
  const report: RemoteReport = {
    remote: remote.url,
    state: REVERSED[relation.state],
    by: relation.state === "behind" ? relation.by : 0,
    ours,
    theirs,
    carried: { transactions: relation.state === "ahead" ? relation.by : 0, ...carried },
    ...(damaged.length === 0 ? {} : { damaged }),
    ...(yield* healed(how.isHealing === true, remote, own))
  }
  return report
})
