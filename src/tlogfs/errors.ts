/**
 * What can be wrong with a place that should be a pond, beyond what the filesystem's own errors say.
 */
import { Schema } from "effect"

/** There is no pond at this place. */
export class NotAPond extends Schema.TaggedError<NotAPond>()("NotAPond", { url: Schema.String, why: Schema.String }) {
  override get message(): string {
    return `${this.url} is not a pond: ${this.why}. Create one there with \`pond init\`, or name another place`
  }
}

/** A pond cannot be created where one exists. */
export class PondExists extends Schema.TaggedError<PondExists>()("PondExists", { url: Schema.String }) {
  override get message(): string {
    return `${this.url} is a pond already: open it, or choose another place`
  }
}

/** The pond was written by a newer version; nothing was read or written. */
export class NewerFormat extends Schema.TaggedError<NewerFormat>()("NewerFormat", {
  url: Schema.String,
  format: Schema.Finite,
  known: Schema.Finite
}) {
  override get message(): string {
    return `${this.url} has format ${this.format}; this version knows formats up to ${this.known}. Upgrade pond to use it`
  }
}
