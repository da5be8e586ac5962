/**
 * States of tables for tests, made from entries without a store.
 */
import type { Action, Metadata } from "../../../src/delta/actions.ts"
import { decodeEntry, encodeEntry } from "../../../src/delta/entry.ts"
import type { LogEntry } from "../../../src/delta/entry.ts"
import { newProtocol } from "../../../src/delta/features.ts"
import { encodeSchema } from "../../../src/delta/schema.ts"
import type { StructType } from "../../../src/delta/schema.ts"
import { advance } from "../../../src/delta/snapshot.ts"
import type { Snapshot } from "../../../src/delta/snapshot.ts"

/** An entry, through its bytes. */
export const entryOf = (version: number, ...actions: ReadonlyArray<Action>): LogEntry =>
  decodeEntry(version, encodeEntry({ inCommitTimestamp: 1000 + version }, actions))

/** The metadata of a table. */
export const metadataOf = (
  schema: StructType,
  partitionColumns: ReadonlyArray<string> = [],
  configuration: Readonly<Record<string, string>> = {}
): Metadata => ({
  id: "00000000-0000-4000-8000-000000000000",
  format: { provider: "parquet", options: new Map() },
  schemaString: encodeSchema(schema),
  partitionColumns,
  configuration: new Map(Object.entries(configuration))
})

/** A table of this schema after further entries' actions. */
export const snapshotOf = (
  schema: StructType,
  partitionColumns: ReadonlyArray<string> = [],
  ...commits: ReadonlyArray<ReadonlyArray<Action>>
): Snapshot =>
  advance(undefined, [
    entryOf(0, { protocol: newProtocol(schema) }, { metaData: metadataOf(schema, partitionColumns) }),
    ...commits.map((actions, at) => entryOf(at + 1, ...actions))
  ])
