/**
 * Finding out, before the first write, whether a store honours "create only if absent" (F26).
 *
 * Some servers answer 200 to a conditional write and overwrite all the same; two writers would then destroy each other's
 * commits without noticing. The probe creates one small object under a fixed key, for good, and tries to create it again.
 */
import { Effect, Semaphore } from "effect"
import { ConditionalPutIgnored } from "./errors.ts"
import type { StoreError } from "./errors.ts"
import type { Store } from "./ObjectStore.ts"

/** The key of the probe. `_` hides it from table engines. */
export const PROBE_KEY = "_pond_probe"

const PROBE_BYTES = new TextEncoder().encode("Pond created this object to see whether it can be created twice.\n")

/** `true`: the store honours the condition. Costs one request, two the first time. */
const isHonoured = (store: Store): Effect.Effect<boolean, StoreError> =>
  Effect.flatMap(store.putIfAbsent(PROBE_KEY, PROBE_BYTES), (created) =>
    created ? Effect.map(store.putIfAbsent(PROBE_KEY, PROBE_BYTES), (again) => !again) : Effect.succeed(true)
  )

/** Wraps a store so that its first conditional write is preceded by the probe; `ConditionalPutIgnored` if it fails. */
export const probedStore = (store: Store): Store => {
  const gate = Semaphore.makeUnsafe(1)
  let honoured: boolean | undefined
  const probe = Effect.suspend(() =>
    honoured === undefined
      ? Effect.map(isHonoured(store), (answer) => {
          honoured = answer
        })
      : Effect.void
  )
  const afterProbe = <A>(write: Effect.Effect<A, StoreError>): Effect.Effect<A, StoreError> =>
    Effect.suspend(() => {
      if (honoured === true) return write
      return Effect.andThen(
        gate.withPermit(probe),
        Effect.suspend(() =>
          honoured === true ? write : Effect.fail(new ConditionalPutIgnored({ url: store.url, key: PROBE_KEY }))
        )
      )
    })
  return {
    ...store,
    putIfAbsent: (key, bytes) => afterProbe(store.putIfAbsent(key, bytes)),
    putInOrder: (objects) => afterProbe(store.putInOrder(objects)),
    stage: Effect.map(store.stage, (staged) => ({
      write: staged.write,
      publish: (key) => afterProbe(staged.publish(key))
    }))
  }
}
