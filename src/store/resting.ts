/**
 * Not asking again at once for what cannot be reached: a place that failed for a passing reason, after all repetitions, rests for a while, in
 * which every request fails as that one did. So thousands of reads of a place that is gone take no longer than the first.
 */
import { Clock, Effect, Stream } from "effect"
import { StoreFailed } from "./errors.ts"
import { intercept, type Request } from "./intercept.ts"
import type { Store } from "./ObjectStore.ts"

/** How long a place rests that could not be reached. */
export const REST_MS = 10_000

/** Whether an error is of the place, not of one of its objects. */
const isOfPlace = (error: unknown): error is StoreFailed =>
  error instanceof StoreFailed && error.transient && error.code !== "WrongAnswer"

/** Lets a store rest for `restMs` when it could not be reached. */
export const restingStore = (store: Store, restMs = REST_MS): Store => {
  let last: { readonly failed: StoreFailed; readonly untilMs: number } | undefined
  const note = (error: unknown) =>
    Effect.gen(function* () {
      if (isOfPlace(error)) last = { failed: error, untilMs: (yield* Clock.currentTimeMillis) + restMs }
    })
  const awake = ({ key, operation }: Request) =>
    Effect.gen(function* () {
      if (last === undefined || (yield* Clock.currentTimeMillis) >= last.untilMs) return
      const { cause, code, transient, url } = last.failed
      return yield* new StoreFailed({ url, key, operation, code, transient, cause })
    })
  return intercept(store, {
    one: (request, run) => Effect.andThen(awake(request), Effect.tapError(run, note)),
    many: (request, run) => Stream.unwrap(Effect.as(awake(request), Stream.tapError(run, note)))
  })
}
