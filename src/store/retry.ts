/**
 * Repeating requests that failed for a passing reason: bounded in number and time, with growing and jittered pauses (F24).
 *
 * A repeated `putIfAbsent` may meet its own first attempt, whose answer was lost: when the key then holds exactly our bytes,
 * the write succeeded (F25). Streams and lists go on where they broke, so nothing is delivered twice. A staged object is not
 * repeated: it can be published once, and a store whose uploads may be repeated does so itself.
 */
import { Effect, Option, Schedule, Stream } from "effect"
import type { Duration } from "effect"
import { ObjectMissing } from "./errors.ts"
import type { ObjectRangeOutside, StoreError } from "./errors.ts"
import type { Store } from "./ObjectStore.ts"
import { oneByOne } from "./order.ts"
import type { ByteRange } from "./range.ts"

/** The bounds of repeating one request; a stream begins to count again whenever it got on. */
export interface RetryPolicy {
  /** Repetitions, at most. */
  readonly times: number
  /** The pause before the first repetition. It doubles each time, and is jittered by a fifth either way. */
  readonly firstPause: Duration.Input
  /** No repetition begins later than this after the first failure. */
  readonly total: Duration.Input
}

/** Six repetitions within about three seconds. */
export const DEFAULT_RETRY: RetryPolicy = { times: 6, firstPause: "50 millis", total: "20 seconds" }

type Failure = ObjectMissing | ObjectRangeOutside | StoreError

/** How requests that fail for a passing reason are repeated. */
export const scheduleOf = (policy: RetryPolicy): Schedule.Schedule<unknown, Failure> =>
  Schedule.exponential(policy.firstPause).pipe(
    Schedule.jittered,
    Schedule.upTo({ times: policy.times, duration: policy.total }),
    Schedule.setInputType<Failure>(),
    Schedule.while(({ input }) => input._tag === "StoreFailed" && input.transient)
  )

/** What is left of a range after `delivered` bytes of it; only the last bytes of an object need its size for that. */
const restOf = (
  store: Store,
  key: string,
  range: ByteRange,
  delivered: number
): Effect.Effect<ByteRange, ObjectMissing | StoreError> => {
  if (delivered === 0) return Effect.succeed(range)
  if (!("last" in range)) return Effect.succeed({ ...range, start: range.start + delivered })
  return Effect.flatMap(store.head(key), (info) =>
    Option.isNone(info)
      ? Effect.fail(new ObjectMissing({ url: store.url, key }))
      : Effect.succeed({ start: Math.max(0, info.value.sizeBytes - range.last) + delivered })
  )
}

/** Repeats requests of `store` that fail transiently. */
export const retryingStore = (store: Store, policy: RetryPolicy = DEFAULT_RETRY): Store => {
  const schedule = scheduleOf(policy)
  const repeated = <A, E extends Failure, R>(request: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.retry(request, schedule)

  const holds = (key: string, bytes: Uint8Array): Effect.Effect<boolean, StoreError> =>
    repeated(store.get(key)).pipe(
      Effect.map((found) => Buffer.compare(found, bytes) === 0),
      Effect.catchTag("ObjectMissing", () => Effect.succeed(false))
    )

  const putIfAbsent: Store["putIfAbsent"] = (key, bytes) =>
    Effect.suspend(() => {
      let attempts = 0
      const attempt = Effect.suspend(() => {
        attempts++
        return store.putIfAbsent(key, bytes)
      })
      return Effect.filterOrElse(
        repeated(attempt),
        (created) => created || attempts === 1,
        () => holds(key, bytes)
      )
    })

  const stream: Store["stream"] = (key, range = { start: 0 }) =>
    Stream.suspend(() => {
      let delivered = 0
      const attempt = Stream.unwrap(
        Effect.map(
          Effect.suspend(() => restOf(store, key, range, delivered)),
          (rest) => store.stream(key, rest)
        )
      )
      const counted = Stream.tap(attempt, (chunk) => Effect.sync(() => (delivered += chunk.length)))
      return Stream.retry(counted, schedule)
    })

  const list: Store["list"] = (prefix, options) =>
    Stream.suspend(() => {
      let startAfter = options?.startAfter
      const attempt = Stream.suspend(() => store.list(prefix, { startAfter }))
      const followed = Stream.tap(attempt, ({ key }) => Effect.sync(() => (startAfter = key)))
      return Stream.retry(followed, schedule)
    })

  return {
    url: store.url,
    capabilities: store.capabilities,
    get: (key) => repeated(store.get(key)),
    getRange: (key, range) => repeated(store.getRange(key, range)),
    stream,
    head: (key) => repeated(store.head(key)),
    putIfAbsent,
    putInOrder: oneByOne(putIfAbsent),
    stage: repeated(store.stage),
    put: (key, bytes) => repeated(store.put(key, bytes)),
    list,
    delete: (key) => repeated(store.delete(key)),
    sweep: (ageMs, isDry) => repeated(store.sweep(ageMs, isDry))
  }
}
