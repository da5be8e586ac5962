/**
 * What a partial copy leaves out: blobs, never rows. Notes in the store, `_left_out/<hash>.json`, name the blobs and where they can be had;
 * they are there before the rows are visible, and go when the blobs have come (format.md section 4).
 *
 * A note never makes anything readable or sound: it only tells intent from damage. A blob that is there is there, whatever notes say.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { hash, toHex } from "../../bao/index.ts"
import { ObjectLeftOut, type StoreError } from "../../store/errors.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { blobKey } from "../content/blob.ts"

/** Where the notes lie. The underscore keeps other engines away. */
export const LEFT_OUT_FOLDER = "_left_out/"

const BLOB_FOLDER = "_blobs/"

const NoteJson = Schema.fromJsonString(Schema.Struct({ from: Schema.String, blobs: Schema.Array(Schema.String) }))
const decode = Schema.decodeUnknownOption(NoteJson)
const encode = Schema.encodeSync(NoteJson)

/** Notes that blobs are left out of a copy that is made from `from`; durable when it returns. */
export const noteLeftOut = (store: Store, from: string, blobs: ReadonlySet<string>): Effect.Effect<void, StoreError> =>
  Effect.suspend(() => {
    if (blobs.size === 0) return Effect.void
    const bytes = new TextEncoder().encode(encode({ from, blobs: [...blobs].toSorted() }))
    return Effect.asVoid(store.putIfAbsent(`${LEFT_OUT_FOLDER}${toHex(hash(bytes))}.json`, bytes))
  })

/** The notes of a store by key; what is no note is none. */
const notesIn = (store: Store) =>
  store.list(LEFT_OUT_FOLDER).pipe(
    Stream.mapEffect(({ key }) =>
      store.get(key).pipe(
        Effect.map((bytes) => ({ key, note: Option.getOrUndefined(decode(new TextDecoder().decode(bytes))) })),
        Effect.catchTag("ObjectMissing", () => Effect.succeed({ key, note: undefined }))
      )
    ),
    Stream.runCollect
  )

/** Which blobs notes name, and where each can be had; whether they are there by now is not asked. */
export const leftOutOf = Effect.fnUntraced(function* (
  store: Store
): Effect.fn.Return<ReadonlyMap<string, string>, StoreError> {
  const notes = yield* notesIn(store)
  return new Map(notes.flatMap(({ note }) => note?.blobs.map((blob) => [blob, note.from] as const) ?? []))
})

/** Which of the blobs that notes name are not there. */
export const missingOf = Effect.fnUntraced(function* (store: Store) {
  const named = [...(yield* leftOutOf(store)).keys()]
  const there = yield* Effect.forEach(named, (blob) => store.head(blobKey(blob)), { concurrency: 16 })
  return new Set(named.filter((_, at) => Option.isNone(there[at]!)))
})

/** Removes all notes: nothing is left out any more. */
export const settleLeftOut = Effect.fnUntraced(function* (store: Store) {
  for (const { key } of yield* notesIn(store)) yield* store.delete(key)
})

const blobOf = (key: string): string => key.slice(key.lastIndexOf("/") + 1)

/**
 * The store of a pond that may be a partial copy: reading a blob that was left out fails with `ObjectLeftOut` instead of as if it were lost.
 * Costs nothing until something is missing.
 */
export const partialStore = (store: Store): Store => {
  const why = <E>(key: string, error: E): Effect.Effect<never, E | ObjectLeftOut> =>
    Effect.flatMap(
      Effect.orElseSucceed(leftOutOf(store), () => new Map<string, string>()),
      (notes) => {
        const from = notes.get(blobOf(key))
        return Effect.fail(from === undefined ? error : new ObjectLeftOut({ url: store.url, key, from }))
      }
    )
  const isBlob = (key: string): boolean => key.startsWith(BLOB_FOLDER)
  return {
    ...store,
    get: (key) =>
      isBlob(key) ? Effect.catchTag(store.get(key), "ObjectMissing", (error) => why(key, error)) : store.get(key),
    getRange: (key, range) =>
      isBlob(key)
        ? Effect.catchTag(store.getRange(key, range), "ObjectMissing", (error) => why(key, error))
        : store.getRange(key, range),
    stream: (key, range) =>
      isBlob(key)
        ? Stream.catchTag(store.stream(key, range), "ObjectMissing", (error) => Stream.fromEffect(why(key, error)))
        : store.stream(key, range)
  }
}
