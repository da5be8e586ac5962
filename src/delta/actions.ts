/**
 * The actions of a Delta log: what each line of an entry says.
 *
 * Shapes are those of the protocol; 64-bit fields are `bigint`, maps are `Map`s, so that no number is rounded and no name is
 * special. Decoding is strict about what is known and ignores unknown actions and fields (D13).
 */
import { encodeJson, Fields, isJsonObject } from "./json.ts"
import type { Json, JsonObject } from "./json.ts"
import { Malformed } from "./errors.ts"

/** Partition column to serialized value; null and the empty string are null (D10). */
export type PartitionValues = ReadonlyMap<string, string | null>

/** Which versions and features a client must know. */
export interface Protocol {
  readonly minReaderVersion: number
  readonly minWriterVersion: number
  readonly readerFeatures?: ReadonlyArray<string> | undefined
  readonly writerFeatures?: ReadonlyArray<string> | undefined
}

/** Schema and properties of the table; a later one replaces an earlier one completely (D3). */
export interface Metadata {
  readonly id: string
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly format: { readonly provider: string; readonly options: ReadonlyMap<string, string> }
  readonly schemaString: string
  readonly partitionColumns: ReadonlyArray<string>
  readonly configuration: ReadonlyMap<string, string>
  /** Milliseconds since 1970. */
  readonly createdTime?: bigint | undefined
}

/** A data file becomes part of the table. */
export interface Add {
  /** URI, relative to the table's root or absolute (D5). */
  readonly path: string
  readonly partitionValues: PartitionValues
  /** Bytes. */
  readonly size: bigint
  /** Milliseconds since 1970. */
  readonly modificationTime: bigint
  readonly dataChange: boolean
  /** Statistics as a JSON text (D17). */
  readonly stats?: string | undefined
  readonly tags?: ReadonlyMap<string, string> | undefined
  /** Present in tables that are refused for it. */
  readonly deletionVector?: Json | undefined
}

/** A data file is no longer part of the table: a tombstone, kept for readers of older versions (D6). */
export interface Remove {
  readonly path: string
  readonly dataChange: boolean
  /** Milliseconds since 1970. */
  readonly deletionTimestamp?: bigint | undefined
  readonly extendedFileMetadata?: boolean | undefined
  readonly partitionValues?: PartitionValues | undefined
  readonly size?: bigint | undefined
}

/** The last transaction of an application: for idempotent writers (D15). */
export interface Txn {
  readonly appId: string
  readonly version: bigint
  readonly lastUpdated?: bigint | undefined
}

/** Configuration of a named domain; writers keep domains they do not know (D14). */
export interface DomainMetadata {
  readonly domain: string
  readonly configuration: string
  readonly removed: boolean
}

/** A file of change data, beside the table's data. */
export interface Cdc {
  readonly path: string
  readonly partitionValues: PartitionValues
  readonly size: bigint
  readonly dataChange: boolean
  readonly tags?: ReadonlyMap<string, string> | undefined
}

/** A part of a V2 checkpoint: a Parquet file below `_delta_log/_sidecars`. */
export interface Sidecar {
  readonly path: string
  readonly sizeInBytes: bigint
  readonly modificationTime: bigint
}

/** One line of an entry or one row of a checkpoint, under its name in the protocol. */
export type Action =
  | { readonly commitInfo: JsonObject }
  | { readonly protocol: Protocol }
  | { readonly metaData: Metadata }
  | { readonly add: Add }
  | { readonly remove: Remove }
  | { readonly txn: Txn }
  | { readonly domainMetadata: DomainMetadata }
  | { readonly cdc: Cdc }
  | { readonly sidecar: Sidecar }
  | { readonly checkpointMetadata: { readonly version: number } }

const protocol = (fields: Fields): Protocol => ({
  minReaderVersion: fields.count("minReaderVersion"),
  minWriterVersion: fields.count("minWriterVersion"),
  readerFeatures: fields.optionalStrings("readerFeatures"),
  writerFeatures: fields.optionalStrings("writerFeatures")
})

const metadata = (fields: Fields): Metadata => {
  const format = new Fields(fields.raw("format"), "metaData.format")
  return {
    id: fields.string("id"),
    name: fields.optionalString("name"),
    description: fields.optionalString("description"),
    format: { provider: format.string("provider"), options: format.optionalMap("options") ?? new Map() },
    schemaString: fields.string("schemaString"),
    partitionColumns: fields.optionalStrings("partitionColumns") ?? [],
    configuration: fields.optionalMap("configuration") ?? new Map(),
    createdTime: fields.optionalInt64("createdTime")
  }
}

const size = (fields: Fields, key: string): bigint => {
  const value = fields.int64(key)
  if (value < 0n) throw new Malformed(`${fields.at}.${key} must not be negative`)
  return value
}

