/**
 * URLs of stores, as they may be shown.
 */
import { Schema } from "effect"

/** A URL that names no kind of store. `url` is shown without credentials and query. */
export class UnknownStoreUrl extends Schema.TaggedError<UnknownStoreUrl>()("UnknownStoreUrl", {
  url: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${JSON.stringify(this.url)} is not the URL of a store: ${this.reason}. Use a path, file:///path, s3://bucket/prefix, https://host/path or memory:`
  }
}

/** Removes credentials, query and fragment: what remains may be shown. */
export const publicUrl = (url: string): string => url.replace(/[?#].*$/su, "").replace(/\/\/[^/]*@/u, "//")
