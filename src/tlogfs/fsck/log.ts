/**
 * Checking the log: every entry from the first one kept to the newest, their seals and chain, and the files they name (R2, R4).
 */
import { Effect, HashMap, Option, Stream } from "effect"
import type { LogEntry } from "../../delta/entry.ts"
import {
  checkpointName,
  entryName,
  HINT,
  listLog,
  LOG_FOLDER,
  logKey,
  openEntry,
  readEntryBytes
} from "../../delta/log.ts"
import { readCheckpoint } from "../../delta/checkpoint.ts"
import { advance, fromCheckpoint, type Snapshot } from "../../delta/snapshot.ts"
import { BLANK } from "../../delta/seal.ts"
import type { StoreError } from "../../store/errors.ts"
import type { ListedObject, Store } from "../../store/ObjectStore.ts"
import { cleanedBefore } from "../cleaned.ts"
import { pondLog } from "../table.ts"
import { REPAIRED_FOLDER } from "./repair.ts"
import { type Finding, type Findings, messageOf } from "./finding.ts"

/** What to do about the newest entry. */
const ADVICE = "`pond fsck --repair` makes it again, or puts it aside"

/** Entries that are asked for at the same time: each is a request where the pond is far away. */
const READ_AHEAD = 16

type PondLog = ReturnType<typeof pondLog>

/** Does a pure step; what it throws is noted. */
const noting = <A>(findings: Findings, kind: Finding["kind"], where: string, step: () => A): A | undefined => {
  try {
    return step()
  } catch (cause) {
    findings.add(kind, where, messageOf(cause))
    return undefined
  }
}

/** The bytes of entries, asked for at the same time. */
const entriesBetween = (log: PondLog, first: number, last: number) =>
  Effect.forEach(
    Array.from({ length: last - first + 1 }, (_, at) => first + at),
    (version) => readEntryBytes(log, version),
    { concurrency: READ_AHEAD }
  )

/** Reads all entries, noting gaps, torn ones and broken seals, and gives the table they make; `undefined` when they make none. */
export const checkLog = Effect.fnUntraced(function* (store: Store, findings: Findings) {
  const log = pondLog(store)
  const listing = yield* listLog(log)
  const last = listing.entries.at(-1)?.version ?? -1
  const first = listing.entries[0]?.version ?? 0
  let table: Snapshot | undefined
  let previous: string | undefined = first === 0 ? BLANK : undefined
  let count = 0
  let ahead: ReadonlyArray<Option.Option<Uint8Array>> = []
  // A log that was cleaned up rests on a checkpoint; entries before that one go with the next clean-up.
  const base =
    first === 0
      ? undefined
      : (listing.checkpoints.findLast(({ version }) => version <= first) ?? listing.checkpoints[0])
  for (let version = first; version <= last; version++) {
    const where = logKey(entryName(version))
    const at = (version - first) % READ_AHEAD
    if (at === 0) ahead = yield* entriesBetween(log, version, Math.min(last, version + READ_AHEAD - 1))
    const bytes = ahead[at]!
    if (Option.isNone(bytes)) {
      findings.add("log", where, "the entry is missing, but later ones exist")
      previous = undefined
      continue
    }
    const entry: LogEntry | undefined = yield* openEntry(log, version, bytes.value, previous).pipe(
      Effect.matchEffect({
        onFailure: (error) =>
          Effect.sync(() => void findings.add("log", where, version === last ? `${error.why}; ${ADVICE}` : error.why)),
        onSuccess: (opened) => Effect.succeed(opened)
      })
    ) as Effect.Effect<LogEntry | undefined>
    previous = entry?.seal?.digest
    if (entry === undefined) continue
    count += 1
    if (base !== undefined && version < base.version) continue
    if (base !== undefined && version === Math.max(first, base.version)) {
      const actions = yield* readCheckpoint(log, base).pipe(Effect.option)
      if (Option.isNone(actions))
        findings.add("log", logKey(base.names[0] ?? ""), "the checkpoint that the log rests on cannot be read")
      else table = fromCheckpoint(base.version, actions.value, entry)
      continue
    }
    table = noting(findings, "log", where, () => advance(table, [entry])) ?? table
    yield* checkCheckpoint(store, listing.checkpoints.find((one) => one.version === version)?.names, table, findings)
  }
  if (table !== undefined && first > cleanedBefore(table)) {
    findings.add("log", logKey(entryName(0)), `the entries before ${first} are missing, and nobody cleaned them up`)
  }
  return { table, entries: count }
})

/** Compares a checkpoint with the state that the entries make at its version. */
const checkCheckpoint = Effect.fnUntraced(function* (
  store: Store,
  names: ReadonlyArray<string> | undefined,
  table: Snapshot | undefined,
  findings: Findings
) {
  if (names === undefined || table === undefined) return
  const where = logKey(names[0] ?? checkpointName(table.version))
  const actions = yield* readCheckpoint(pondLog(store), { version: table.version, names }).pipe(
    Effect.asSome,
    Effect.catch((error) =>
      Effect.sync(() => {
        findings.add("checkpoint", where, error.message)
        return Option.none()
      })
    )
  )
  if (Option.isNone(actions)) return
  noting(findings, "checkpoint", where, () => {
    const held = fromCheckpoint(table.version, actions.value, undefined)
    const same =
      HashMap.size(held.files) === HashMap.size(table.files) &&
      [...HashMap.keys(held.files)].every((path) => HashMap.has(table.files, path)) &&
      [...HashMap.entries(held.domains)].every(
        ([name, value]) =>
          Option.getOrUndefined(HashMap.get(table.domains, name))?.configuration === value.configuration
      )
    if (!same) findings.add("checkpoint", where, "it does not hold what the entries up to it make")
  })
})

/** What belongs into the folder of the log, entries, checkpoints, the hint; and what repairs took out of it. */
const LOG_OBJECT = new RegExp(
  String.raw`^${LOG_FOLDER}/(?:\d{20}\.json|\d{20}\.checkpoint\.[^/]+|${HINT})$|^${REPAIRED_FOLDER}/`
)

/** Objects of a store that nothing of the pond names. `known` are the keys that belong to it. */
export const foreignObjects = Effect.fnUntraced(function* (
  objects: Stream.Stream<ListedObject, StoreError>,
  known: (key: string) => boolean,
  findings: Findings
) {
  yield* Stream.runForEach(objects, ({ key }) =>
    Effect.sync(() => {
      if (LOG_OBJECT.test(key) || known(key)) return
      findings.add("foreign", key, "nothing names it: a leftover, or not of this pond")
    })
  )
})
