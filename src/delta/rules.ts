/**
 * What a commit may hold: the protocol's rules for writers, checked against the state it is made on. Pure.
 */
import { HashMap } from "effect"
import type { Action, Add, DomainMetadata, Metadata, Remove } from "./actions.ts"
import { repeated } from "./entry.ts"
import { hasWriterFeature } from "./features.ts"
import type { TableDefinition } from "./features.ts"
import { decodePath, pathToKey } from "./path.ts"
import { parseSchema } from "./schema.ts"
import type { Snapshot } from "./snapshot.ts"

/** Domains with this prefix belong to the protocol (D14). */
const RESERVED_DOMAIN = "delta."

const addProblem = (add: Add, partitionColumns: ReadonlyArray<string>, url: string): string | undefined => {
  pathToKey(add.path, url)
  const given = [...add.partitionValues.keys()].toSorted().join()
  if (given !== partitionColumns.toSorted().join()) {
    return `the partition values of ${add.path} are for (${given}), the table is partitioned by (${partitionColumns.join()})`
  }
  return add.size < 0n ? `the size of ${add.path} is negative` : undefined
}

const metadataProblem = (
  metadata: Metadata,
  { schema }: TableDefinition,
  old: Metadata | undefined
): string | undefined => {
  const columns = new Set(schema.fields.map(({ name }) => name))
  const absent = metadata.partitionColumns.find((name) => !columns.has(name))
  if (absent !== undefined) return `the partition column ${absent} is not in the schema`
  return old !== undefined && old.id !== metadata.id ? "it changes the id of the table" : undefined
}

const removeProblem = ({ dataChange, path }: Remove, base: Snapshot | undefined): string | undefined => {
  if (base === undefined || !HashMap.has(base.files, decodePath(path)))
    return `it removes ${path}, which is not in the table`
  return dataChange && base.properties.appendOnly ? `the table is append-only, and it removes ${path}` : undefined
}

const domainProblem = ({ domain }: DomainMetadata, { protocol }: TableDefinition): string | undefined => {
  if (domain.startsWith(RESERVED_DOMAIN)) return `the domain ${domain} is reserved`
  return hasWriterFeature(protocol, "domainMetadata")
    ? undefined
    : "the protocol of the table lacks the feature domainMetadata"
}

const actionProblem = (
  action: Action,
  base: Snapshot | undefined,
  after: TableDefinition,
  url: string
): string | undefined => {
  if ("add" in action) return addProblem(action.add, after.metadata.partitionColumns, url)
  if ("remove" in action) return removeProblem(action.remove, base)
  if ("domainMetadata" in action) return domainProblem(action.domainMetadata, after)
  if ("metaData" in action) return metadataProblem(action.metaData, after, base?.metadata)
  if ("commitInfo" in action || "sidecar" in action || "checkpointMetadata" in action) {
    return `it holds an action of the kind ${Object.keys(action).join()}, which does not belong in a commit`
  }
  return undefined
}

/**
 * Protocol, metadata and schema as they are after a commit on top of `base` (`undefined`: to a new table); `undefined` when
 * there are none. Throws `Malformed` or `Unsupported` for a schema that cannot be understood.
 */
export const definitionAfter = (
  actions: ReadonlyArray<Action>,
  base: Snapshot | undefined
): TableDefinition | undefined => {
  let protocol = base?.protocol
  let metadata = base?.metadata
  for (const action of actions) {
    if ("protocol" in action) protocol = action.protocol
    if ("metaData" in action) metadata = action.metaData
  }
  if (protocol === undefined || metadata === undefined) return undefined
  const schema = metadata === base?.metadata ? base.schema : parseSchema(metadata.schemaString)
  return { protocol, metadata, schema }
}

/**
 * Why actions must not be committed on top of `base`, in words, or `undefined`; `after` is `definitionAfter` of both.
 * Throws `Malformed` for a path that is none.
 */
export const refusal = (
  actions: ReadonlyArray<Action>,
  base: Snapshot | undefined,
  after: TableDefinition,
  url: string
): string | undefined => {
  const contradiction = repeated(actions)
  if (contradiction !== undefined) return contradiction
  for (const action of actions) {
    const problem = actionProblem(action, base, after, url)
    if (problem !== undefined) return problem
  }
  return undefined
}
