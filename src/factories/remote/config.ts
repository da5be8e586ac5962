/**
 * The configuration of a remote: another copy of this pond.
 */
import { Result, Schema } from "effect"
import { BUCKET, LIMITS } from "../reach.ts"

/** Which contents are pulled, in the configuration of a remote and as flags of its commands. */
export const PARTIAL = {
  path: Schema.optionalKey(
    Schema.Array(Schema.NonEmptyString).annotate({
      description: "Only the contents at these paths are pulled, as in /logs/**; of the others names and history alone."
    })
  ),
  since: Schema.optionalKey(
    Schema.NonEmptyString.annotate({
      description: "Only contents are pulled that were written after a transaction or a time: 120, 2026-11-21."
    })
  )
}

/** What a remote is told. */
export const RemoteConfig = Schema.Struct({
  name: Schema.optionalKey(
    Schema.NonEmptyString.annotate({ description: "Label in reports; by default the name of the instance." })
  ),
  url: Schema.NonEmptyString.annotate({
    description:
      "Where the copy is: s3://bucket/prefix?region=…, a directory, or https://host/path (only to pull from)."
  }),
  mode: Schema.optionalKey(
    Schema.Literals(["backup", "mirror", "both"]).annotate({
      description: "backup: only pushed to; mirror: only pulled from; by default both."
    })
  ),
  default: Schema.optionalKey(
    Schema.Boolean.annotate({ description: "Whether it is meant where nobody names one of several." })
  ),
  ...BUCKET,
  ...LIMITS,
  ...PARTIAL
})

/** A checked configuration of a remote. */
export type RemoteConfig = typeof RemoteConfig.Type

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/u

/** The name of a remote, by which this pond remembers it; or why it is none. */
export const remoteName = (name: string): Result.Result<string, string> =>
  NAME.test(name)
    ? Result.succeed(name)
    : Result.fail("names of remotes are letters, digits, `-`, `_` and `.`, and begin with a letter or digit")

/** What makes two names hard to tell apart. */
export const likeness = (name: string): string => name.toLowerCase().replaceAll("-", "_")
