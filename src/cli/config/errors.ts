/**
 * What can be wrong with the configuration.
 */
import { Runtime, Schema } from "effect"
import { nearest } from "../../factories/nearest.ts"
import { ExitCode } from "../failure.ts"
import { SETTING_KEYS } from "./settings.ts"

/** Configuration that cannot be used, with everything that is wrong in one place of it. */
export class SettingsInvalid extends Schema.TaggedError<SettingsInvalid>()("SettingsInvalid", {
  /** A file, or the environment. */
  place: Schema.String,
  problems: Schema.Array(Schema.String)
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.wrongUsage
  override get message(): string {
    return `the configuration in ${this.place} cannot be used: ${this.problems.join("; ")}. Correct it there; \`pond config --help\` tells more`
  }
}

/** There is no such key. */
export class SettingUnknown extends Schema.TaggedError<SettingUnknown>()("SettingUnknown", { key: Schema.String }) {
  override readonly [Runtime.errorExitCode] = ExitCode.wrongUsage
  override get message(): string {
    return unknownKey(this.key)
  }
}

/** A file is written in a way that Pond cannot change without doubt. */
export class SettingsNotEdited extends Schema.TaggedError<SettingsNotEdited>()("SettingsNotEdited", {
  path: Schema.String,
  key: Schema.String,
  value: Schema.String
}) {
  override get message(): string {
    return `${this.path} was not changed: it is written in a way that only a person can edit. Open it, and set ${this.key} to ${this.value}`
  }
}

/** Says that a key is not known, and which one may be meant. */
export const unknownKey = (key: string): string => {
  const meant = nearest(key, SETTING_KEYS)
  const hint = meant === undefined ? `there are ${SETTING_KEYS.join(", ")}` : `did you mean \`${meant}\`?`
  return `\`${key}\` is not a key: ${hint}`
}
