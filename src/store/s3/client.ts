/**
 * The client of S3: Amazon's SDK, loaded when the first request is made, with its credential chain and without its repetitions
 * (`retryingStore` does those, with the rules of a store).
 *
 * A request is interrupted with its fiber. Plain HTTP reaches only this machine, unless the location allows it (S22).
 */
import { Effect } from "effect"
import type * as Sdk from "@aws-sdk/client-s3"
import type { Operation, StoreFailed, StoreReadOnly } from "../errors.ts"
import { Bodies } from "./bodies.ts"
import { failedOf, storeErrorOf } from "./failure.ts"
import type { Failed } from "./failure.ts"
import { type Limiter, UNLIMITED } from "../limit.ts"
import { type S3Location, travelsOpenly } from "./location.ts"

type Loaded = typeof Sdk

/** A failed request, until the operation that made it knows what it means. */
class RequestFailed {
  readonly _tag = "RequestFailed"
  readonly failed: Failed

  constructor(failed: Failed) {
    this.failed = failed
  }
}

const CONNECT_MS = 10_000
/** A connection on which nothing moves for so long is given up. */
const IDLE_MS = 30_000

class PlainHttp extends Error {
  readonly code = "PlainHttp"
}

const refusePlainHttp = (client: Sdk.S3Client): void => {
  client.middlewareStack.add(
    (next) => (given) => {
      const request: unknown = given.request
      const target = request as { readonly protocol: string; readonly hostname: string }
      if (!travelsOpenly(target)) return next(given)
      const advice = "use https, or allow it with --allow-http or ?allow_http=true"
      return Promise.reject(new PlainHttp(`requests to ${target.hostname} would travel unencrypted: ${advice}`))
    },
    { step: "build", name: "refusePlainHttp", priority: "high" }
  )
}

/** A variable of the environment that says something; an empty one does not. */
const variable = (name: string): string | undefined => process.env[name] || undefined

const clientAt = ({ S3Client }: Loaded, { allowHttp, endpoint, ...location }: S3Location): Sdk.S3Client => {
  const isOtherServer = (endpoint ?? variable("AWS_ENDPOINT_URL_S3") ?? variable("AWS_ENDPOINT_URL")) !== undefined
  // Other servers rarely care for the region, and the SDK insists on one: the environment's word goes first.
  const named = location.region ?? variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION")
  const region = named ?? (isOtherServer && variable("AWS_PROFILE") === undefined ? "us-east-1" : undefined)
  const client = new S3Client({
    ...(region === undefined ? {} : { region }),
    // Where none is given the SDK looks into AWS_ENDPOINT_URL and the profile.
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: location.pathStyle ?? isOtherServer,
    maxAttempts: 1,
    // What other servers understand; bodies are signed, so that they arrive whole.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: IDLE_MS }
  })
  if (!allowHttp) refusePlainHttp(client)
  return client
}

class SdkMissing extends Error {
  readonly code = "SdkMissing"
}

const load = async (): Promise<Loaded> => {
  try {
    return await import("@aws-sdk/client-s3")
  } catch (cause) {
    throw new SdkMissing(
      "ponds in S3 need the package @aws-sdk/client-s3, which is not installed: npm install @aws-sdk/client-s3",
      { cause }
    )
  }
}

/** What a request is made of: the SDK, its client, and the signal that ends it. */
export interface Call {
  readonly sdk: Loaded
  readonly client: Sdk.S3Client
  readonly abortSignal: AbortSignal
}

/** Makes requests to one location. */
export class Requests {
  readonly location: S3Location
  readonly url: string
  readonly limiter: Limiter
  readonly bodies = new Bodies()
  #ready: Promise<{ readonly sdk: Loaded; readonly client: Sdk.S3Client }> | undefined

  constructor(location: S3Location, url: string, limiter: Limiter = UNLIMITED) {
    this.location = location
    this.url = url
    this.limiter = limiter
  }

  /** The name of a key in the bucket. */
  name(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.location.bucket, Key: `${this.location.prefix}${key}` }
  }

  /**
   * Makes a request that sends a body of `sentBytes`; `otherwise` tells what an answer means that is not what was asked for, `undefined` that
   * it is a failure.
   */
  make<A, B = never, E = never>(
    operation: Operation,
    key: string,
    call: (call: Call) => Promise<A>,
    otherwise: (failed: Failed) => Effect.Effect<B, E> | undefined = () => undefined,
    sentBytes = 0
  ): Effect.Effect<A | B, E | StoreFailed | StoreReadOnly> {
    const made = Effect.tryPromise({
      try: async (abortSignal) => {
        const { client, sdk } = await this.#open()
        return await call({ sdk, client, abortSignal })
      },
      catch: (cause) => new RequestFailed(failedOf(cause))
    })
    return Effect.andThen(this.limiter.request(sentBytes), made).pipe(
      Effect.catchTag(
        "RequestFailed",
        ({ failed }): Effect.Effect<B, E | StoreFailed | StoreReadOnly> =>
          otherwise(failed) ?? Effect.fail(storeErrorOf(failed, { url: this.url, key, operation }))
      )
    )
  }

  #open(): Promise<{ readonly sdk: Loaded; readonly client: Sdk.S3Client }> {
    if (this.#ready !== undefined) return this.#ready
    const opening = load().then((sdk) => ({ sdk, client: clientAt(sdk, this.location) }))
    this.#ready = opening
    // A failure to load is not kept: the next request tries again.
    opening.catch(() => (this.#ready = undefined))
    return opening
  }
}
