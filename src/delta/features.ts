/**
 * Which tables this floor reads and writes: versions and features of the protocol (D13).
 *
 * A feature is refused by name when the table really needs it: those that old versions imply (column mapping, check constraints,
 * generated columns…) only when schema or properties use them.
 */
import type { Metadata, Protocol } from "./actions.ts"
import type { DataType, Field, StructType } from "./schema.ts"

/** The newest versions of the protocol that are known. */
export const READER_VERSION_MAX = 3
/** The newest writer version that is known. */
export const WRITER_VERSION_MAX = 7

/** The version of writers from which on features are listed one by one. */
const WRITER_FEATURES_LISTED = 7
const READER_FEATURES_LISTED = 3

const READABLE = new Set([
  "v2Checkpoint",
  "timestampNtz",
  "typeWidening",
  "typeWidening-preview",
  "vacuumProtocolCheck"
])
const WRITABLE = new Set(["appendOnly", "inCommitTimestamp", "domainMetadata", "timestampNtz", "vacuumProtocolCheck"])

/** What each writer version before 7 implies beyond what is always known. */
const IMPLIED: ReadonlyArray<readonly [version: number, features: ReadonlyArray<string>]> = [
  [2, ["invariants"]],
  [3, ["checkConstraints"]],
  [4, ["changeDataFeed", "generatedColumns"]],
  [5, ["columnMapping"]],
  [6, ["identityColumns"]]
]

const usesType = (type: DataType, wanted: DataType): boolean => {
  if (type === wanted) return true
  if (typeof type === "string") return false
  if (type.type === "array") return usesType(type.elementType, wanted)
  if (type.type === "map") return usesType(type.keyType, wanted) || usesType(type.valueType, wanted)
  return type.type === "struct" && type.fields.some((field) => usesType(field.type, wanted))
}

/**
 * The protocol of a new table: readers need nothing special unless the schema does; writers must know every listed feature, those of
 * `own` included.
 */
export const newProtocol = (schema: StructType, own: ReadonlyArray<string> = []): Protocol => {
  const needed = usesType(schema, "timestamp_ntz") ? ["timestampNtz"] : []
  const writerFeatures = [
    ...new Set(["appendOnly", "domainMetadata", "inCommitTimestamp", ...needed, ...own])
  ].toSorted()
  return needed.length === 0
    ? { minReaderVersion: 1, minWriterVersion: WRITER_FEATURES_LISTED, writerFeatures }
    : {
        minReaderVersion: READER_FEATURES_LISTED,
        minWriterVersion: WRITER_FEATURES_LISTED,
        readerFeatures: needed,
        writerFeatures
      }
}

const allFields = (type: DataType): ReadonlyArray<Field> => {
  if (typeof type === "string") return []
  if (type.type === "array") return allFields(type.elementType)
  if (type.type === "map") return [...allFields(type.keyType), ...allFields(type.valueType)]
  return type.type === "struct" ? type.fields.flatMap((field) => [field, ...allFields(field.type)]) : []
}

const someField = (schema: StructType, key: string): boolean =>
  allFields(schema).some((field) =>
    Object.keys(field.metadata).some((name) => name === key || name.startsWith(`${key}.`))
  )

const on = (metadata: Metadata, property: string): boolean =>
  metadata.configuration.get(property)?.toLowerCase() === "true"

/** Whether a table uses a feature that is harmless while it is not used; `undefined`: presence alone is use. */
const isUsed = (feature: string, metadata: Metadata, schema: StructType): boolean | undefined => {
  switch (feature) {
    case "invariants":
      return someField(schema, "delta.invariants")
    case "checkConstraints":
      return [...metadata.configuration.keys()].some((key) => key.startsWith("delta.constraints."))
    case "changeDataFeed":
      return on(metadata, "delta.enableChangeDataFeed")
    case "generatedColumns":
      return someField(schema, "delta.generationExpression")
    case "columnMapping":
      return (metadata.configuration.get("delta.columnMapping.mode") ?? "none") !== "none"
    case "identityColumns":
      return someField(schema, "delta.identity")
    case "allowColumnDefaults":
      return someField(schema, "CURRENT_DEFAULT")
    default:
      return undefined
  }
}

const firstUsed = (
  features: ReadonlyArray<string>,
  known: ReadonlySet<string>,
  metadata: Metadata,
  schema: StructType
): string | undefined => {
  const needed = features.find((feature) => !known.has(feature) && (isUsed(feature, metadata, schema) ?? true))
  return needed === undefined ? undefined : `the table feature ${JSON.stringify(needed)}`
}

/** What of a table decides which features it needs. */
export interface TableDefinition {
  readonly protocol: Protocol
  readonly metadata: Metadata
  /** `metadata.schemaString`, decoded. */
  readonly schema: StructType
}

/** What reading the table needs that is not supported, in words, or `undefined`. */
export const unreadable = ({ metadata, protocol, schema }: TableDefinition): string | undefined => {
  const { minReaderVersion, readerFeatures } = protocol
  if (minReaderVersion > READER_VERSION_MAX) {
    return `reader version ${minReaderVersion} (known: up to ${READER_VERSION_MAX})`
  }
  if (metadata.format.provider !== "parquet") return `data files of format ${JSON.stringify(metadata.format.provider)}`
  const features = minReaderVersion === READER_FEATURES_LISTED ? (readerFeatures ?? []) : []
  const implied = minReaderVersion === 2 ? ["columnMapping"] : []
  return firstUsed([...features, ...implied], READABLE, metadata, schema)
}

/** What writing the table needs that is not supported, in words, or `undefined`. `own` are features the caller takes care of. */
export const unwritable = (table: TableDefinition, own: ReadonlyArray<string> = []): string | undefined => {
  const { metadata, protocol, schema } = table
  const { minWriterVersion, writerFeatures } = protocol
  if (minWriterVersion > WRITER_VERSION_MAX) {
    return `writer version ${minWriterVersion} (known: up to ${WRITER_VERSION_MAX})`
  }
  const features =
    minWriterVersion === WRITER_FEATURES_LISTED
      ? (writerFeatures ?? [])
      : IMPLIED.flatMap(([version, names]) => (version <= minWriterVersion ? names : []))
  return unreadable(table) ?? firstUsed(features, new Set([...WRITABLE, ...own]), metadata, schema)
}

/** Whether in-commit timestamps, domains and other writer features may be used: the protocol lists them. */
export const hasWriterFeature = (protocol: Protocol, feature: string): boolean =>
  protocol.minWriterVersion === WRITER_FEATURES_LISTED && (protocol.writerFeatures ?? []).includes(feature)
