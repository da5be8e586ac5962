/**
 * Why nothing is carried to or from a remote, beyond what replication says.
 */
import { Schema } from "effect"

/** The remote may only be pushed to, or only pulled from. */
export class ModeForbids extends Schema.TaggedError<ModeForbids>()("ModeForbids", {
  remote: Schema.String,
  mode: Schema.String,
  command: Schema.String
}) {
  override get message(): string {
    return `${this.remote} is a ${this.mode}: \`${this.command}\` is not for it. Change \`mode\` in its configuration if it should be`
  }
}

/** The name of an instance cannot be that of a remote. */
export class NameInvalid extends Schema.TaggedError<NameInvalid>()("NameInvalid", {
  path: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `${JSON.stringify(this.path)} cannot be a remote: ${this.why}. Move it: pond mv ${this.path} /system/etc/NAME`
  }
}

/** What is kept at a remote is damaged. */
export class RemoteUnsound extends Schema.TaggedError<RemoteUnsound>()("RemoteUnsound", {
  remote: Schema.String,
  damage: Schema.Array(Schema.String)
}) {
  override get message(): string {
    const shown = this.damage.slice(0, 5).join("; ")
    const more = this.damage.length > 5 ? `; and ${this.damage.length - 5} more` : ""
    return (
      `${this.remote} is damaged: ${shown}${more}. \`pond push NAME --heal\` writes again at a remote what this pond has, ` +
      "`pond pull NAME --heal` in this pond what the remote has"
    )
  }
}

/** What was said of which contents are pulled makes no sense. */
export class SelectionInvalid extends Schema.TaggedError<SelectionInvalid>()("SelectionInvalid", {
  why: Schema.String
}) {
  override get message(): string {
    return `which contents are to be pulled cannot be told: ${this.why}`
  }
}
