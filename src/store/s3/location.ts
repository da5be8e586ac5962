/**
 * Where a store in S3 lies: `s3://bucket/prefix?region=…&endpoint=…`. Credentials never stand in a URL; they come from the SDK's chain.
 */
import { Result, Schema } from "effect"
import { invalidPrefix } from "../key.ts"
import type { StoreOptions } from "../options.ts"
import { holdsCredentials, publicUrl, UnknownStoreUrl } from "../url.ts"

/** A bucket, the prefix that all keys of the store share ("" or ending in a slash), and how to reach it. */
export interface S3Location {
  readonly bucket: string
  readonly prefix: string
  readonly region?: string | undefined
  /** Of servers other than Amazon's. */
  readonly endpoint?: string | undefined
  /** The bucket stands in the path, not in the host name: what most servers other than Amazon's need. Unsaid: as the endpoint suggests. */
  readonly pathStyle: boolean | undefined
  /** Plain HTTP to other hosts than this one is allowed. */
  readonly allowHttp: boolean
}

const Options = Schema.Struct({
  region: Schema.optionalKey(Schema.NonEmptyString),
  endpoint: Schema.optionalKey(Schema.NonEmptyString),
  path_style: Schema.optionalKey(Schema.Literals(["true", "false"])),
  allow_http: Schema.optionalKey(Schema.Literals(["true", "false"]))
})

const decodeOptions = Schema.decodeUnknownResult(Options, { onExcessProperty: "error" })

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** Hosts that are this machine: what is sent to them does not travel. */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/u

/** Whether requests to a URL would travel unencrypted (S22). */
export const travelsOpenly = (url: { readonly protocol: string; readonly hostname: string }): boolean =>
  url.protocol === "http:" && !LOOPBACK.test(url.hostname)

/** What is wrong with the URL of a server; nothing when it is fine, or not given. */
const reasonAgainstEndpoint = (endpoint: string | undefined, allowHttp: boolean): string | undefined => {
  if (endpoint === undefined) return undefined
  if (holdsCredentials(endpoint)) return `its endpoint holds credentials, which ${NOT_IN_URLS}`
  if (!URL.canParse(endpoint)) return "its endpoint is not an http or https URL"
  const url = new URL(endpoint)
  if (url.protocol !== "http:" && url.protocol !== "https:") return "its endpoint is not an http or https URL"
  if (travelsOpenly(url) && !allowHttp)
    return `requests to ${url.hostname} would travel unencrypted: use https, or allow it with --allow-http or ?allow_http=true`
  return undefined
}

const NOT_IN_URLS = "do not belong into it: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile"

const reasonAgainst = (url: URL, prefix: string | undefined): string | undefined => {
  if (!BUCKET.test(url.hostname)) return "the bucket is missing or is not a name of one"
  if (prefix === undefined) return "its path is not valid percent-encoded text"
  return invalidPrefix(prefix)?.reason
}

const decodedPath = (pathname: string): string | undefined => {
  try {
    return decodeURIComponent(pathname).replace(/^\//u, "").replace(/\/$/u, "")
  } catch {
    return undefined
  }
}

/** Reads the URL of a store in S3; its query wins over the options. What is wrong with it is said without its query and credentials. */
export const parseS3Url = (text: string, given: StoreOptions = {}): Result.Result<S3Location, UnknownStoreUrl> => {
  const fail = (reason: string) => Result.fail(new UnknownStoreUrl({ url: publicUrl(text), reason }))
  if (holdsCredentials(text)) return fail(`credentials ${NOT_IN_URLS}`)
  if (!URL.canParse(text)) return fail("it cannot be parsed; s3://bucket/prefix is the form")
  const url = new URL(text)
  const path = decodedPath(url.pathname)
  const prefix = path === undefined || path === "" ? path : `${path}/`
  const reason = reasonAgainst(url, prefix)
  if (reason !== undefined) return fail(reason)
  const options = decodeOptions(Object.fromEntries(url.searchParams))
  if (Result.isFailure(options))
    return fail("of its query only region, endpoint, path_style and allow_http are known, the last two true or false")
  const { allow_http: allowing, path_style: pathStyle } = options.success
  const { endpoint = given.endpoint, region = given.region } = options.success
  const allowHttp = allowing === undefined ? given.allowHttp === true : allowing === "true"
  const wrong = reasonAgainstEndpoint(endpoint, allowHttp)
  if (wrong !== undefined) return fail(wrong)
  return Result.succeed({
    bucket: url.hostname,
    prefix: prefix!,
    region,
    endpoint,
    pathStyle: pathStyle === undefined ? given.pathStyle : pathStyle === "true",
    allowHttp
  })
}
