/**
 * Things that factories keep beside the pond to work less next time. They may be gone at any time, and change no answer (R1, R6).
 */
import { Context, Effect, Option } from "effect"
import type { Store } from "../store/ObjectStore.ts"

/** Keeps bytes by names, as well as it can. */
export class Cache extends Context.Service<
  Cache,
  {
    /** What was kept under a name, if it is still there. */
    readonly get: (name: string) => Effect.Effect<Option.Option<Uint8Array>>
    /** Keeps bytes under a name. */
    readonly set: (name: string, bytes: Uint8Array) => Effect.Effect<void>
  }
>()("pond/factories/Cache") {}

const keyOf = (name: string): string => `caches/${name}`

/** The cache in a store, which may be an overlay: failures are told, and fail nothing. */
export const cacheIn = (store: Store): Cache["Service"] =>
  Cache.of({
    get: (name) =>
      store.get(keyOf(name)).pipe(
        Effect.asSome,
        Effect.catchTag("ObjectMissing", () => Effect.succeedNone),
        Effect.catch((error) => Effect.as(Effect.logWarning(error.message), Option.none<Uint8Array>()))
      ),
    set: (name, bytes) => Effect.catch(store.put(keyOf(name), bytes), (error) => Effect.logWarning(error.message))
  })
