/**
 * The objects of a pond as one check reads them where each request travels: listed once, and small blobs fetched once and whole, however many
 * contents lie in them.
 *
 * The list is made after the log was read, so it has every blob that the log names (R2): blobs come first.
 */
import { Cache, Effect, Option, Stream } from "effect"
import type { ObjectMissing, StoreError } from "../../store/errors.ts"
import { ObjectRangeOutside } from "../../store/errors.ts"
import type { ListedObject, Store } from "../../store/ObjectStore.ts"
import { type ByteRange, resolveRange } from "../../store/range.ts"

/** A blob that is not larger is fetched whole. */
const WHOLE_BYTES_MAX = 1024 * 1024
/** Blobs that are kept: so many MiB at most. */
const BLOBS_KEPT = 32

const isBlob = (key: string): boolean => key.startsWith("_blobs/")

/** The objects of a store, and a store that asks for as little as the list allows; one on this machine is left as it is. */
export const surveyed = Effect.fnUntraced(function* (
  store: Store
): Effect.fn.Return<{ readonly store: Store; readonly objects: Stream.Stream<ListedObject, StoreError> }, StoreError> {
  if (!store.capabilities.remote) return { store, objects: store.list("") }
  const objects = yield* Stream.runCollect(store.list(""))
  const blobs = new Map(objects.flatMap((object) => (isBlob(object.key) ? [[object.key, object] as const] : [])))
  const whole = yield* Cache.make<string, Uint8Array, ObjectMissing | StoreError>({
    capacity: BLOBS_KEPT,
    lookup: (key) => store.get(key)
  })
  const isSmall = (key: string): boolean => (blobs.get(key)?.sizeBytes ?? Infinity) <= WHOLE_BYTES_MAX
  const partOf = (key: string, range: ByteRange, bytes: Uint8Array) => {
    const span = resolveRange(range, { url: store.url, key, sizeBytes: bytes.length })
    return span instanceof ObjectRangeOutside ? Effect.fail(span) : Effect.succeed(bytes.subarray(span.start, span.end))
  }
  const surveying: Store = {
    ...store,
    get: (key) => (isSmall(key) ? Cache.get(whole, key) : store.get(key)),
    getRange: (key, range) =>
      isSmall(key)
        ? Effect.flatMap(Cache.get(whole, key), (bytes) => partOf(key, range, bytes))
        : store.getRange(key, range),
    head: (key) => (isBlob(key) ? Effect.succeed(Option.fromUndefinedOr(blobs.get(key))) : store.head(key))
  }
  return { store: surveying, objects: Stream.fromIterable(objects) }
})
