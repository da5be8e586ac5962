/**
 * How long a statement may run, and how much memory it may take beyond what the engine counts.
 *
 * The engine counts what its operators hold. A single function can make a value of gigabytes beside that: only the size of the process shows it.
 */
import { Effect, Schedule } from "effect"
import type { Database } from "./database.ts"
import { QueryTimedOut, QueryTooLarge } from "./errors.ts"

/** The limits of a statement. */
export interface Limits {
  readonly seconds?: number | undefined
  /** How many MB the process may grow by; only where nothing else in it grows. */
  readonly growthMb?: number | undefined
}

/** A limit that was reached. */
export type LimitReached = QueryTimedOut | QueryTooLarge

const LOOK_EVERY_MS = 100
const MB = 1024 * 1024
/** How long what takes too much memory may take to stop: meanwhile it goes on taking. */
const GROWING_PATIENCE_MS = 200

/** Watches the limits of what runs in a database, as long as the scope is open: at a limit it is stopped, and what it gives fails with that. */
export const withinLimits = Effect.fnUntraced(function* (database: Database, { growthMb, seconds }: Limits) {
  let reached: LimitReached | undefined
  const reach = (limit: LimitReached, patienceMs?: number) =>
    Effect.suspend(() => {
      reached ??= limit
      return database.stop(patienceMs)
    })
  if (seconds !== undefined) {
    const late = Effect.suspend(() => reach(new QueryTimedOut({ seconds })))
    yield* Effect.forkScoped(Effect.andThen(Effect.sleep(seconds * 1000), late))
  }
  if (growthMb !== undefined) {
    const most = process.memoryUsage.rss() + growthMb * MB
    const look = Effect.suspend(() =>
      process.memoryUsage.rss() > most
        ? reach(new QueryTooLarge({ megabytes: growthMb }), GROWING_PATIENCE_MS)
        : Effect.void
    )
    yield* Effect.forkScoped(Effect.repeat(look, Schedule.spaced(LOOK_EVERY_MS)))
  }
  return <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | LimitReached> =>
    Effect.suspend(() =>
      reached === undefined ? Effect.mapError(effect, (error) => reached ?? error) : Effect.fail(reached)
    )
})

/** Stops an effect when a limit is reached. */
export type Within = Effect.Success<ReturnType<typeof withinLimits>>
