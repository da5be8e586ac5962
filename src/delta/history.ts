/**
 * Time travel by time: which version was the newest at an instant.
 *
 * With in-commit timestamps the times are those in the entries, found by bisection, O(log n) reads. Without them a commit's time is that
 * of its file, raised where needed so that times grow with versions (D12).
 */
import { Effect, Option } from "effect"
import type { StoreError } from "../store/errors.ts"
import { MissingVersion } from "./errors.ts"
import type { LogDamaged } from "./errors.ts"
import { damaged, entryName, listLog, readEntry } from "./log.ts"
import type { ListedEntry, Log } from "./log.ts"
import type { Snapshot } from "./snapshot.ts"

/** The in-commit timestamp of a version, milliseconds since 1970. */
const commitTime = Effect.fnUntraced(function* (
  log: Log,
  version: number
): Effect.fn.Return<number, LogDamaged | StoreError> {
  const entry = yield* readEntry(log, version, undefined)
  const time = Option.isSome(entry) ? entry.value.timestampMs : undefined
  return time ?? (yield* damaged(log, version, entryName(version), "it has no inCommitTimestamp"))
})

/** The greatest version in [low, high] whose commit is not after `timeMs`; `undefined` when there is none. */
const bisect = Effect.fnUntraced(function* (log: Log, low: number, high: number, timeMs: number) {
  let [first, after] = [low, high + 1]
  while (first < after) {
    const middle = Math.floor((first + after) / 2)
    if ((yield* commitTime(log, middle)) <= timeMs) first = middle + 1
    else after = middle
  }
  return first === low ? undefined : first - 1
})

const byFileTime = (entries: ReadonlyArray<ListedEntry>, timeMs: number): number | undefined => {
  let newest: number | undefined
  let last = Number.NEGATIVE_INFINITY
  for (const { modifiedMs, version } of entries) {
    last = Math.max(modifiedMs, last + 1)
    if (last > timeMs) break
    newest = version
  }
  return newest
}

/** The version that was the newest at an instant, milliseconds since 1970; `head` is the newest state. */
export const versionAt = Effect.fn("delta.versionAt")(function* (
  log: Log,
  head: Snapshot,
  timeMs: number
): Effect.fn.Return<number, MissingVersion | LogDamaged | StoreError> {
  const { inCommitTimestamps, inCommitTimestampsFrom } = head.properties
  const { entries } = yield* listLog(log)
  const listed = entries.filter(({ version }) => version <= head.version)
  const first = listed[0]?.version ?? head.version
  const from = inCommitTimestamps ? Math.max(first, inCommitTimestampsFrom.version) : head.version + 1
  const inCommit = yield* bisect(log, from, head.version, timeMs)
  const found =
    inCommit ??
    byFileTime(
      listed.filter(({ version }) => version < from),
      timeMs
    )
  if (found !== undefined) return found
  return yield* new MissingVersion({
    url: log.store.url,
    requested: `version as old as ${timeMs} ms since 1970`,
    earliest: first,
    latest: head.version
  })
})
