/**
 * Paths of data files: URIs in the log (RFC 2396, D5), keys in the store.
 *
 * A path is relative to the table's root, or absolute; an absolute one is accepted only below that root, and no path may leave
 * it (R11). Hive's escaping of directory names is a second layer below the URI's: `site=c%2Fd` on disk is `site=c%252Fd` here.
 */
import { Malformed } from "./errors.ts"

const SCHEME = /^[a-zA-Z][a-zA-Z0-9+.-]*:/

/** The URI of the data file with this key: each component percent-encoded, `=` left readable. */
export const encodePath = (key: string): string =>
  key
    .split("/")
    .map((component) => encodeURIComponent(component).replaceAll("%3D", "="))
    .join("/")

/** Undoes percent-encoding. Throws `Malformed` for sequences that are not UTF-8. */
export const decodePath = (path: string): string => {
  if (!path.includes("%")) return path
  try {
    return decodeURIComponent(path)
  } catch {
    throw new Malformed(`${JSON.stringify(path)} is not percent-encoded UTF-8`)
  }
}

const decodeLeniently = (url: string): string => {
  try {
    return decodeURIComponent(url)
  } catch {
    return url
  }
}

/** Absolute forms of one place, without scheme and authority where it is local: `file:///a`, `file:/a` and `/a` are one. */
const absolute = (location: string): string => location.replace(/^file:(\/\/(localhost)?)?(?=\/)/i, "")

/**
 * The store's key of a data file. `rootUrl` is the table's own place, percent-encoded or not.
 * Throws `Malformed` when the path lies outside the table's root, where no reader of this table may follow it.
 */
export const pathToKey = (path: string, rootUrl: string): string => {
  let key = decodePath(path)
  // Before decoding: an encoded colon or slash does not make a path absolute.
  if (SCHEME.test(path) || path.startsWith("/")) {
    const place = absolute(key)
    const root = [rootUrl, decodeLeniently(rootUrl)]
      .map((url) => `${absolute(url).replace(/\/+$/, "")}/`)
      .find((candidate) => place.startsWith(candidate))
    if (root === undefined) throw new Malformed(`${JSON.stringify(path)} lies outside the table`)
    key = place.slice(root.length)
  }
  for (const component of key.split("/")) {
    if (component === "" || component === "." || component === "..") {
      throw new Malformed(`${JSON.stringify(path)} has an empty, "." or ".." component`)
    }
  }
  return key
}

/** Characters that hive escapes in directory names of partitions. */
const HIVE_ESCAPED = /[\u0001-\u001f"#%'*/:=?\\\u007f{[\]^]/g

/** The directory name that hive gives null. */
export const HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"

/** Hive's directory name of one partition value: `column=value` with both sides escaped. Null and empty are `HIVE_NULL`. */
export const hiveComponent = (column: string, value: string | null): string => {
  const escape = (text: string): string =>
    text.replace(HIVE_ESCAPED, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`)
  return `${escape(column)}=${value === null || value === "" ? HIVE_NULL : escape(value)}`
}

/** Whether a key is beside the data: in a directory beginning with `_` or `.`, or hidden itself (D23). */
export const isHidden = (key: string): boolean =>
  key
    .split("/")
    .some((component) => component.startsWith(".") || (component.startsWith("_") && !component.includes("=")))
