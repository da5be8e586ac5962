/**
 * What runs by itself after a commit: the instances in `/system/run`, in the order of their names, on a primary.
 *
 * Each is a run of its own: one that fails neither undoes the commit nor stops the next. Their own commits start nothing, so there is no
 * loop; whoever commits says which commits are theirs, by calling this or not.
 */
import { Cause, Effect, Exit } from "effect"
import { roleIn } from "../tlogfs/role.ts"
import { instancesIn, RUN_DIRECTORY } from "./instance.ts"
import type { AfterRun, RunOutcome } from "./outcome.ts"
import { runOnce, type RunRequest } from "./run.ts"
import type { Factories } from "./registry.ts"
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

const runAll = Effect.fnUntraced(function* (except: string | undefined) {
  const { places, pond } = yield* Workplace
  const found = yield* instancesIn(yield* pond.head, RUN_DIRECTORY)
  const instances = found.filter(({ path }) => path !== except)
  // The role is looked up only where something wants to run.
  if (instances.length === 0 || (yield* roleIn(places.local)) === "replica") return []
  return yield* Effect.forEach(instances, ({ path }) => runOne(path))
})

/**
 * Runs what runs by itself after a commit; `except` is the instance that made it. A replica runs nothing. Never fails: where the instances
 * cannot be listed, that is what failed.
 */
export const runAfterCommit = (except?: string): Effect.Effect<ReadonlyArray<AfterRun>, never, Factories | Workplace> =>
  Effect.catch(runAll(except), ({ message }) =>
    Effect.succeed([{ instance: RUN_DIRECTORY, outcome: "failed" as const, committed: false, problem: message }])
  )

/** Runs a command of an instance, and what runs by itself when that changed something. */
export const runInstance = Effect.fnUntraced(function* (asked: RunRequest) {
  const outcome: RunOutcome = yield* runOnce(asked)
  const after = outcome.txn === undefined ? [] : yield* runAfterCommit(outcome.instance.path)
  const all: RunOutcome = { ...outcome, after }
  return all
})
