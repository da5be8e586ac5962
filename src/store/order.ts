/**
 * Creating objects one after the other, where a store has no faster way to keep them in order.
 */
import { Effect } from "effect"
import type { Store } from "./ObjectStore.ts"

/** Makes `putInOrder` out of `putIfAbsent`: each object is durable before the next one is begun. */
export const oneByOne =
  (putIfAbsent: Store["putIfAbsent"]): Store["putInOrder"] =>
  (objects) =>
    Effect.map(
      Effect.forEach(objects, ({ bytes, key }) => putIfAbsent(key, bytes)),
      (created) => created.at(-1) === true
    )
