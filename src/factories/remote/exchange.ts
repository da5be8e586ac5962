/**
 * Carrying history between this pond and a remote, on top of replication: what was seen there before is held against what is there now.
 */
import { Effect, Option } from "effect"
import type { Store } from "../../store/ObjectStore.ts"
import {
  chainIn,
  createPond,
  openTip,
  type Relation,
  relationBetween,
  rememberedRemote,
  rememberRemote,
  RemoteChanged,
  replicate,
  type Tip
} from "../../tlogfs/index.ts"
import { UnexpectedRoot } from "./errors.ts"
import type { RemoteReport } from "./report.ts"

/** A remote as the pond knows it. */
export interface Known {
  readonly name: string
  readonly own: Store
  readonly remote: Store
}

const NOWHERE: Tip = { txn: 0, chain: "", root: "" }
const NOTHING = { transactions: 0, blobs: 0, bytes: 0 }

/** The pond at a remote, if there is one. */
const pondAt = (remote: Store) =>
  openTip(remote).pipe(
    Effect.asSome,
    Effect.catchTag("NotAPond", () => Effect.succeedNone)
  )

/** Fails when a remote lacks what was seen there before. */
const requireAsSeen = Effect.fnUntraced(function* ({ name, own, remote }: Known) {
  const seen = yield* rememberedRemote(own, name)
  const there = yield* pondAt(remote)
  if (seen === undefined || seen.tip.txn === 0) return there
  const found = Option.match(there, { onNone: () => NOWHERE, onSome: ({ tip }) => tip })
  const chain = Option.isNone(there) ? undefined : yield* chainIn(remote, seen.tip.txn)
  return chain === seen.tip.chain ? there : yield* new RemoteChanged({ remote: remote.url, seen: seen.tip, found })
})

const stateOf = (relation: Relation): Pick<RemoteReport, "state" | "by"> => ({
  state: relation.state,
  by: "by" in relation ? relation.by : 0
})

/** How this pond and a remote stand to each other. */
export const compare = Effect.fn("remote.compare")(function* (known: Known) {
  const { own, remote } = known
  const there = yield* requireAsSeen(known)
  const { tip: ours } = yield* openTip(own)
  const report = { remote: remote.url, ours, carried: NOTHING }
  if (Option.isNone(there)) {
    return { ...report, state: "nothing pushed", by: ours.txn, theirs: null } satisfies RemoteReport
  }
  const standing = stateOf(yield* relationBetween(own, remote))
  return { ...report, ...standing, theirs: there.value.tip } satisfies RemoteReport
})

/** Brings the remote up to this pond; makes one there where none is. */
export const push = Effect.fn("remote.push")(function* (known: Known) {
  const { name, own, remote } = known
  const there = yield* requireAsSeen(known)
  const { pondId, tip: ours } = yield* openTip(own)
  if (Option.isNone(there)) {
    yield* Effect.catchTag(createPond(remote, pondId), "PondExists", () => Effect.void)
  }
  const { after: theirs, carried, relation } = yield* replicate(own, remote)
  yield* rememberRemote(own, name, { pond: pondId, tip: theirs })
  const standing = relation.state === "ahead" ? { state: "equal" as const, by: 0 } : stateOf(relation)
  const transactions = relation.state === "ahead" ? relation.by : 0
  return { remote: remote.url, ...standing, ours, theirs, carried: { transactions, ...carried } } satisfies RemoteReport
})

const REVERSED = { equal: "equal", ahead: "equal", behind: "ahead", diverged: "diverged" } as const

/** Brings this pond up to the remote. `expected` is the root that must be there. */
export const pull = Effect.fn("remote.pull")(function* (known: Known, expected: string | undefined) {
  const { name, own, remote } = known
  yield* requireAsSeen(known)
  const { pondId, tip: theirs } = yield* openTip(remote)
  if (expected !== undefined && theirs.root !== expected) {
    return yield* new UnexpectedRoot({ remote: remote.url, expected, found: theirs })
  }
  const { after: ours, carried, relation } = yield* replicate(remote, own)
  yield* rememberRemote(own, name, { pond: pondId, tip: theirs })
  const by = relation.state === "behind" ? relation.by : 0
  const transactions = relation.state === "ahead" ? relation.by : 0
  const report: RemoteReport = {
    remote: remote.url,
    state: REVERSED[relation.state],
    by,
    ours,
    theirs,
    carried: { transactions, ...carried }
  }
  return report
})
