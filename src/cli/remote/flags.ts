/**
 * Flags of the verbs of remotes that say how a place is reached, and how fast.
 */
import { Option } from "effect"
import { Flag } from "effect/cli"
import { toggle } from "../grammar.ts"

/** Bounds of what is sent and received. */
export const limitFlags = {
  limitRate: Flag.String("limit-rate").pipe(
    Flag.withDescription("Bytes a second that are sent and received, at most: 10MiB, 500kB"),
    Flag.withMetavar("RATE"),
    Flag.optional
  ),
  limitRequests: Flag.Finite("limit-requests").pipe(
    Flag.withDescription("Requests a second, at most"),
    Flag.withMetavar("N"),
    Flag.optional
  )
}

/** How a bucket is reached. */
export const reachFlags = {
  region: Flag.String("region").pipe(
    Flag.withDescription("Region of the bucket; else AWS_REGION or the profile says"),
    Flag.withMetavar("REGION"),
    Flag.optional
  ),
  endpoint: Flag.String("endpoint").pipe(
    Flag.withDescription("Server of the bucket where it is not Amazon's; else AWS_ENDPOINT_URL or the profile says"),
    Flag.withMetavar("URL"),
    Flag.optional
  ),
  pathStyle: toggle("path-style", "The bucket stands in the path of requests; so by default with an endpoint"),
  allowHttp: toggle("allow-http", "Requests to the bucket may travel unencrypted to another host"),
  ...limitFlags
}

/** What was given of the limits, by the names of a factory's fields. */
export const limitsOf = (given: {
  readonly limitRate: Option.Option<string>
  readonly limitRequests: Option.Option<number>
}): Readonly<Record<string, unknown>> => ({
  ...Option.match(given.limitRate, { onNone: () => ({}), onSome: (rate) => ({ limit_rate: rate }) }),
  ...Option.match(given.limitRequests, { onNone: () => ({}), onSome: (most) => ({ limit_requests: most }) })
})

/** What was given of how a bucket is reached, by the names of the fields of a remote's configuration. */
export const reachFieldsOf = (given: {
  readonly region: Option.Option<string>
  readonly endpoint: Option.Option<string>
  readonly pathStyle: boolean
  readonly allowHttp: boolean
  readonly limitRate: Option.Option<string>
  readonly limitRequests: Option.Option<number>
}): Readonly<Record<string, unknown>> => ({
  ...Option.match(given.region, { onNone: () => ({}), onSome: (region) => ({ region }) }),
  ...Option.match(given.endpoint, { onNone: () => ({}), onSome: (endpoint) => ({ endpoint }) }),
  ...(given.pathStyle ? { path_style: true } : {}),
  ...(given.allowHttp ? { allow_http: true } : {}),
  ...limitsOf(given)
})

/** Which contents are brought here. */
export const partialFlags = {
  path: Flag.String("path").pipe(
    Flag.withDescription("Only the contents at these paths, as in /logs/**; of the others names and history alone"),
    Flag.withMetavar("GLOB"),
    Flag.atLeast(0)
  ),
  since: Flag.String("since").pipe(
    Flag.withDescription("Only contents that were written after a transaction or a time: 120, 2026-11-21"),
    Flag.withMetavar("TXN|TIME"),
    Flag.optional
  )
}

/** What was given of them, by the names of a factory's fields. */
export const partialOf = (given: {
  readonly path: ReadonlyArray<string>
  readonly since: Option.Option<string>
}): Readonly<Record<string, unknown>> => ({
  ...(given.path.length === 0 ? {} : { path: given.path }),
  ...Option.match(given.since, { onNone: () => ({}), onSome: (since) => ({ since }) })
})
