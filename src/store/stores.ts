/**
 * From URLs to stores.
 */
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { httpStore } from "./http/store.ts"
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

const webOf = (url: string): Effect.Effect<Store, UnknownStoreUrl> => {
  const fail = (reason: string) => Effect.fail(new UnknownStoreUrl({ url: publicUrl(url), reason }))
  if (!URL.canParse(url)) return fail("it cannot be parsed; https://host/path is the form")
  const parsed = new URL(url)
  if (parsed.username !== "" || parsed.password !== "") return fail("credentials do not belong into it")
  if (parsed.search !== "" || parsed.hash !== "")
    return fail("objects lie below it, so it can have no query and no fragment")
  return Effect.sync(() => httpStore(parsed))
}

/**
 * Opens the store at a URL: a path, `file:///path`, `s3://bucket/prefix`, `https://host/path` (read-only), or `memory:` for a new one in
 * memory. Touches nothing yet.
 */
export const storeAt = (url: string): Effect.Effect<Store, UnknownStoreUrl> =>
  Effect.suspend(() => {
    const scheme = SCHEME.exec(url)?.[1]?.toLowerCase()
    if (scheme === "file") return localOf(url)
    if (scheme === "s3") return Effect.map(Effect.fromResult(parseS3Url(url)), (location) => s3Store(location))
    if (scheme === "http" || scheme === "https") return webOf(url)
    if (scheme === "memory") return Effect.sync(() => memoryStore())
    if (scheme !== undefined) {
      return Effect.fail(new UnknownStoreUrl({ url: publicUrl(url), reason: `nothing serves ${scheme}:` }))
    }
    if (url === "") return Effect.fail(new UnknownStoreUrl({ url, reason: "it is empty" }))
    return Effect.sync(() => localStore(url))
  })
