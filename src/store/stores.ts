/**
 * From URLs to stores.
 */
import { fileURLToPath } from "node:url"
import { Effect, Schema } from "effect"
import { localStore } from "./local/store.ts"
import { memoryStore } from "./memory/store.ts"
import type { Store } from "./ObjectStore.ts"

/** A URL that names no kind of store. `url` is shown without credentials and query. */
export class UnknownStoreUrl extends Schema.TaggedError<UnknownStoreUrl>()("UnknownStoreUrl", {
  url: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${JSON.stringify(this.url)} is not the URL of a store: ${this.reason}. Use a path, file:///path or memory:`
  }
}

/** A scheme as in `s3://bucket`; one letter is a Windows drive, and no scheme. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i

/** Removes credentials, query and fragment: what remains may be shown. */
export const publicUrl = (url: string): string => url.replace(/[?#].*$/su, "").replace(/\/\/[^/]*@/u, "//")

const localOf = (url: string): Effect.Effect<Store, UnknownStoreUrl> =>
  Effect.try({
    try: () => localStore(fileURLToPath(url)),
    catch: (cause) =>
      new UnknownStoreUrl({ url: publicUrl(url), reason: cause instanceof Error ? cause.message : String(cause) })
  })

/** Opens the store at a URL: a path, `file:///path`, or `memory:` for a new one in memory. Touches nothing yet. */
export const storeAt = (url: string): Effect.Effect<Store, UnknownStoreUrl> =>
  Effect.suspend(() => {
    const scheme = SCHEME.exec(url)?.[1]?.toLowerCase()
    if (scheme === "file") return localOf(url)
    if (scheme === "memory") return Effect.sync(() => memoryStore())
    if (scheme !== undefined) {
      return Effect.fail(new UnknownStoreUrl({ url: publicUrl(url), reason: `nothing serves ${scheme}:` }))
    }
    if (url === "") return Effect.fail(new UnknownStoreUrl({ url, reason: "it is empty" }))
    return Effect.sync(() => localStore(url))
  })
