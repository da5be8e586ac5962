/**
 * The folder of the log: names of entries and checkpoints, listing, reading one entry, and the hint where a checkpoint lies.
 *
 * Files that the protocol does not name are ignored. `_last_checkpoint` is only ever a hint (R6): whatever is wrong with it, it is as
 * if it were absent. A number beyond 2^53 - 1 in a file name is no version.
 */
import { Effect, Option, Schedule, Stream } from "effect"
import type { Store } from "../store/ObjectStore.ts"
import type { StoreError } from "../store/errors.ts"
import { decodeEntry } from "./entry.ts"
import type { LogEntry } from "./entry.ts"
import { LogDamaged, reasonOf } from "./errors.ts"
import { Fields, parseJson } from "./json.ts"
import { checkSeal } from "./seal.ts"
import type { Seal } from "./seal.ts"

/** A table's log: where it is, and how its entries are sealed, if they are. */
export interface Log {
  readonly store: Store
  /** Every entry must carry this seal; `undefined`: seals are ignored. */
  readonly seal: Seal | undefined
}

/** The folder of the log below the table's root. */
export const LOG_FOLDER = "_delta_log"
/** Name of the hint. */
export const HINT = "_last_checkpoint"

/** A version as 20 digits. */
export const digitsOf = (version: number): string => String(version).padStart(20, "0")

/** Name of an entry. */
export const entryName = (version: number): string => `${digitsOf(version)}.json`

/** Name of a checkpoint in one file. */
export const checkpointName = (version: number): string => `${digitsOf(version)}.checkpoint.parquet`

/** Key of a file of the log. */
export const logKey = (name: string): string => `${LOG_FOLDER}/${name}`

/** A checkpoint: its version and the names of all its files. */
export interface CheckpointFiles {
  readonly version: number
  readonly names: ReadonlyArray<string>
}

/** An entry that is known by its name. */
export interface ListedEntry {
  readonly version: number
  readonly modifiedMs: number
}

/** What a listing of the log found: entries and complete checkpoints, both by ascending version. */
export interface LogListing {
  readonly entries: ReadonlyArray<ListedEntry>
  readonly checkpoints: ReadonlyArray<CheckpointFiles>
}

const ENTRY = /^(\d{20})\.json$/
const SINGLE = /^(\d{20})\.checkpoint(?:\.[0-9a-fA-F-]{36})?\.(?:parquet|json)$/
const PART = /^(\d{20})\.checkpoint\.(\d{10})\.(\d{10})\.parquet$/
const PARTS_MAX = 10_000

const versionOf = (digits: string | undefined): number | undefined => {
  const version = Number(digits)
  return Number.isSafeInteger(version) ? version : undefined
}

/** Names of the parts of a checkpoint in several files. */
const partNames = (version: number, parts: number): ReadonlyArray<string> => {
  const digits = (value: number): string => String(value).padStart(10, "0")
  return Array.from(
    { length: parts },
    (_, at) => `${digitsOf(version)}.checkpoint.${digits(at + 1)}.${digits(parts)}.parquet`
  )
}

/** Complete checkpoints among file names, those in one file first within a version. */
const checkpointsAmong = (names: ReadonlyArray<string>): ReadonlyArray<CheckpointFiles> => {
  const present = new Set(names)
  const found: Array<CheckpointFiles> = []
  for (const name of names) {
    const version = versionOf(SINGLE.exec(name)?.[1])
    if (version !== undefined) found.push({ version, names: [name] })
    const part = PART.exec(name)
    const partVersion = versionOf(part?.[1])
    const count = Number(part?.[3])
    if (part === null || partVersion === undefined || Number(part[2]) !== 1 || count > PARTS_MAX) continue
    const parts = partNames(partVersion, count)
    if (count > 0 && parts.every((one) => present.has(one))) found.push({ version: partVersion, names: parts })
  }
  return found.toSorted((left, right) => left.version - right.version || left.names.length - right.names.length)
}

