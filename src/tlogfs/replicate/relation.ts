/**
 * How the histories of two copies of a pond lie to each other: decided by chains, which hold everything before them.
 */
import { Effect } from "effect"
import { decode } from "cborg"
import { headerOf } from "../event-row.ts"
import { header as headerKey } from "../index/keys.ts"
import { rowOfValues } from "../row.ts"
import { damageOf, type State, type StateError } from "../state.ts"
import { genesis } from "../../tinyfs/index.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { Pieces } from "../index/pieces.ts"
import { openState } from "../open.ts"
import { ForeignPond, type Tip } from "./errors.ts"

/** What one copy has that the other does not have, in transactions. */
export type Relation =
  | { readonly state: "equal" }
  | { readonly state: "ahead"; readonly by: number }
  | { readonly state: "behind"; readonly by: number }
  | { readonly state: "diverged" }

/** The newest transaction of a state. */
export const tipOf = ({ head: { chain, root, txn } }: State): Tip => ({ txn, chain, root })

/** The header hash of a transaction that a state has. */
const chainAt = (state: State, txn: number): Effect.Effect<string | undefined, StateError> => {
  if (txn === 0) return Effect.succeed(genesis(state.pondId))
  if (txn === state.head.txn) return Effect.succeed(state.head.chain)
  const recent = state.tail.transactions.find((one) => one.txn === txn)
  if (recent !== undefined) return Effect.succeed(recent.chain)
  return Effect.tryPromise({
    try: async () => {
      const value = await state.index.get(headerKey(txn))
      if (value === undefined) return undefined
      const [values, chain] = decode(value) as [unknown, string]
      headerOf(rowOfValues(values))
      return chain
    },
    catch: (cause) => damageOf("_index", cause)
  })
}

/** How `ours` lies to `theirs`, which must be the same pond. */
export const relationOf = Effect.fnUntraced(function* (
  ours: State,
  theirs: State
): Effect.fn.Return<Relation, StateError> {
  const by = ours.head.txn - theirs.head.txn
  const isPrefix =
    by >= 0
      ? (yield* chainAt(ours, theirs.head.txn)) === theirs.head.chain
      : (yield* chainAt(theirs, ours.head.txn)) === ours.head.chain
  if (!isPrefix) return { state: "diverged" }
  if (by === 0) return { state: "equal" }
  return by > 0 ? { state: "ahead", by } : { state: "behind", by: -by }
})

/** A copy of a pond as it was when it was opened. */
export interface Copy {
  readonly store: Store
  readonly pieces: Pieces
  readonly state: State
}

/** Opens the copy of a pond in a store. */
export const openCopy = Effect.fn("tlogfs.openCopy")(function* (store: Store) {
  const pieces = new Pieces(store)
  return { store, pieces, state: yield* openState(store, pieces) } satisfies Copy
})

/** The pond in a store and its newest transaction. */
export const openTip = Effect.fn("tlogfs.openTip")(function* (store: Store) {
  const { state } = yield* openCopy(store)
  return { pondId: state.pondId, tip: tipOf(state) }
})

/** How two copies lie to each other; they must be copies of one pond. */
export const relationBetween = Effect.fn("tlogfs.relationBetween")(function* (ours: Copy, theirs: Copy) {
  yield* requireSame(ours.store, ours.state, theirs.store, theirs.state)
  return yield* relationOf(ours.state, theirs.state)
})

/** The header hash of a transaction of a copy; `undefined` when it has none of that number. */
export const chainIn = Effect.fnUntraced(function* ({ state }: Copy, txn: number) {
  return txn > state.head.txn ? undefined : yield* chainAt(state, txn)
})

/** Fails when two stores hold different ponds. */
export const requireSame = (source: Store, from: State, target: Store, to: State): Effect.Effect<void, ForeignPond> =>
  from.pondId === to.pondId
    ? Effect.void
    : Effect.fail(
        new ForeignPond({ source: source.url, target: target.url, sourcePond: from.pondId, targetPond: to.pondId })
      )
