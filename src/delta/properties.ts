/**
 * Table properties: what `metaData.configuration` says, decoded once.
 */
import { Malformed } from "./errors.ts"

/** The properties that change how this floor behaves. Times are milliseconds. */
export interface TableProperties {
  readonly appendOnly: boolean
  /** Commit times live in the entries; the file times of the log say nothing (D11, D12). */
  readonly inCommitTimestamps: boolean
  /** The first version that has one, and its time: 0 and undefined where they were enabled from the start. */
  readonly inCommitTimestampsFrom: { readonly version: number; readonly timestampMs: number | undefined }
  /** How long removed files and their tombstones are kept. */
  readonly deletedFileRetentionMs: number
  /** How long entries are kept when somebody cleans up. */
  readonly logRetentionMs: number
}

const DAY_MS = 86_400_000
const UNITS: ReadonlyMap<string, number> = new Map([
  ["millisecond", 1],
  ["second", 1_000],
  ["minute", 60_000],
  ["hour", 3_600_000],
  ["day", DAY_MS],
  ["week", 7 * DAY_MS]
])

/** Milliseconds of an interval such as `interval 1 hours` or `interval 2 days 12 hours`. Throws `Malformed`. */
export const intervalMs = (text: string): number => {
  const words = text.trim().toLowerCase().split(/\s+/)
  if (words[0] === "interval") words.shift()
  let total = 0
  for (let at = 0; at < words.length; at += 2) {
    const unit = UNITS.get((words[at + 1] ?? "").replace(/s$/, ""))
    const count = Number(words[at])
    if (unit === undefined || !Number.isSafeInteger(count)) {
      throw new Malformed(`${JSON.stringify(text)} is not an interval such as "interval 7 days"`)
    }
    total += count * unit
  }
  if (words.length === 0 || total < 0) throw new Malformed(`${JSON.stringify(text)} is not an interval`)
  return total
}

const flag = (value: string | undefined): boolean => value?.toLowerCase() === "true"

const optionalCount = (configuration: ReadonlyMap<string, string>, key: string): number | undefined => {
  const text = configuration.get(key)
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new Malformed(`the property ${key} must be a count`)
  return value
}

/** Decodes the properties; absent ones have the protocol's defaults. Throws `Malformed`. */
export const tableProperties = (configuration: ReadonlyMap<string, string>): TableProperties => ({
  appendOnly: flag(configuration.get("delta.appendOnly")),
  inCommitTimestamps: flag(configuration.get("delta.enableInCommitTimestamps")),
  inCommitTimestampsFrom: {
    version: optionalCount(configuration, "delta.inCommitTimestampEnablementVersion") ?? 0,
    timestampMs: optionalCount(configuration, "delta.inCommitTimestampEnablementTimestamp")
  },
  deletedFileRetentionMs: intervalMs(configuration.get("delta.deletedFileRetentionDuration") ?? "interval 7 days"),
  logRetentionMs: intervalMs(configuration.get("delta.logRetentionDuration") ?? "interval 30 days")
})
