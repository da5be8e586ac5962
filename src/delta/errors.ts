/**
 * What can go wrong with a Delta table: one class per thing a caller can act on.
 *
 * Every message names the table, the place in it, the reason, and what to do. Pure functions know no table: they throw `Malformed` or
 * `Unsupported`, and whoever knows table, version and file turns that into `LogDamaged`, `DataFileDamaged` or `UnsupportedFeature`.
 */
import { Schema } from "effect"
import type { StoreError } from "../store/errors.ts"

const quoted = (text: string): string => JSON.stringify(text)

/** There is no Delta table at this place: its log has no entry. */
export class NotATable extends Schema.TaggedError<NotATable>()("NotATable", { url: Schema.String }) {
  override get message(): string {
    return `${this.url} is not a Delta table: there is no entry in its _delta_log. Check the URL, or create a table there`
  }
}

/** A table cannot be created where one exists. */
export class TableExists extends Schema.TaggedError<TableExists>()("TableExists", { url: Schema.String }) {
  override get message(): string {
    return `${this.url} holds a Delta table already: open it, or choose another place`
  }
}

/** The table needs something that is not implemented; nothing was read or written. */
export class UnsupportedFeature extends Schema.TaggedError<UnsupportedFeature>()("UnsupportedFeature", {
  url: Schema.String,
  access: Schema.Literals(["reading", "writing"]),
  feature: Schema.String
}) {
  override get message(): string {
    return (
      `${this.access} the table ${this.url} needs ${this.feature}, which this version does not support. ` +
      `Upgrade, or use the program that made the table`
    )
  }
}

/** An entry, a checkpoint or the sequence of entries is damaged. `file` is a name below `_delta_log`. */
export class LogDamaged extends Schema.TaggedError<LogDamaged>()("LogDamaged", {
  url: Schema.String,
  version: Schema.Finite,
  file: Schema.String,
  why: Schema.String,
  /** What to do about it, where somebody above knows better than this floor. */
  advice: Schema.optionalKey(Schema.String)
}) {
  override get message(): string {
    return (
      `the log of ${this.url} is damaged at version ${this.version} (_delta_log/${this.file}): ${this.why}. ` +
      (this.advice ?? "Restore that file from a copy, or open the table at an earlier version")
    )
  }
}

/** The table has no such version, or nothing as old as the time asked for. `null`: not known. */
export class MissingVersion extends Schema.TaggedError<MissingVersion>()("MissingVersion", {
  url: Schema.String,
  requested: Schema.String,
  earliest: Schema.NullOr(Schema.Finite),
  latest: Schema.NullOr(Schema.Finite)
}) {
  override get message(): string {
    const kept = `${this.earliest ?? "an unknown one"} to ${this.latest ?? "an unknown one"}`
    return `${this.url} has no ${this.requested}: the versions that can be opened are ${kept}`
  }
}

/** What in a winner's entry makes a losing commit impossible to repeat on top of it. */
export const ConflictReason = Schema.Literals([
  "protocolChanged",
  "metadataChanged",
  "fileRemoved",
  "fileAdded",
  "appConcurrent",
  "domainConcurrent",
  "condemned",
  "rebase",
  "contention"
])
/** One of the reasons of a `CommitConflict`. */
export type ConflictReason = typeof ConflictReason.Type

/** Another commit came first and contradicts this one; nothing was published. `version` is the winner's. */
export class CommitConflict extends Schema.TaggedError<CommitConflict>()("CommitConflict", {
  url: Schema.String,
  version: Schema.Finite,
  reason: ConflictReason,
  detail: Schema.String
}) {
  override get message(): string {
    return (
      `the commit to ${this.url} lost to version ${this.version}: ${this.detail}. ` +
      `Nothing was changed; read the table again and repeat`
    )
  }
}

/** The commit itself is not allowed by the protocol or the table's properties; nothing was published. */
export class CommitRefused extends Schema.TaggedError<CommitRefused>()("CommitRefused", {
  url: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `the commit to ${this.url} is not allowed: ${this.why}`
  }
}

/** The store failed while the entry was being published, and could not tell afterwards whether it took effect. */
export class CommitUncertain extends Schema.TaggedError<CommitUncertain>()("CommitUncertain", {
  url: Schema.String,
  version: Schema.Finite,
  txnId: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return (
      `it is not known whether version ${this.version} of ${this.url} was published, because the store failed. When it answers ` +
      `again: the commit took effect if that entry's commitInfo.txnId is ${this.txnId}, otherwise repeat it`
    )
  }
}

/** A data file does not hold what the log or its own format says. */
export class DataFileDamaged extends Schema.TaggedError<DataFileDamaged>()("DataFileDamaged", {
  url: Schema.String,
  path: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return (
      `the data file ${quoted(this.path)} of ${this.url} is damaged: ${this.why}. ` +
      `Restore it from a copy; other files stay readable`
    )
  }
}

/** A data file that the newest version refers to does not exist. */
export class DataFileMissing extends Schema.TaggedError<DataFileMissing>()("DataFileMissing", {
  url: Schema.String,
  path: Schema.String
}) {
  override get message(): string {
    return `the data file ${quoted(this.path)} of ${this.url} is missing. Restore it from a copy; other files stay readable`
  }
}

/** The snapshot is older than what was kept of the table: files it needs were removed on purpose. */
export class StaleSnapshot extends Schema.TaggedError<StaleSnapshot>()("StaleSnapshot", {
  url: Schema.String,
  version: Schema.Finite,
  missing: Schema.String
}) {
  override get message(): string {
    return (
      `the snapshot of ${this.url} at version ${this.version} has expired: ${quoted(this.missing)} was removed since. ` +
      `Open the table again`
    )
  }
}

/** Everything that opening and reading a log can fail with. */
export type LogError = NotATable | UnsupportedFeature | LogDamaged | StoreError

/** Everything that reading data files can fail with. */
export type ReadError = DataFileDamaged | DataFileMissing | StaleSnapshot | UnsupportedFeature | StoreError

/** Bytes or values that are not what a format demands: thrown by the pure functions of this floor, with the reason. */
export class Malformed extends Error {
  override get name(): string {
    return "Malformed"
  }
}

/** Something that is understood but not supported: thrown by the pure functions of this floor, becomes `UnsupportedFeature`. */
export class Unsupported extends Error {
  readonly feature: string
  constructor(feature: string) {
    super(feature)
    this.feature = feature
  }
  override get name(): string {
    return "Unsupported"
  }
}

/** The reason inside anything thrown, for the `why` of an error. */
export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
