/**
 * What runs by itself after a commit: the instances in `/system/run`, in the order of their names, on a primary.
 *
 * Each is a run of its own: one that fails neither undoes the commit nor stops the next. Their own commits start nothing, so there is no
 * loop; whoever commits says which commits are theirs, by calling this or not.
 */
import { Cause, Effect, Exit, Option } from "effect"
import { roleIn } from "../tlogfs/role.ts"
import { instancesIn, RUN_DIRECTORY } from "./instance.ts"
import type { AfterRun, RunOutcome } from "./outcome.ts"
import { runOnce, type RunRequest } from "./run.ts"
import { Workplace } from "./workplace.ts"

const messageOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : String(error)
}

const runOne = Effect.fnUntraced(function* (instance: string) {
  const exit = yield* Effect.exit(runOnce({ instance, isByItself: true }))
  if (Exit.isFailure(exit)) {
    if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.interrupt
    return { instance, outcome: "failed", committed: false, problem: messageOf(exit.cause) } satisfies AfterRun
  }
  const { needsAttention, txn } = exit.value
  const outcome = needsAttention ? "attention" : "done"
  return { instance, outcome, committed: txn !== undefined, problem: null } satisfies AfterRun
})

/** Runs what runs by itself after a commit; `except` is the instance that made it. A replica runs nothing. */
export const runAfterCommit = Effect.fn("factories.runAfterCommit")(function* (except?: string) {
  const { places, pond } = yield* Workplace
  const found = yield* Effect.option(Effect.flatMap(pond.head, (head) => instancesIn(head, RUN_DIRECTORY)))
  const instances = Option.getOrElse(found, () => []).filter(({ path }) => path !== except)
  // The role is looked up only where somebody wants to run.
  if (instances.length === 0 || (yield* roleIn(places.local)) === "replica") return []
  return yield* Effect.forEach(instances, ({ path }) => runOne(path))
})

/** Runs a command of an instance, and what runs by itself when that changed something. */
export const runInstance = Effect.fnUntraced(function* (asked: RunRequest) {
  const outcome: RunOutcome = yield* runOnce(asked)
  const after = outcome.txn === undefined ? [] : yield* runAfterCommit(outcome.instance.path)
  const all: RunOutcome = { ...outcome, after }
  return all
})
