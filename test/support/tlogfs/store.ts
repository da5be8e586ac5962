/**
 * Everything a store holds, for comparing it before and after.
 */
import { Effect, Stream } from "effect"
import type { ObjectMissing, StoreError } from "../../../src/store/errors.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"

/** Every object of a store with its bytes and time, in the order of keys. */
export const bytesOfStore = (
  store: Store
): Effect.Effect<ReadonlyArray<readonly [string, number, string]>, ObjectMissing | StoreError> =>
  Effect.flatMap(Stream.runCollect(store.list("")), (objects) =>
    Effect.forEach(objects, ({ key, modifiedMs }) =>
      Effect.map(store.get(key), (bytes) => [key, modifiedMs, Buffer.from(bytes).toString("base64")] as const)
    )
  )
