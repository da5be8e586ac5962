/**
 * Copies of imported ponds on this side: of their names and history alone, in the caches (R6), or whole, beside the pond's own data.
 *
 * Either is a pond of its own, filled by replication: every transaction is checked against its digest, its chain and its root before it is
 * there (R4, R11). What a mount pins is looked up by its number and believed when the chain is the pinned one.
 */
import { Effect, Option, Stream } from "effect"
import { Shelf, shelvedStore } from "../../store/cache.ts"
import type { ObjectMissing } from "../../store/errors.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { mergedOptions } from "../../store/options.ts"
import { storeAt } from "../../store/stores.ts"
import { storeWithin } from "../../store/within.ts"
import { createPond } from "../create.ts"
import { tableUrl } from "../names.ts"
import { type Copy, openCopy } from "../replicate/relation.ts"
import { heal } from "../replicate/heal.ts"
import { replicate } from "../replicate/replicate.ts"
import { type Reach, reachOfPin } from "./pin.ts"
import { forgetCopy, type ImportPlaces } from "./places.ts"

/** Bytes of imported contents that are kept on this machine, at most, for all imports of a pond together. */
const CACHE_BYTES_MAX = 512 * 1024 * 1024

const isBlob = (key: string): boolean => key.startsWith("_blobs/")

/** The store of the imported pond itself. */
export const originOf = ({ reach }: Pick<ImportPlaces, "reach">, pin: Reach) =>
  storeAt(tableUrl(pin.url), mergedOptions(reach, reachOfPin(pin)))

/** Where bytes of imported contents are kept. */
export const keptBytes = ({ control }: Pick<ImportPlaces, "control">): Shelf =>
  new Shelf(storeWithin(control, "caches/import-blobs/"), CACHE_BYTES_MAX)

/** A copy of names that reads the bytes of contents from the imported pond itself, and keeps what it read. */
export const readingThrough = (kept: Shelf, names: Store, origin: Store): Store => {
  const remote = shelvedStore(origin, kept, { isImmutable: isBlob, isReadOnly: true })
  const either = <A, E>(
    key: string,
    own: Effect.Effect<A, E | ObjectMissing>,
    theirs: Effect.Effect<A, E | ObjectMissing>
  ) => (isBlob(key) ? Effect.catchIf(own, isMissing, () => theirs) : own)
  return {
    ...names,
    // Windows of contents are asked for at once where each costs a request.
    capabilities: { ...names.capabilities, remote: origin.capabilities.remote },
    get: (key) => either(key, names.get(key), remote.get(key)),
    getRange: (key, range) => either(key, names.getRange(key, range), remote.getRange(key, range)),
    stream: (key, range) =>
      isBlob(key)
        ? Stream.catchIf(names.stream(key, range), isMissing, () => remote.stream(key, range))
        : names.stream(key, range),
    head: (key) =>
      Effect.filterOrElse(
        names.head(key),
        (found) => Option.isSome(found) || !isBlob(key),
        () => remote.head(key)
      )
  }
}

const isMissing = (error: unknown): error is ObjectMissing =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "ObjectMissing"

/** Brings a copy of names up to their pond; one that is damaged or of another history is made anew, as it is a cache (R6). */
export const bringNames = Effect.fn("imports.bringNames")(function* (from: Copy, copy: Store) {
  const carry = Effect.gen(function* () {
    yield* Effect.catchTag(createPond(copy, from.state.pondId), "PondExists", () => Effect.void)
    return yield* replicate(from.store, copy, { from, withBlobs: false })
  })
  const isSound = yield* Effect.match(openCopy(copy), {
    onFailure: ({ _tag }) => _tag === "NotAPond",
    onSuccess: () => true
  })
  if (!isSound) yield* forgetCopy(copy)
  return yield* Effect.catchTag(carry, "Diverged", () => Effect.andThen(forgetCopy(copy), carry))
})

/** Brings a whole copy of a pond up to it. `isSparing`: blobs that are damaged there stay there and are told, everything else comes (F30). */
export const bringWhole = Effect.fn("imports.bringWhole")(function* (from: Copy, copy: Store, isSparing = false) {
  yield* Effect.catchTag(createPond(copy, from.state.pondId), "PondExists", () => Effect.void)
  return yield* replicate(from.store, copy, { from, isSparing })
})

/** Brings a whole copy up to its pond, and what is damaged in it anew: blobs one by one, otherwise all of it. */
export const bringSound = Effect.fn("imports.bringSound")(function* (from: Copy, copy: Store) {
  const done = yield* Effect.option(bringWhole(from, copy))
  const healed = Option.isNone(done) ? undefined : yield* Effect.option(heal(from.store, copy))
  if (Option.isSome(done) && healed !== undefined && Option.isSome(healed) && healed.value.remaining.length === 0) {
    const { blobs, bytes } = healed.value
    return { ...done.value, healed: { blobs, bytes } }
  }
  yield* forgetCopy(copy)
  const anew = yield* bringWhole(from, copy)
  return { ...anew, healed: { blobs: anew.carried.blobs, bytes: anew.carried.bytes } }
})
