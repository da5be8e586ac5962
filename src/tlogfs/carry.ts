/**
 * The tries at the head of a state: those of an earlier txn, carried forward by the transactions of the tail, each checked against its root.
 */
import { Effect } from "effect"
import { eventsOf } from "./event-row.ts"
import { Namespace } from "./namespace.ts"
import { damageOf, type State, type StateError } from "./state.ts"
import { advanceTries, type Tries } from "./tries.ts"

/** Brings tries up to the head. Rejects with what the index says, or a `TypeError` when a root is not what its header says. */
export const carryTries = async (state: State, known: Tries | undefined): Promise<Tries> => {
  const { head, index, publication, tail } = state
  const from = publication?.txn ?? 0
  let tries = known !== undefined && known.txn >= from ? known : { txn: from, directories: new Map() }
  for (const { root, rows, timeMicros, txn } of tail.transactions) {
    if (txn <= tries.txn || txn > head.txn) continue
    const before = new Namespace(state, txn - 1)
    const advanced = await advanceTries(tries, index, before, eventsOf(rows, timeMicros), txn)
    if (advanced.root !== root) throw new TypeError(`the names after txn ${txn} do not have the root of its header`)
    tries = advanced.tries
  }
  if (tries.txn !== head.txn) throw new TypeError(`the tail ends at txn ${tries.txn}, not ${head.txn}`)
  return tries
}

/** The tries of a state that was just opened. */
export const triesOf = (state: State): Effect.Effect<Tries, StateError> =>
  Effect.tryPromise({ try: () => carryTries(state, undefined), catch: (cause) => damageOf("_index", cause) })
