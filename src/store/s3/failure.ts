/**
 * What servers of S3 and the network answer instead of what was asked, as errors of a store (F24, F26).
 */
import { StoreFailed, StoreReadOnly } from "../errors.ts"
import type { Operation } from "../errors.ts"

/** What the SDK throws, as far as it matters here. */
interface Thrown {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** A failed request. */
export interface Failed {
  readonly status: number | undefined
  /** The server's word for it, or the system's. */
  readonly code: string
  readonly cause: Error
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined)

/** Reads what the SDK threw. */
export const failedOf = (cause: unknown): Failed => {
  const thrown: Thrown = typeof cause === "object" && cause !== null ? cause : {}
  const status = thrown.$metadata?.httpStatusCode
  const code = text(thrown.code) ?? text(thrown.name) ?? "unknown"
  return { status, code, cause: cause instanceof Error ? cause : new Error(String(cause)) }
}

/** Network failures of Node and of the SDK: nobody knows whether the request was carried out. */
const NETWORK = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ERR_STREAM_PREMATURE_CLOSE",
  "TimeoutError"
])

/** Answers that ask to come again, whatever their status. */
const LATER = new Set([
  "SlowDown",
  "InternalError",
  "ServiceUnavailable",
  "RequestTimeout",
  "ConditionalRequestConflict",
  "OperationAborted"
])

const isTransient = ({ code, status }: Failed): boolean =>
  NETWORK.has(code) || LATER.has(code) || status === 409 || status === 429 || (status !== undefined && status >= 500)

const ADVICE: Readonly<Record<string, string>> = {
  RequestTimeTooSkewed: "the clock of this machine is wrong: set it",
  InvalidAccessKeyId: "the access key is unknown to the server: check AWS_ACCESS_KEY_ID or the profile",
  SignatureDoesNotMatch: "the secret key is not the one of the access key: check AWS_SECRET_ACCESS_KEY or the profile",
  CredentialsProviderError:
    "no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
  NoSuchBucket: "there is no such bucket: make it, or correct the URL",
  PermanentRedirect: "the bucket lies in another region: name it in the URL, as in ?region=eu-central-1",
  AuthorizationHeaderMalformed: "the bucket lies in another region: name it in the URL, as in ?region=eu-central-1"
}

const WRITES: ReadonlySet<Operation> = new Set(["putIfAbsent", "stage", "write", "publish", "put", "delete", "sweep"])

/** Makes the error of a store from a failed request. */
export const storeErrorOf = (
  failed: Failed,
  where: { readonly url: string; readonly key: string; readonly operation: Operation }
): StoreFailed | StoreReadOnly => {
  const { code, status } = failed
  const advice = ADVICE[code]
  const cause = advice === undefined ? failed.cause : new Error(advice, { cause: failed.cause })
  if (code === "AccessDenied" && WRITES.has(where.operation)) return new StoreReadOnly({ ...where, code, cause })
  const shown = status === undefined || code !== "UnknownError" ? code : `status ${status}`
  return new StoreFailed({ ...where, code: shown, transient: isTransient(failed), cause })
}

/** The key that was asked for does not exist. A missing bucket is another matter. */
export const isMissing = ({ code, status }: Failed): boolean => status === 404 && code !== "NoSuchBucket"

/** "Create only if absent" was refused: the key exists. */
export const isPresent = ({ status }: Failed): boolean => status === 412

/** The range lies outside the object. */
export const isOutside = ({ status }: Failed): boolean => status === 416
