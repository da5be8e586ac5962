/**
 * The configuration of a remote: another copy of this pond.
 */
import { Result, Schema } from "effect"
import { bytesOfRate } from "../../store/limit.ts"
import type { StoreOptions } from "../../store/options.ts"

const isRate = Schema.makeFilter(
  (text: string) => bytesOfRate(text) !== undefined || "is no rate: write it as in 10MiB or 500kB, for each second"
)

/** Bounds of what is sent and received, in the configuration of a remote and as flags of its commands. */
export const LIMITS = {
  limit_rate: Schema.optionalKey(
    Schema.NonEmptyString.check(isRate).annotate({
      description: "Bytes a second that are sent and received, at most: 10MiB, 500kB."
    })
  ),
  limit_requests: Schema.optionalKey(
    Schema.Finite.check(Schema.isGreaterThan(0)).annotate({ description: "Requests a second, at most." })
  )
}

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
  region: Schema.optionalKey(
    Schema.NonEmptyString.annotate({ description: "The region of the bucket, as in eu-central-1." })
  ),
  endpoint: Schema.optionalKey(
    Schema.NonEmptyString.annotate({
      description: "The server of the bucket where it is not Amazon's, as in https://s3.example.org."
    })
  ),
  path_style: Schema.optionalKey(
    Schema.Boolean.annotate({
      description: "The bucket stands in the path of requests, not in the host name; by default so with an endpoint."
    })
  ),
  allow_http: Schema.optionalKey(
    Schema.Boolean.annotate({ description: "Requests to the bucket may travel unencrypted to another host." })
  ),
  ...LIMITS,
  ...PARTIAL
})

/** A checked configuration of a remote. */
export type RemoteConfig = typeof RemoteConfig.Type

/** What a configuration says of how a store is reached, beside its URL. */
type Reach = Pick<RemoteConfig, "allow_http" | "endpoint" | "limit_rate" | "limit_requests" | "path_style" | "region">

/** How the store of a remote is reached, as far as its configuration says. */
export const optionsOf = (config: Reach): StoreOptions => ({
  region: config.region,
  endpoint: config.endpoint,
  pathStyle: config.path_style,
  allowHttp: config.allow_http,
  bytesPerSecond: config.limit_rate === undefined ? undefined : bytesOfRate(config.limit_rate),
  requestsPerSecond: config.limit_requests
})

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/u

/** The name of a remote, by which this pond remembers it; or why it is none. */
export const remoteName = (name: string): Result.Result<string, string> =>
  NAME.test(name)
    ? Result.succeed(name)
    : Result.fail("names of remotes are letters, digits, `-`, `_` and `.`, and begin with a letter or digit")

/** What makes two names hard to tell apart. */
export const likeness = (name: string): string => name.toLowerCase().replaceAll("-", "_")
