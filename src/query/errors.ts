/**
 * What can go wrong with a query: one class per thing a caller can act on.
 */
import { Schema } from "effect"

const quoted = (text: string): string => JSON.stringify(text)

/** The engine for SQL, or the package for Arrow, is not installed. */
export class EngineMissing extends Schema.TaggedError<EngineMissing>()("EngineMissing", {
  packageName: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    const needing = this.packageName === "apache-arrow" ? "Arrow" : "SQL"
    return `${needing} needs the package ${this.packageName}, which is not installed: npm install ${this.packageName}`
  }
}

/** A statement is not one that may run. */
export class StatementRefused extends Schema.TaggedError<StatementRefused>()("StatementRefused", {
  reason: Schema.String
}) {
  override get message(): string {
    return `this SQL is not run: ${this.reason}`
  }
}

/** A statement is wrong, or failed while it ran. */
export class QueryFailed extends Schema.TaggedError<QueryFailed>()("QueryFailed", {
  problem: Schema.String,
  /** Where in the statement, in characters from 0; null when that is not known. */
  position: Schema.NullOr(Schema.Int)
}) {
  override get message(): string {
    return this.problem
  }
}

/** A query took longer than it may. */
export class QueryTimedOut extends Schema.TaggedError<QueryTimedOut>()("QueryTimedOut", { seconds: Schema.Finite }) {
  override get message(): string {
    return `the query took more than ${this.seconds} s and was stopped; ask for less, or allow more`
  }
}

/** A query took more memory than it may. */
export class QueryTooLarge extends Schema.TaggedError<QueryTooLarge>()("QueryTooLarge", { megabytes: Schema.Int }) {
  override get message(): string {
    return `the query took more than ${this.megabytes} MB of memory and was stopped; ask for less, or allow more`
  }
}

/** What stands for a table is nothing that can be read. */
export class NoSuchTable extends Schema.TaggedError<NoSuchTable>()("NoSuchTable", {
  table: Schema.String,
  reason: Schema.String,
  /** Where in the statement, in characters from 0; null when it stands elsewhere. */
  position: Schema.NullOr(Schema.Int),
  nearest: Schema.NullOr(Schema.String)
}) {
  override get message(): string {
    const at = this.position === null ? "" : ` (character ${this.position + 1} of the statement)`
    const hint = this.nearest === null ? "" : `. Did you mean ${quoted(this.nearest)}?`
    return `${quoted(this.table)}${at} is no table: ${this.reason}${hint}`
  }
}

/** A file that is part of a table cannot be read as rows. */
export class Unreadable extends Schema.TaggedError<Unreadable>()("Unreadable", {
  path: Schema.String,
  format: Schema.NullOr(Schema.String),
  reason: Schema.String,
  /** Whether it is in an imported pond, which is out of reach or damaged: the others answer without it. */
  elsewhere: Schema.optionalKey(Schema.Boolean)
}) {
  override get message(): string {
    const as = this.format === null ? "" : ` as ${this.format}`
    return `${quoted(this.path)} cannot be read${as}: ${this.reason}`
  }
}

/** A file has lines that are no rows, and that was not allowed. */
export class BadLinesFound extends Schema.TaggedError<BadLinesFound>()("BadLinesFound", {
  path: Schema.String,
  format: Schema.String,
  count: Schema.Int,
  line: Schema.Int,
  reason: Schema.String
}) {
  override get message(): string {
    const more = this.count === 1 ? "" : ` (and ${this.count - 1} more)`
    return (
      `line ${this.line} of ${quoted(this.path)} is bad as ${this.format}: ${this.reason}${more}. ` +
      "Lines may be left out by --bad-lines quarantine; they are then in the table pond.bad_lines"
    )
  }
}

/** The place where queries keep their files failed. */
export class CacheFailed extends Schema.TaggedError<CacheFailed>()("CacheFailed", {
  path: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    const detail = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `the files of this query cannot be written to ${this.path} (${detail}). Make room, or see to the directory's rights`
  }
}
