/**
 * Why nothing is exported, beyond what questions and stores say.
 */
import { Schema } from "effect"

const quoted = (text: string): string => JSON.stringify(text)

/** The target holds something that no export made. */
export class TargetForeign extends Schema.TaggedError<TargetForeign>()("TargetForeign", {
  url: Schema.String,
  found: Schema.String
}) {
  override get message(): string {
    return `${this.url} holds ${this.found} that no export made, and it is left alone: choose an empty place`
  }
}

/** The target belongs to another export. */
export class TargetTaken extends Schema.TaggedError<TargetTaken>()("TargetTaken", {
  url: Schema.String,
  owner: Schema.String
}) {
  override get message(): string {
    return `${this.url} is the target of another export (${this.owner}): choose another place, one for each`
  }
}

/** Somebody else changed what the target holds. */
export class TargetAltered extends Schema.TaggedError<TargetAltered>()("TargetAltered", {
  url: Schema.String,
  what: Schema.Array(Schema.String)
}) {
  override get message(): string {
    const more = this.what.length > 5 ? `; and ${this.what.length - 5} more` : ""
    return (
      `${this.url} is not as the last export left it: ${this.what.slice(0, 5).join("; ")}${more}. ` +
      "Nothing was changed; `pond run NAME rebuild` writes the table anew"
    )
  }
}

/** Another run exported to the target at the same time. */
export class ExportOvertaken extends Schema.TaggedError<ExportOvertaken>()("ExportOvertaken", { url: Schema.String }) {
  override get message(): string {
    return `another run exported to ${this.url} at the same time and came first: run it again`
  }
}

/** The target's record of what was exported is damaged. */
export class RecordDamaged extends Schema.TaggedError<RecordDamaged>()("RecordDamaged", {
  url: Schema.String,
  key: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `${quoted(this.key)} in ${this.url} is damaged: ${this.why}. \`pond run NAME rebuild\` writes the table anew`
  }
}

/** A partition column cannot be made. */
export class PartitionInvalid extends Schema.TaggedError<PartitionInvalid>()("PartitionInvalid", {
  partition: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `the partition ${quoted(this.partition)} cannot be made: ${this.why}`
  }
}

/** Nothing of a source can be read, or the table cannot be written anew because some of it cannot. */
export class SourceUnreadable extends Schema.TaggedError<SourceUnreadable>()("SourceUnreadable", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${quoted(this.path)} cannot be read, so nothing was exported: ${this.reason}`
  }
}

/** What a configuration says makes no sense. */
export class ExportInvalid extends Schema.TaggedError<ExportInvalid>()("ExportInvalid", { problem: Schema.String }) {
  override get message(): string {
    return this.problem
  }
}
