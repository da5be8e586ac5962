/**
 * Stores that fail on purpose: the k-th request, once or from then on, before or after it took effect.
 *
 * A simulation runs the same program once for every k, opens the store again, and checks what must hold.
 */
import { Effect, Stream } from "effect"
import { StoreFailed } from "./errors.ts"
import type { StoreError } from "./errors.ts"
import { intercept } from "./intercept.ts"
import type { Request } from "./intercept.ts"
import type { Store } from "./ObjectStore.ts"

/** A request with its number, counted from 0 over the life of the store. */
export interface NumberedRequest extends Request {
  readonly number: number
}

/**
 * A fault of one request. `before`: it has no effect. `after`: it takes effect and the answer is lost (F25); for a stream,
 * all of it arrives but not its end.
 */
export interface Fault {
  readonly when: "before" | "after"
  readonly error: StoreError
}

/** Decides about each request. */
export type Plan = (request: NumberedRequest) => Fault | undefined

/** A store that fails by plan, and the number of requests so far. */
export interface FaultyStore {
  readonly store: Store
  readonly requests: () => number
}

/** Makes the error of an injected fault. */
export const injected = ({ operation, key }: Request, transient = false): StoreFailed =>
  new StoreFailed({ url: "faults:", key, operation, code: "EIO", transient, cause: new Error("injected") })

/** Plans that request `number` fails once. */
export const failOnce =
  (number: number, when: Fault["when"] = "before", transient = false): Plan =>
  (request) =>
    request.number === number ? { when, error: injected(request, transient) } : undefined

/** Plans that every request from `number` on fails without effect, as after kill -9: nothing more reaches the store. */
export const crashAt =
  (number: number): Plan =>
  (request) =>
    request.number >= number ? { when: "before", error: injected(request) } : undefined

/** Plans that request `number` takes effect, and nothing is heard or done from then on. */
export const crashAfter =
  (number: number): Plan =>
  (request) =>
    request.number < number
      ? undefined
      : { when: request.number === number ? "after" : "before", error: injected(request) }

/** Wraps a store so that it fails by plan. */
export const faultyStore = (store: Store, plan: Plan): FaultyStore => {
  let requests = 0
  const next = (request: Request): Fault | undefined => plan({ ...request, number: requests++ })
  return {
    requests: () => requests,
    store: intercept(store, {
      one: (request, run) =>
        Effect.suspend(() => {
          const fault = next(request)
          if (fault === undefined) return run
          return fault.when === "before" ? Effect.fail(fault.error) : Effect.andThen(run, Effect.fail(fault.error))
        }),
      many: (request, run) =>
        Stream.suspend(() => {
          const fault = next(request)
          if (fault === undefined) return run
          return fault.when === "before" ? Stream.fail(fault.error) : Stream.concat(run, Stream.fail(fault.error))
        })
    })
  }
}
