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

/** A user and a secret before the host; a secret may hold slashes, which end the host for everybody else. */
const CREDENTIALS = /^([a-z][a-z0-9+.-]*:\/\/)(?:[^/]*@|[^/:]*:(?!\d+(?:\/|$)).*@)/isu

/** Whether a URL holds credentials, also one that cannot be parsed. */
export const holdsCredentials = (url: string): boolean => CREDENTIALS.test(url)

/** Removes credentials, query and fragment: what remains may be shown. */
export const publicUrl = (url: string): string => url.replace(CREDENTIALS, "$1").replace(/[?#].*$/su, "")
