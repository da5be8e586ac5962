/**
 * Why a pond is not imported, beyond what replication says.
 */
import { Schema } from "effect"

/** A pond cannot appear in itself. */
export class ImportOfItself extends Schema.TaggedError<ImportOfItself>()("ImportOfItself", {
  url: Schema.String,
  pond: Schema.String
}) {
  override get message(): string {
    return `${this.url} is this pond itself, or a copy of it (${this.pond}): it cannot appear in itself. \`pond remote add NAME URL\` without a path makes it a remote`
  }
}

/** A mount cannot be made as its configuration says. */
export class MountInvalid extends Schema.TaggedError<MountInvalid>()("MountInvalid", {
  path: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `nothing can be imported to ${JSON.stringify(this.path)}: ${this.why}`
  }
}

/** At the place of an import is another pond than the one that was imported. */
export class OtherPond extends Schema.TaggedError<OtherPond>()("OtherPond", {
  url: Schema.String,
  path: Schema.String,
  imported: Schema.String,
  found: Schema.String
}) {
  override get message(): string {
    return (
      `${this.url} is the pond ${this.found} now, and ${JSON.stringify(this.path)} shows the pond ${this.imported}: nothing was done. ` +
      `Find out why, or remove the import and add it again`
    )
  }
}
