/**
 * What people write for a table: a path or glob of the pond, with a format before it where the name does not tell.
 *
 * `jsonl:///logs/*.json` is the format `jsonl` and the path `/logs/*.json`; `host:/var/log/x` is a file of this machine, `team:/logs/*` one of another pond.
 */

/** The formats that rows are read from. */
export const FORMATS = ["jsonl", "json", "csv", "tsv", "parquet", "lines", "weblog", "otel", "syslog"] as const

/** One of `FORMATS`. */
export type Format = (typeof FORMATS)[number]

/** A table as it was written. */
export interface Reference {
  /** Undefined: the name and the first bytes tell. */
  readonly format: Format | undefined
  readonly path: string
  /** What stands before the path when it is a place that is known, such as `host`; undefined: the pond. */
  readonly place: string | undefined
}

/** Formats by their names. */
const BY_NAME: ReadonlyMap<string, Format> = new Map([
  ...FORMATS.map((format) => [format, format] as const),
  ["ndjson", "jsonl"],
  ["jsonlines", "jsonl"],
  ["text", "lines"]
])

/** Reads what was written for a table, given the places that may stand in it; `undefined` when it begins with a scheme that is no format. */
export const parseReference = (text: string, places: ReadonlySet<string>): Reference | undefined => {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/isu.exec(text) ?? []
  const path = rest ?? text
  const format = scheme === undefined ? undefined : BY_NAME.get(scheme.toLowerCase())
  if (scheme !== undefined && format === undefined) return undefined
  const [, place, inside] = /^([a-z_][a-z0-9_-]*):(.*)$/su.exec(path) ?? []
  return place !== undefined && places.has(place)
    ? { format, path: inside!, place }
    : { format, path, place: undefined }
}

/** Endings of names that say how the bytes are compressed. */
export const COMPRESSIONS = [".gz", ".zst", ".bz2", ".xz"] as const

/** One of `COMPRESSIONS`. */
export type Compression = (typeof COMPRESSIONS)[number]

/** How a file of a name is compressed, if it is. */
export const compressionOf = (name: string): Compression | undefined =>
  COMPRESSIONS.find((suffix) => name.endsWith(suffix))
