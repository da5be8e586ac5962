/**
 * Checkpoints as rows: one row per action, one struct column per kind of action (classic V1; sidecars of V2 are read too).
 *
 * Written are live files, tombstones, transactions, domains, metadata, and the protocol with its features; no `commitInfo`; tombstones
 * without statistics and tags; `dataChange` is false throughout. What other writers add (parsed statistics…) is not read.
 */
import { HashMap } from "effect"
import { decodeAction } from "./actions.ts"
import type { Action } from "./actions.ts"
import type { JsonObject } from "./json.ts"
import type { Columns } from "./parquet-read.ts"
import { field, struct } from "./schema.ts"
import type { ArrayType, MapType, Row } from "./schema.ts"
import { sortedFiles } from "./snapshot.ts"
import type { Snapshot } from "./snapshot.ts"

const STRINGS: ArrayType = { type: "array", elementType: "string", containsNull: true }
const MAP: MapType = { type: "map", keyType: "string", valueType: "string", valueContainsNull: true }

const TXN = struct(field("appId", "string"), field("version", "long"), field("lastUpdated", "long"))
const ADD = struct(
  field("path", "string"),
  field("partitionValues", MAP),
  field("size", "long"),
  field("modificationTime", "long"),
  field("dataChange", "boolean"),
  field("stats", "string"),
  field("tags", MAP)
)
const REMOVE = struct(
  field("path", "string"),
  field("deletionTimestamp", "long"),
  field("dataChange", "boolean"),
  field("extendedFileMetadata", "boolean"),
  field("partitionValues", MAP),
  field("size", "long")
)
const METADATA = struct(
  field("id", "string"),
  field("name", "string"),
  field("description", "string"),
  field("format", struct(field("provider", "string"), field("options", MAP))),
  field("schemaString", "string"),
  field("partitionColumns", STRINGS),
  field("configuration", MAP),
  field("createdTime", "long")
)
const PROTOCOL = struct(
  field("minReaderVersion", "integer"),
  field("minWriterVersion", "integer"),
  field("readerFeatures", STRINGS),
  field("writerFeatures", STRINGS)
)
const DOMAIN = struct(field("domain", "string"), field("configuration", "string"), field("removed", "boolean"))

/** The columns of a checkpoint that is written. */
export const CHECKPOINT_SCHEMA = struct(
  field("txn", TXN),
  field("add", ADD),
  field("remove", REMOVE),
  field("metaData", METADATA),
  field("protocol", PROTOCOL),
  field("domainMetadata", DOMAIN)
)

const DELETION_VECTOR = struct(field("storageType", "string"), field("pathOrInlineDv", "string"))
const SIDECAR = struct(field("path", "string"), field("sizeInBytes", "long"), field("modificationTime", "long"))

/** The columns of a checkpoint that is read: also what is only there to be refused, and where the rest lies. */
export const CHECKPOINT_READ_SCHEMA = struct(
  ...CHECKPOINT_SCHEMA.fields.map((column) =>
    column.name === "add" ? field("add", struct(...ADD.fields, field("deletionVector", DELETION_VECTOR))) : column
  ),
  field("sidecar", SIDECAR)
)

/** The actions in rows that were read with `CHECKPOINT_READ_SCHEMA`. Throws `Malformed` for one that lacks what it needs. */
export const actionsOf = ({ columns, rowCount }: Columns): ReadonlyArray<Action> => {
  const actions: Array<Action> = []
  for (const [name, column] of columns) {
    for (let at = 0; at < rowCount; at++) {
      const value = column[at] ?? null
      if (value === null) continue
      // Structs, lists and maps as they were decoded have the shape that the decoder of JSON accepts.
      const action = decodeAction({ [name]: value } as JsonObject)
      if (action !== undefined) actions.push(action)
    }
  }
  return actions
}

/** The rows of a snapshot's checkpoint, in an order that depends on the snapshot alone. */
export function* checkpointRows(snapshot: Snapshot): Generator<Row> {
  const row = (name: string, value: object): Row => ({ [name]: value }) as Row
  yield row("protocol", snapshot.protocol)
  yield row("metaData", snapshot.metadata)
  for (const txn of sorted(HashMap.toEntries(snapshot.txns))) yield row("txn", txn)
  for (const domain of sorted(HashMap.toEntries(snapshot.domains))) yield row("domainMetadata", domain)
  for (const add of sortedFiles(snapshot)) yield row("add", add)
  for (const remove of sorted(HashMap.toEntries(snapshot.tombstones))) yield row("remove", remove)
}

const sorted = <V>(entries: ReadonlyArray<readonly [string, V]>): ReadonlyArray<V> =>
  entries.toSorted(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)).map(([, value]) => value)
