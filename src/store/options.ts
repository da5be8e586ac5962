/**
 * How stores elsewhere are reached, where their URLs do not say it themselves.
 */
import type { Limits } from "./limit.ts"

/** What may be said of a store beside its URL; what stands in the URL's query wins. Keys that a kind of store has no use for do not matter. */
export interface StoreOptions extends Limits {
  /** The region of a bucket. */
  readonly region?: string | undefined
  /** The server of a bucket, where it is not Amazon's. */
  readonly endpoint?: string | undefined
  /** The bucket stands in the path of requests, not in the host name. */
  readonly pathStyle?: boolean | undefined
  /** Plain HTTP to a server of S3 on another host is allowed. */
  readonly allowHttp?: boolean | undefined
}

/** Options over others: what they do not say, those say. */
export const mergedOptions = (below: StoreOptions, above: StoreOptions): StoreOptions => ({
  ...below,
  ...Object.fromEntries(Object.entries(above).filter(([, value]) => value !== undefined))
})
