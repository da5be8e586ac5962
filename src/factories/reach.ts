/**
 * How the stores of other places are reached, in the configurations of factories and as flags of their commands: what a URL does not say.
 */
import { Schema } from "effect"
import { bytesOfRate } from "../store/limit.ts"
import type { StoreOptions } from "../store/options.ts"

const isRate = Schema.makeFilter(
  (text: string) => bytesOfRate(text) !== undefined || "is no rate: write it as in 10MiB or 500kB, for each second"
)

/** Where a bucket is, and how requests to it look. */
export const BUCKET = {
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
  )
}

/** Bounds of what is sent and received. */
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

/** What a configuration says of how a store is reached, beside its URL. */
export interface Reach {
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  readonly path_style?: boolean | undefined
  readonly allow_http?: boolean | undefined
  readonly limit_rate?: string | undefined
  readonly limit_requests?: number | undefined
}

/** How a store is reached, as far as a configuration says. */
export const optionsOf = (config: Reach): StoreOptions => ({
  region: config.region,
  endpoint: config.endpoint,
  pathStyle: config.path_style,
  allowHttp: config.allow_http,
  bytesPerSecond: config.limit_rate === undefined ? undefined : bytesOfRate(config.limit_rate),
  requestsPerSecond: config.limit_requests
})
