/**
 * The store in a bucket of S3, Amazon's or another server's.
 *
 * As it comes it repeats requests that fail for a passing reason, and finds out before its first write whether the server honours
 * "create only if absent". Nothing is asked before the first request; the SDK is loaded with it.
 */
import type { Store } from "../ObjectStore.ts"
import { type Limiter, UNLIMITED } from "../limit.ts"
import { probedStore } from "../probe.ts"
import { DEFAULT_RETRY, retryingStore, type RetryPolicy } from "../retry.ts"
import { publicUrl } from "../url.ts"
import { Requests } from "./client.ts"
import type { S3Location } from "./location.ts"
import { readingOf } from "./reading.ts"
import { writingOf } from "./writing.ts"

/** Makes the store at a place in S3. */
export const s3Store = (
  location: S3Location,
  retry: RetryPolicy = DEFAULT_RETRY,
  limiter: Limiter = UNLIMITED
): Store => {
  const url = publicUrl(`s3://${location.bucket}/${location.prefix}`).replace(/\/$/u, "")
  const requests = new Requests(location, url, limiter)
  const bare: Store = {
    url: requests.url,
    capabilities: { conditionalPut: true, durable: true, readOnly: false, remote: true, atomicCreate: true },
    ...readingOf(requests),
    ...writingOf(requests)
  }
  return probedStore(retryingStore(bare, retry))
}
