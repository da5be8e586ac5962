/**
 * What a copy lacks: blobs, never rows; because they were left out on purpose, or were damaged where it was made from (F30). Notes in the
 * store, `_left_out/<hash>.json`, name the blobs and where they can be had; they are there before the rows are visible, and go when the blobs
 * have come (format.md section 5).
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

const NoteJson = Schema.fromJsonString(
  Schema.Struct({
    from: Schema.String,
    blobs: Schema.Array(Schema.String),
    damaged: Schema.optionalKey(Schema.Boolean)
  })
)
const decode = Schema.decodeUnknownOption(NoteJson)
const encode = Schema.encodeSync(NoteJson)

/** Why a blob is not in a copy, and where it was made from. */
export interface LeftOut {
  readonly from: string
  /** It was damaged or missing there; otherwise it was left out on purpose. */
  readonly isDamaged: boolean
}

/** Notes that a copy lacks blobs; durable when it returns the note's key, `undefined` for no blobs. */
export const noteLeftOut = Effect.fnUntraced(function* (
  store: Store,
  { from, isDamaged }: LeftOut,
  blobs: Iterable<string>
): Effect.fn.Return<string | undefined, StoreError> {
  const note = { from, blobs: [...blobs].toSorted(), ...(isDamaged ? { damaged: true } : {}) }
  if (note.blobs.length === 0) return undefined
  const bytes = new TextEncoder().encode(encode(note))
  const key = `${LEFT_OUT_FOLDER}${toHex(hash(bytes))}.json`
  yield* store.putIfAbsent(key, bytes)
  return key
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

/** Which blobs notes name, and why; whether they are there by now is not asked. What was damaged once was not left out on purpose. */
export const leftOutOf = Effect.fnUntraced(function* (
  store: Store
): Effect.fn.Return<ReadonlyMap<string, LeftOut>, StoreError> {
  const notes = (yield* notesIn(store)).flatMap(({ note }) => note ?? [])
  const named = notes.flatMap(({ blobs, damaged: isDamaged = false, from }) =>
    blobs.map((blob) => [blob, { from, isDamaged }] as const)
  )
  return new Map(named.toSorted(([, left], [, right]) => Number(left.isDamaged) - Number(right.isDamaged)))
})

/** Which of the blobs that notes name are not there. */
export const missingOf = Effect.fnUntraced(function* (store: Store) {
  const named = [...(yield* leftOutOf(store))]
  const there = yield* Effect.forEach(named, ([blob]) => store.head(blobKey(blob)), { concurrency: 16 })
  return new Map(named.filter((_, at) => Option.isNone(there[at]!)))
})

/** Removes the notes of what was fetched since, all or only those of what was damaged, but that with the key `kept`. */
export const settleLeftOut = Effect.fnUntraced(function* (store: Store, isAll: boolean, kept: string | undefined) {
  for (const { key, note } of yield* notesIn(store)) {
    if (key !== kept && (isAll || note?.damaged === true)) yield* store.delete(key)
  }
})

const blobOf = (key: string): string => key.slice(key.lastIndexOf("/") + 1)

/**
 * The store of a pond that may be a partial copy: reading a blob that was left out fails with `ObjectLeftOut` instead of as if it were lost.
 * Costs nothing until something is missing.
 */
export const partialStore = (store: Store): Store => {
  const why = <E>(key: string, error: E): Effect.Effect<never, E | ObjectLeftOut> =>
    Effect.flatMap(
      Effect.orElseSucceed(leftOutOf(store), () => new Map<string, LeftOut>()),
      (notes) => {
        const why = notes.get(blobOf(key))
        return Effect.fail(why === undefined ? error : new ObjectLeftOut({ url: store.url, key, ...why }))
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