/** Lists entries and checkpoints from a version on. */
export const listLog = Effect.fnUntraced(function* (
  { store }: Log,
  from = 0
): Effect.fn.Return<LogListing, StoreError> {
  const names: Array<string> = []
  const entries: Array<ListedEntry> = []
  yield* Stream.runForEach(store.list(logKey(""), { startAfter: logKey(digitsOf(from)) }), ({ key, modifiedMs }) =>
    Effect.sync(() => {
      const name = key.slice(LOG_FOLDER.length + 1)
      const version = versionOf(ENTRY.exec(name)?.[1])
      if (version === undefined) names.push(name)
      else entries.push({ version, modifiedMs })
    })
  )
  return { entries, checkpoints: checkpointsAmong(names) }
})

/** The error for damage in a file of the log. */
export const damaged = ({ store }: Log, version: number, file: string, why: unknown): LogDamaged =>
  new LogDamaged({ url: store.url, version, file, why: reasonOf(why) })

/** A file system without hard links shows a new entry empty for a moment: look again for about a second. */
const APPEARING = { schedule: Schedule.exponential("5 millis"), times: 8 }

/** The bytes of an entry, `None` when there is none. */
export const readEntryBytes = (
  { store }: Log,
  version: number
): Effect.Effect<Option.Option<Uint8Array>, StoreError> => {
  const once = store.get(logKey(entryName(version))).pipe(
    Effect.asSome,
    Effect.catchTag("ObjectMissing", () => Effect.succeed(Option.none<Uint8Array>()))
  )
  if (store.capabilities.atomicCreate) return once
  const isAppearing = (bytes: Option.Option<Uint8Array>): boolean => Option.isSome(bytes) && bytes.value.length === 0
  return once.pipe(
    Effect.filterOrFail(
      (bytes) => !isAppearing(bytes),
      () => "appearing" as const
    ),
    Effect.retry({ ...APPEARING, while: (error) => error === "appearing" }),
    Effect.catchIf(
      (error) => error === "appearing",
      () => once
    )
  )
}

/**
 * Decodes an entry and checks its seal, where entries are sealed. `previous`: digest of the entry before it, where known.
 */
export const openEntry = (
  log: Log,
  version: number,
  bytes: Uint8Array,
  previous: string | undefined
): Effect.Effect<LogEntry, LogDamaged> =>
  Effect.try({
    try: () => {
      const entry = decodeEntry(version, bytes)
      if (log.seal !== undefined) checkSeal(bytes, log.seal, previous)
      return entry
    },
    catch: (cause) => damaged(log, version, entryName(version), cause)
  })

/** Reads, decodes and checks one entry; `None` when there is none. */
export const readEntry = Effect.fnUntraced(function* (
  log: Log,
  version: number,
  previous: string | undefined
): Effect.fn.Return<Option.Option<LogEntry>, LogDamaged | StoreError> {
  const bytes = yield* readEntryBytes(log, version)
  return Option.isNone(bytes) ? Option.none() : Option.some(yield* openEntry(log, version, bytes.value, previous))
})

const hintOf = (bytes: Uint8Array): CheckpointFiles => {
  const fields = new Fields(parseJson(new TextDecoder().decode(bytes)), HINT)
  const version = fields.count("version")
  if (fields.raw("parts") !== undefined) {
    const parts = fields.count("parts")
    if (parts < 1 || parts > PARTS_MAX) throw new RangeError("parts")
    return { version, names: partNames(version, parts) }
  }
  const v2 = fields.raw("v2Checkpoint")
  const name = v2 === undefined ? checkpointName(version) : new Fields(v2, "v2Checkpoint").string("path")
  if (versionOf(SINGLE.exec(name)?.[1]) !== version) throw new RangeError("path")
  return { version, names: [name] }
}

/** The checkpoint that the hint names; `None` when there is no hint or it makes no sense. */
export const readHint = ({ store }: Log): Effect.Effect<Option.Option<CheckpointFiles>, StoreError> =>
  store.get(logKey(HINT)).pipe(
    Effect.map(Option.liftThrowable(hintOf)),
    Effect.catchTag("ObjectMissing", () => Effect.succeed(Option.none<CheckpointFiles>()))
  )
