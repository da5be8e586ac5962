/**
 * From URLs to stores.
 */
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { localStore } from "./local/store.ts"
import { memoryStore } from "./memory/store.ts"
import type { Store } from "./ObjectStore.ts"
import { parseS3Url } from "./s3/location.ts"
import { s3Store } from "./s3/store.ts"
import { UnknownStoreUrl, publicUrl } from "./url.ts"

/** A scheme as in `s3://bucket`; one letter is a Windows drive, and no scheme. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i

const localOf = (url: string): Effect.Effect<Store, UnknownStoreUrl> =>
  Effect.try({
    try: () => localStore(fileURLToPath(url)),
    catch: (cause) =>
      new UnknownStoreUrl({ url: publicUrl(url), reason: cause instanceof Error ? cause.message : String(cause) })
  })

/** Opens the store at a URL: a path, `file:///path`, `s3://bucket/prefix`, or `memory:` for a new one in memory. Touches nothing yet. */
export const storeAt = (url: string): Effect.Effect<Store, UnknownStoreUrl> =>
  Effect.suspend(() => {
    const scheme = SCHEME.exec(url)?.[1]?.toLowerCase()
    if (scheme === "file") return localOf(url)
    if (scheme === "s3") return Effect.map(Effect.fromResult(parseS3Url(url)), (location) => s3Store(location))
    if (scheme === "memory") return Effect.sync(() => memoryStore())
    if (scheme !== undefined) {
      return Effect.fail(new UnknownStoreUrl({ url: publicUrl(url), reason: `nothing serves ${scheme}:` }))
    }
    if (url === "") return Effect.fail(new UnknownStoreUrl({ url, reason: "it is empty" }))
    return Effect.sync(() => localStore(url))
  })
