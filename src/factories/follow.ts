/**
 * Running a command again and again: when directories that it watches change, and at an interval, because changes can be missed.
 *
 * A run that fails is told and tried again, later each time. Interrupting it between runs or within one leaves the pond as the last
 * commit made it (R2).
 */
import { Cause, Effect, Exit, Queue } from "effect"
import { type FSWatcher, watch } from "node:fs"
import { runInstance } from "./after.ts"
import { NotFollowable } from "./errors.ts"
import type { RunOutcome } from "./outcome.ts"
import { prepare, type RunRequest } from "./run.ts"

/** What writes often does not make a transaction each time. */
const SETTLE_MS = 1000

/** The longest pause after runs that failed. */
const PAUSE_MS_MAX = 60_000

/** How a command is followed. */
export interface FollowOptions<E, R> {
  /** It runs this often even where nothing seems to have changed. */
  readonly intervalMs: number
  readonly onOutcome: (outcome: RunOutcome) => Effect.Effect<void, E, R>
  /** A run failed; it will be tried again. */
  readonly onFailure: (message: string) => Effect.Effect<void, E, R>
}

/** Wakes whoever waits when something in a directory changes. Where that cannot be watched, the interval has to do. */
const watching = (directory: string, wake: () => void) =>
  Effect.acquireRelease(
    Effect.sync((): FSWatcher | undefined => {
      try {
        return watch(directory, { persistent: false }, wake).on("error", () => {})
      } catch {
        return undefined
      }
    }),
    (watcher) => Effect.sync(() => watcher?.close())
  )

/** The directories that a command watches, under the configuration as it is now. */
const watchedBy = Effect.fnUntraced(function* (asked: RunRequest) {
  const { command, commandName, config, factory } = yield* prepare(asked)
  if (command.watches === undefined) return yield* new NotFollowable({ type: factory.type, command: commandName })
  return command.watches(config)
})

/** Runs a command until it is interrupted. What is wrong from the beginning, such as a configuration that cannot be used, is a failure. */
export const follow = Effect.fn("factories.follow")(function* <E, R>(
  asked: RunRequest,
  { intervalMs, onFailure, onOutcome }: FollowOptions<E, R>
) {
  yield* watchedBy(asked)
  const changes = yield* Queue.sliding<true>(1)
  const wake = (): void => void Queue.offerUnsafe(changes, true)
  const settleMs = Math.min(SETTLE_MS, intervalMs)
  let failures = 0
  const turn = Effect.gen(function* () {
    // Watched from before the run: what changes while it runs makes it run again.
    const watched = yield* Effect.exit(watchedBy(asked))
    if (Exit.isSuccess(watched)) for (const directory of watched.value) yield* watching(directory, wake)
    const ran = yield* Effect.exit(runInstance(asked))
    if (Exit.isSuccess(ran)) {
      failures = 0
      yield* onOutcome(ran.value)
      yield* Effect.sleep(settleMs)
      yield* Effect.timeoutOption(Queue.take(changes), intervalMs - settleMs)
      return
    }
    if (Cause.hasInterruptsOnly(ran.cause)) return yield* Effect.interrupt
    const error = Cause.squash(ran.cause)
    yield* onFailure(error instanceof Error ? error.message : String(error))
    yield* Effect.sleep(Math.min(intervalMs * 2 ** failures, PAUSE_MS_MAX))
    failures += 1
  })
  return yield* Effect.forever(Effect.scoped(turn))
})
