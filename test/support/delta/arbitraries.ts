/**
 * Arbitrary values, schemas, rows and actions.
 */
import * as fc from "fast-check"
import type { Action } from "../../../src/delta/actions.ts"
import { field, struct } from "../../../src/delta/schema.ts"
import type { DataType, Field, Row, StructType, Value } from "../../../src/delta/schema.ts"

/** Names that have made trouble. */
const ODD_NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "a b", "ü", 'quote"', "%2F", "."]

/** Text without half surrogate pairs. */
export const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 50 }),
  fc.constantFrom(...ODD_NAMES, "", "\ufeffbom", "\u0000", "\u{10ffff}".repeat(40))
)

/** 64-bit whole numbers, often at the edges. */
export const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n, 2n ** 53n + 1n, -1n, 0n)
)

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom(new Uint8Array(), new Uint8Array(30).fill(255), new Uint8Array(700).fill(7))
)

/** Values of a type, never null at the top. */
export const valueOf = (type: DataType): fc.Arbitrary<Value> => {
  if (typeof type !== "string") {
    switch (type.type) {
      case "decimal": {
        const max = 10n ** BigInt(type.precision) - 1n
        return fc.oneof(fc.bigInt({ min: -max, max }), fc.constantFrom(max, -max, 0n))
      }
      case "array":
        return fc.array(orNull(type.elementType, type.containsNull), { maxLength: 4 })
      case "map": {
        const pair = fc.tuple(valueOf(type.keyType), orNull(type.valueType, type.valueContainsNull))
        return fc.array(pair, { maxLength: 4 }).map((pairs) => new Map(pairs))
      }
      case "struct":
        return rowOf(type) as fc.Arbitrary<Value>
    }
  }
  switch (type) {
    case "string":
      return text
    case "binary":
      return bytes
    case "long":
    case "timestamp":
    case "timestamp_ntz":
      return int64
    case "integer":
    case "date":
      return fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1))
    case "short":
      return fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 })
    case "byte":
      return fc.integer({ min: -128, max: 127 })
    case "float":
      return fc.float()
    case "double":
      return fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 5e-324))
    case "boolean":
      return fc.boolean()
  }
}

const orNull = (type: DataType, nullable: boolean): fc.Arbitrary<Value> =>
  nullable ? fc.option(valueOf(type), { nil: null, freq: 4 }) : valueOf(type)

/** Rows of a schema, every column present. */
export const rowOf = (schema: StructType): fc.Arbitrary<Row> =>
  fc
    .tuple(...schema.fields.map(({ nullable, type }) => orNull(type, nullable)))
    .map((values) => Object.fromEntries(schema.fields.map(({ name }, at) => [name, values[at] ?? null])))

const primitive: fc.Arbitrary<DataType> = fc.oneof(
  fc.constantFrom<DataType>(
    "string",
    "long",
    "integer",
    "short",
    "byte",
    "float",
    "double",
    "boolean",
    "binary",
    "date",
    "timestamp",
    "timestamp_ntz"
  ),
  fc
    .tuple(fc.integer({ min: 1, max: 38 }), fc.nat({ max: 38 }))
    .map(([precision, scale]): DataType => ({ type: "decimal", precision, scale: Math.min(precision, scale) }))
)

const column = (type: fc.Arbitrary<DataType>): fc.Arbitrary<Omit<Field, "name">> =>
  fc.record({ type, nullable: fc.boolean(), metadata: fc.constant({}) })

const structOf = (type: fc.Arbitrary<DataType>, names: fc.Arbitrary<string>): fc.Arbitrary<StructType> =>
  fc
    .uniqueArray(fc.tuple(names, column(type)), {
      minLength: 1,
      maxLength: 4,
      selector: ([name]) => name.toLowerCase()
    })
    .map((fields) => struct(...fields.map(([name, rest]) => ({ ...rest, name }))))

const columnNames = fc.oneof(
  fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 8 }),
  fc.constantFrom(...ODD_NAMES)
)

const { type: anyType } = fc.letrec<{ readonly type: DataType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, depthIdentifier: "type" },
    primitive,
    structOf(tie("type"), columnNames),
    fc.record({ type: fc.constant("array" as const), elementType: tie("type"), containsNull: fc.boolean() }),
    fc.record({
      type: fc.constant("map" as const),
      keyType: fc.constantFrom<DataType>("string", "long"),
      valueType: tie("type"),
      valueContainsNull: fc.boolean()
    })
  )
}))

/** Any type, nested ones included. */
export const type = anyType

/** Schemas of one to four columns of any type. */
export const schema: fc.Arbitrary<StructType> = structOf(anyType, columnNames)

/** A schema with one column of a plain type. */
export const flatSchema: fc.Arbitrary<StructType> = primitive.map((one) => struct(field("x", one)))

const partitionValues = fc
  .array(fc.tuple(text, fc.option(text, { nil: null })), { maxLength: 3 })
  .map((pairs) => new Map(pairs))
const tags = fc.option(
  fc.array(fc.tuple(text, text), { maxLength: 3 }).map((pairs) => new Map(pairs)),
  { nil: undefined }
)
const size = int64.map((value) => (value < 0n ? -(value + 1n) : value))
const path = text.map((name) => encodeURIComponent(name))

/** Actions of every kind a commit may hold. */
export const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    add: fc.record({
      path,
      partitionValues,
      size,
      modificationTime: int64,
      dataChange: fc.boolean(),
      stats: fc.option(text, { nil: undefined }),
      tags,
      deletionVector: fc.constant(undefined)
    })
  }),
  fc.record({
    remove: fc.record({
      path,
      dataChange: fc.boolean(),
      deletionTimestamp: fc.option(int64, { nil: undefined }),
      extendedFileMetadata: fc.option(fc.boolean(), { nil: undefined }),
      partitionValues: fc.option(partitionValues, { nil: undefined }),
      size: fc.option(size, { nil: undefined })
    })
  }),
  fc.record({ txn: fc.record({ appId: text, version: int64, lastUpdated: fc.option(int64, { nil: undefined }) }) }),
  fc.record({ domainMetadata: fc.record({ domain: text, configuration: text, removed: fc.boolean() }) }),
  fc.record({
    metaData: fc.record({
      id: text,
      name: fc.option(text, { nil: undefined }),
      description: fc.option(text, { nil: undefined }),
      format: fc.record({
        provider: text,
        options: fc.array(fc.tuple(text, text), { maxLength: 2 }).map((pairs) => new Map(pairs))
      }),
      schemaString: text,
      partitionColumns: fc.array(text, { maxLength: 3 }),
      configuration: fc.array(fc.tuple(text, text), { maxLength: 3 }).map((pairs) => new Map(pairs)),
      createdTime: fc.option(int64, { nil: undefined })
    })
  }),
  fc.record({
    protocol: fc.record({
      minReaderVersion: fc.nat(),
      minWriterVersion: fc.nat(),
      readerFeatures: fc.option(fc.array(text, { maxLength: 3 }), { nil: undefined }),
      writerFeatures: fc.option(fc.array(text, { maxLength: 3 }), { nil: undefined })
    })
  }),
  fc.record({ cdc: fc.record({ path, partitionValues, size, dataChange: fc.boolean(), tags }) })
)
