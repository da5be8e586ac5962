/**
 * Stores in the S3 double, as the suites of stores want them.
 */
import { Effect } from "effect"
import type { Scope } from "effect"
import { httpStore } from "../../../src/store/http/store.ts"
import type { S3Location } from "../../../src/store/s3/location.ts"
import { s3Store } from "../../../src/store/s3/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { PROBE_KEY } from "../../../src/store/probe.ts"
import type { RetryPolicy } from "../../../src/store/retry.ts"
import type { Subject } from "../store/contract/subject.ts"
import { s3Double } from "./double.ts"
import type { S3Double } from "./double.ts"

/** Repeats at once: the double does not get tired. */
export const IMPATIENT: RetryPolicy = { times: 4, firstPause: "1 millis", total: "20 seconds" }

/** Where a store in a double lies. */
export const locationIn = ({ bucketName, endpoint }: S3Double, prefix = "ponds/a pond/"): S3Location => ({
  bucket: bucketName,
  prefix,
  endpoint,
  pathStyle: true,
  allowHttp: false
})

/** Lets the SDK find the credentials of the double where people put theirs. */
export const provideCredentials = ({
  credentials
}: Pick<S3Double, "credentials">): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = { id: process.env["AWS_ACCESS_KEY_ID"], secret: process.env["AWS_SECRET_ACCESS_KEY"] }
      process.env["AWS_ACCESS_KEY_ID"] = credentials.accessKeyId
      process.env["AWS_SECRET_ACCESS_KEY"] = credentials.secretAccessKey
      return before
    }),
    ({ id, secret }) =>
      Effect.sync(() => {
        restore("AWS_ACCESS_KEY_ID", id)
        restore("AWS_SECRET_ACCESS_KEY", secret)
      })
  ).pipe(Effect.asVoid)

const restore = (name: string, value: string | undefined): void => {
  if (value === undefined) delete process.env[name]
  else process.env[name] = value
}

/** A double and a store in it. */
export const storeInDouble: Effect.Effect<{ readonly double: S3Double; readonly store: Store }, never, Scope.Scope> =
  Effect.gen(function* () {
    const double = yield* s3Double
    yield* provideCredentials(double)
    return { double, store: s3Store(locationIn(double), IMPATIENT) }
  })

/** A store in a double, and the same objects read from it as from a web server. */
export const storeOnTheWeb = Effect.map(storeInDouble, ({ double, store }) => {
  double.isPublic = true
  const base = new URL(`${double.endpoint}/${double.bucketName}/ponds/a%20pond`)
  return { double, writing: store, reading: httpStore(base, IMPATIENT) }
})

/** Objects written to S3 and read over HTTP. */
export const onTheWeb: Subject = {
  name: "HTTP",
  make: Effect.map(storeOnTheWeb, ({ reading, writing }) => {
    const { get, getRange, head, stream } = reading
    return { ...writing, url: reading.url, get, getRange, head, stream }
  }),
  ownKeys: [PROBE_KEY]
}

/** The store in S3. */
export const inS3: Subject = { name: "S3", make: Effect.map(storeInDouble, ({ store }) => store), ownKeys: [PROBE_KEY] }
