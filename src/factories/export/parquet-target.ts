/**
 * Plain Parquet in `key=value` directories. What is in the table is what its newest record says; the record of an export is the commit.
 *
 * Those who read the directory see each file whole. Files that went are deleted after the commit, and what a stopped run left by the next one.
 */
import { Effect, Option, Stream } from "effect"
import type { StoreError } from "../../store/errors.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { ExportOvertaken, RecordDamaged, TargetForeign } from "./errors.ts"
import { decodeRecord, encodeRecord, recordKey, recordNumber, RECORDS, type TableRecord } from "./record.ts"
import { fileNumber, type Target, type TargetError } from "./target.ts"

/** Old records that stay: a run that is so much behind still finds its place taken. */
const RECORDS_KEPT = 10

/** The numbers of the records that are there, ascending. */
const numbersAt = (store: Store): Effect.Effect<ReadonlyArray<number>, StoreError> =>
  Effect.map(Stream.runCollect(store.list(RECORDS)), (found) => found.flatMap(({ key }) => recordNumber(key) ?? []))

/** The data files that are there, with their sizes. */
const filesAt = (store: Store): Effect.Effect<ReadonlyMap<string, number>, StoreError> =>
  Effect.map(
    Stream.runCollect(Stream.filter(store.list(""), ({ key }) => key.endsWith(".parquet") && !key.startsWith(RECORDS))),
    (found) => new Map(found.map(({ key, sizeBytes }) => [key, sizeBytes]))
  )

/** Reads the record of an export. */
export const readRecord = Effect.fnUntraced(function* (store: Store, number: number) {
  const key = recordKey(number)
  const bytes = yield* Effect.catchTag(store.get(key), "ObjectMissing", () =>
    Effect.fail(new RecordDamaged({ url: store.url, key, why: "it does not exist" }))
  )
  return yield* decodeRecord(store.url, key, bytes)
})

/** What of a record is not there as it says. */
const alterations = (record: TableRecord, files: ReadonlyMap<string, number>): ReadonlyArray<string> =>
  record.files.flatMap(({ key, sizeBytes }) => {
    const size = files.get(key)
    if (size === undefined) return [`${key} is missing`]
    return size === sizeBytes ? [] : [`${key} has ${size} bytes, not ${sizeBytes}`]
  })

/** Deletes data files of exports up to a number that the record does not hold: files that went, and those of runs that failed. */
const tidy = Effect.fnUntraced(function* (store: Store, record: TableRecord, number: number, keys: Iterable<string>) {
  const live = new Set(record.files.map(({ key }) => key))
  for (const key of keys) {
    const made = fileNumber(key)
    if (made !== undefined && made <= number && !live.has(key)) yield* store.delete(key)
  }
})

/** Opens a directory of Parquet files, or an empty place. */
export const openParquetTarget = Effect.fn("export.openParquet")(function* (
  store: Store,
  isRebuilding: boolean
): Effect.fn.Return<Target, TargetError> {
  const numbers = yield* numbersAt(store)
  const number = numbers.at(-1) ?? 0
  const files = yield* filesAt(store)
  const foreign = [...files.keys()].filter((key) => fileNumber(key) === undefined)
  if (number === 0 && foreign.length > 0) {
    return yield* new TargetForeign({ url: store.url, found: `Parquet files (${foreign[0]})` })
  }
  const reading = number === 0 ? Effect.succeedNone : Effect.asSome(readRecord(store, number))
  const record = yield* isRebuilding
    ? Effect.catchTag(reading, "RecordDamaged", () => Effect.succeed(Option.none<TableRecord>()))
    : reading
  if (Option.isSome(record)) yield* tidy(store, record.value, number, files.keys())
  return {
    store,
    number,
    record,
    altered: Option.match(record, { onNone: () => [], onSome: (found) => alterations(found, files) }),
    foreign,
    isLittered: [...files.keys()].some((key) => (fileNumber(key) ?? 0) > number),
    files: Option.match(record, { onNone: () => [], onSome: (found) => found.files }),
    commit: (change) =>
      Effect.gen(function* () {
        const next = number + 1
        const overtaken = new ExportOvertaken({ url: store.url })
        if (!(yield* store.putIfAbsent(recordKey(next), yield* encodeRecord(change.record)))) return yield* overtaken
        const now = yield* numbersAt(store)
        // Somebody came first and went on, so that the place was free again: what is in the table is theirs.
        if (now.at(-1) !== next) return yield* overtaken
        yield* tidy(store, change.record, next, (yield* filesAt(store)).keys())
        for (const old of now.slice(0, -RECORDS_KEPT)) yield* store.delete(recordKey(old))
        return yield* openParquetTarget(store, false)
      })
  }
})
