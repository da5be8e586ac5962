/**
 * A store whose reading is told to whoever watches the progress of a command.
 */
import { Effect, Stream } from "effect"
import { Progress } from "../../factories/progress.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { Output } from "../output.ts"

/** Wraps a store: every byte that is read counts as work done; what the store holds is what is expected. */
export const watchedStore = Effect.fnUntraced(function* (store: Store) {
  const progress = yield* Progress
  const { status } = yield* Output
  if (status === undefined) return store
  yield* Stream.runForEach(store.list(""), ({ sizeBytes }) => Effect.sync(() => progress.expect({ bytes: sizeBytes })))
  const done = ({ length }: Uint8Array) => Effect.sync(() => progress.done({ bytes: length }))
  const watched: Store = {
    ...store,
    get: (key) => Effect.tap(store.get(key), done),
    getRange: (key, range) => Effect.tap(store.getRange(key, range), done),
    stream: (key, range) => Stream.tap(store.stream(key, range), done)
  }
  return watched
})