const add = (fields: Fields): Add => ({
  path: fields.string("path"),
  partitionValues: fields.optionalNullableMap("partitionValues") ?? new Map(),
  size: size(fields, "size"),
  modificationTime: fields.int64("modificationTime"),
  dataChange: fields.boolean("dataChange"),
  stats: fields.optionalString("stats"),
  tags: fields.optionalMap("tags"),
  deletionVector: fields.raw("deletionVector")
})

const remove = (fields: Fields): Remove => ({
  path: fields.string("path"),
  dataChange: fields.boolean("dataChange"),
  deletionTimestamp: fields.optionalInt64("deletionTimestamp"),
  extendedFileMetadata: fields.optionalBoolean("extendedFileMetadata"),
  partitionValues: fields.optionalNullableMap("partitionValues"),
  size: fields.optionalInt64("size")
})

const txn = (fields: Fields): Txn => ({
  appId: fields.string("appId"),
  version: fields.int64("version"),
  lastUpdated: fields.optionalInt64("lastUpdated")
})

const domainMetadata = (fields: Fields): DomainMetadata => ({
  domain: fields.string("domain"),
  configuration: fields.string("configuration"),
  removed: fields.boolean("removed")
})

const cdc = (fields: Fields): Cdc => ({
  path: fields.string("path"),
  partitionValues: fields.optionalNullableMap("partitionValues") ?? new Map(),
  size: size(fields, "size"),
  dataChange: fields.boolean("dataChange"),
  tags: fields.optionalMap("tags")
})

const sidecar = (fields: Fields): Sidecar => ({
  path: fields.string("path"),
  sizeInBytes: size(fields, "sizeInBytes"),
  modificationTime: fields.int64("modificationTime")
})

/** Decoders by name. A `Map`, so that an action named like a method of objects is just unknown. */
const DECODERS: ReadonlyMap<string, (fields: Fields) => Action> = new Map<string, (fields: Fields) => Action>([
  ["commitInfo", (fields) => ({ commitInfo: fields.object })],
  ["protocol", (fields) => ({ protocol: protocol(fields) })],
  ["metaData", (fields) => ({ metaData: metadata(fields) })],
  ["add", (fields) => ({ add: add(fields) })],
  ["remove", (fields) => ({ remove: remove(fields) })],
  ["txn", (fields) => ({ txn: txn(fields) })],
  ["domainMetadata", (fields) => ({ domainMetadata: domainMetadata(fields) })],
  ["cdc", (fields) => ({ cdc: cdc(fields) })],
  ["sidecar", (fields) => ({ sidecar: sidecar(fields) })],
  ["checkpointMetadata", (fields) => ({ checkpointMetadata: { version: fields.count("version") } })]
])

/** Decodes one action from its JSON; `undefined` for an action that is not known (D13). Throws `Malformed`. */
export const decodeAction = (json: Json): Action | undefined => {
  if (!isJsonObject(json)) throw new Malformed("an action must be an object")
  let action: Action | undefined
  for (const [name, value] of Object.entries(json)) {
    const decoder = DECODERS.get(name)
    if (decoder === undefined || value === null) continue
    if (action !== undefined) throw new Malformed("two actions share one line")
    action = decoder(new Fields(value, name))
  }
  return action
}

/** The JSON line of an action, without line feed: fields in the protocol's order, whatever order the value had. */
export const encodeAction = (action: Action): string => {
  if ("commitInfo" in action) return encodeJson(action)
  const [name, value] = Object.entries(action)[0] as [string, object]
  const order = FIELDS.get(name) ?? []
  let text = ""
  for (const key of order) {
    const item = (value as Record<string, Json | undefined>)[key]
    if (item !== undefined) text += `${text === "" ? "" : ","}"${key}":${encodeJson(item)}`
  }
  return `{"${name}":{${text}}}`
}

const FIELDS: ReadonlyMap<string, ReadonlyArray<string>> = new Map([
  ["protocol", ["minReaderVersion", "minWriterVersion", "readerFeatures", "writerFeatures"]],
  [
    "metaData",
    ["id", "name", "description", "format", "schemaString", "partitionColumns", "configuration", "createdTime"]
  ],
  ["add", ["path", "partitionValues", "size", "modificationTime", "dataChange", "stats", "tags", "deletionVector"]],
  ["remove", ["path", "deletionTimestamp", "dataChange", "extendedFileMetadata", "partitionValues", "size"]],
  ["txn", ["appId", "version", "lastUpdated"]],
  ["domainMetadata", ["domain", "configuration", "removed"]],
  ["cdc", ["path", "partitionValues", "size", "dataChange", "tags"]],
  ["sidecar", ["path", "sizeInBytes", "modificationTime"]],
  ["checkpointMetadata", ["version"]]
])
