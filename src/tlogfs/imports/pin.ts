/**
 * What a mount holds: which pond appears under it, and as of which transaction (format.md section 9).
 *
 * The chain pins everything: every event and name of the import, and with their hashes every byte. It is covered by the root of this pond,
 * as every configuration is.
 */
import { Option, Result, Schema } from "effect"
import type { StoreOptions } from "../../store/options.ts"
import type { Node } from "../../tinyfs/index.ts"

const Hash = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/u))
const PondId = Schema.String.check(Schema.isPattern(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u))

const SCHEME = /^[a-z][a-z0-9+.-]+:/iu

/** Whether text names a place by itself, wherever it is read: a URL, or the absolute path of a directory. */
export const isPlace = (url: string): boolean => SCHEME.test(url) || url.startsWith("/")

/** Whether a place is a directory of this machine. */
export const isLocalPlace = (url: string): boolean => !SCHEME.test(url) || /^file:/iu.test(url)

/** What a mount holds. */
export const Pin = Schema.Struct({
  url: Schema.String.check(Schema.makeFilter(isPlace)),
  pond: PondId,
  txn: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  chain: Hash,
  root: Hash,
  /** When that transaction was, in microseconds since 1970; older mounts do not say. For people: nothing is decided by it. */
  time: Schema.optionalKey(Schema.Int),
  /** `lazy`: bytes are fetched when they are read; `whole`: all of them lie in this pond's own place, once they were pulled there. */
  mode: Schema.Literals(["lazy", "whole"]),
  /** Whether imports of the import appear as well. */
  transitive: Schema.Boolean,
  region: Schema.optionalKey(Schema.String),
  endpoint: Schema.optionalKey(Schema.String),
  path_style: Schema.optionalKey(Schema.Boolean),
  allow_http: Schema.optionalKey(Schema.Boolean)
})
/** What a mount holds. */
export type Pin = typeof Pin.Type

/** What says where an import is, and how it is reached. */
export type Reach = Pick<Pin, "allow_http" | "endpoint" | "path_style" | "region" | "url">

const PinJson = Schema.fromJsonString(Pin)
const decode = Schema.decodeUnknownResult(PinJson)
const encode = Schema.encodeSync(PinJson)

/** The configuration of a mount. */
export const encodePin = (pin: Pin): Uint8Array => new TextEncoder().encode(encode(pin))

/** What a node pins; nothing when it is no mount, or holds something else. */
export const pinOf = ({ config }: Node): Option.Option<Pin> =>
  config === undefined ? Option.none() : Result.getSuccess(decode(new TextDecoder().decode(config)))

/** How the store of an import is reached, as far as the mount says. */
export const reachOfPin = ({ allow_http, endpoint, path_style, region }: Reach): StoreOptions => ({
  region,
  endpoint,
  pathStyle: path_style,
  allowHttp: allow_http
})
