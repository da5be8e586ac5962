/**
 * From URLs to stores.
 */
import { fileURLToPath } from "node:url"
import { Effect, Result } from "effect"
import { httpStore } from "./http/store.ts"
import { limiterOf } from "./limit.ts"
import { localStore } from "./local/store.ts"
import { memoryStore } from "./memory/store.ts"
import type { Store } from "./ObjectStore.ts"
import type { StoreOptions } from "./options.ts"
import { DEFAULT_RETRY } from "./retry.ts"
import { parseS3Url } from "./s3/location.ts"
import { s3Store } from "./s3/store.ts"
import { holdsCredentials, publicUrl, UnknownStoreUrl } from "./url.ts"

/** A scheme as in `s3://bucket`; one letter is a Windows drive, and no scheme. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i

type Found = Result.Result<() => Store, UnknownStoreUrl>

const localOf = (url: string): Found =>
  Result.try({
    try: () => {
      const directory = fileURLToPath(url)
      return () => localStore(directory)
    },
    catch: (cause) =>
      new UnknownStoreUrl({ url: publicUrl(url), reason: cause instanceof Error ? cause.message : String(cause) })
  })

const webOf = (url: string, options: StoreOptions): Found => {
  const fail = (reason: string) => Result.fail(new UnknownStoreUrl({ url: publicUrl(url), reason }))
  if (holdsCredentials(url)) return fail("credentials do not belong into it")
  if (!URL.canParse(url)) return fail("it cannot be parsed; https://host/path is the form")
  const parsed = new URL(url)
  if (parsed.search !== "" || parsed.hash !== "")
    return fail("objects lie below it, so it can have no query and no fragment")
  return Result.succeed(() => httpStore(parsed, DEFAULT_RETRY, limiterOf(options)))
}

/** What makes the store at a URL, or why there can be none. */
const found = (url: string, options: StoreOptions): Found => {
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase()
  if (scheme === "file") return localOf(url)
  if (scheme === "s3") {
    return Result.map(
      parseS3Url(url, options),
      (location) => () => s3Store(location, DEFAULT_RETRY, limiterOf(options))
    )
  }
  if (scheme === "http" || scheme === "https") return webOf(url, options)
  if (scheme === "memory") return Result.succeed(() => memoryStore())
  if (scheme !== undefined) {
    return Result.fail(new UnknownStoreUrl({ url: publicUrl(url), reason: `nothing serves ${scheme}:` }))
  }
  if (url === "") return Result.fail(new UnknownStoreUrl({ url, reason: "it is empty" }))
  return Result.succeed(() => localStore(url))
}

/**
 * Opens the store at a URL: a path, `file:///path`, `s3://bucket/prefix`, `https://host/path` (read-only), or `memory:` for a new one in
 * memory. Touches nothing yet. Limits are for what lies across a network.
 */
export const storeAt = (url: string, options: StoreOptions = {}): Effect.Effect<Store, UnknownStoreUrl> =>
  Effect.suspend(() => Effect.map(Effect.fromResult(found(url, options)), (make) => make()))

/** What is wrong with the URL of a store, with the options for it; nothing when it is fine. Nothing secret is in what it says. */
export const urlProblem = (url: string, options: StoreOptions = {}): string | undefined =>
  Result.match(found(url, options), { onFailure: ({ message }) => message, onSuccess: () => undefined })
