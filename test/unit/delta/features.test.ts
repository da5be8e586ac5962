import { describe, expect, it } from "@effect/vitest"
import type { Metadata, Protocol } from "../../../src/delta/actions.ts"
import { hasWriterFeature, newProtocol, unreadable, unwritable } from "../../../src/delta/features.ts"
import type { TableDefinition } from "../../../src/delta/features.ts"
import { encodeSchema, field, struct } from "../../../src/delta/schema.ts"
import type { JsonObject } from "../../../src/delta/json.ts"

const table = (
  protocol: Protocol,
  configuration: Record<string, string> = {},
  fieldMetadata: JsonObject = {}
): TableDefinition => {
  const schema = struct({ ...field("x", "long"), metadata: fieldMetadata })
  const metadata: Metadata = {
    id: "id",
    format: { provider: "parquet", options: new Map() },
    schemaString: encodeSchema(schema),
    partitionColumns: [],
    configuration: new Map(Object.entries(configuration))
  }
  return { protocol, metadata, schema }
}

const reader = (...readerFeatures: ReadonlyArray<string>): Protocol => ({
  minReaderVersion: 3,
  minWriterVersion: 7,
  readerFeatures,
  writerFeatures: readerFeatures
})
const writer = (...writerFeatures: ReadonlyArray<string>): Protocol => ({
  minReaderVersion: 1,
  minWriterVersion: 7,
  writerFeatures
})
const old = (minWriterVersion: number, minReaderVersion = 1): Protocol => ({ minReaderVersion, minWriterVersion })

describe("unreadable", () => {
  it.each([
    ["version 1", table(old(2)), undefined],
    ["version 2 without column mapping", table(old(5, 2)), undefined],
    ["known features", table(reader("v2Checkpoint", "timestampNtz", "typeWidening")), undefined],
    ["version 99", table(old(7, 99)), /reader version 99/],
    ["deletion vectors", table(reader("deletionVectors")), /"deletionVectors"/],
    ["an unknown feature", table(reader("v2Checkpoint", "fromTheFuture")), /"fromTheFuture"/],
    ["column mapping", table(old(5, 2), { "delta.columnMapping.mode": "name" }), /"columnMapping"/],
    [
      "column mapping by feature",
      table(reader("columnMapping"), { "delta.columnMapping.mode": "id" }),
      /"columnMapping"/
    ],
    ["column mapping that is off", table(reader("columnMapping"), { "delta.columnMapping.mode": "none" }), undefined]
  ])("%s", (_, definition, expected) => {
    if (expected === undefined) expect(unreadable(definition)).toBeUndefined()
    else expect(unreadable(definition)).toMatch(expected)
  })

  it("names a format that is not Parquet", () => {
    const definition = table(old(2))
    const metadata = { ...definition.metadata, format: { provider: "orc", options: new Map<string, string>() } }
    expect(unreadable({ ...definition, metadata })).toMatch(/"orc"/)
  })
})

describe("unwritable", () => {
  it.each([
    ["version 2", table(old(2)), undefined],
    ["version 6 that uses nothing", table(old(6)), undefined],
    ["own features", table(writer("appendOnly", "inCommitTimestamp", "domainMetadata")), undefined],
    ["version 8", table(old(8)), /writer version 8/],
    ["an unknown feature", table(writer("rowTracking")), /"rowTracking"/],
    ["invariants", table(old(2), {}, { "delta.invariants": "x > 3" }), /"invariants"/],
    ["check constraints", table(old(3), { "delta.constraints.c": "x > 3" }), /"checkConstraints"/],
    ["change data feed", table(old(4), { "delta.enableChangeDataFeed": "true" }), /"changeDataFeed"/],
    ["generated columns", table(old(4), {}, { "delta.generationExpression": "1" }), /"generatedColumns"/],
    ["identity columns", table(old(6), {}, { "delta.identity.start": 1 }), /"identityColumns"/],
    ["what cannot be read", table(reader("deletionVectors")), /"deletionVectors"/]
  ])("%s", (_, definition, expected) => {
    if (expected === undefined) expect(unwritable(definition)).toBeUndefined()
    else expect(unwritable(definition)).toMatch(expected)
  })

  it("refuses the caller's feature to everybody else", () => {
    expect(unwritable(table(writer("pondfs")))).toMatch(/"pondfs"/)
    expect(unwritable(table(writer("pondfs")), ["pondfs"])).toBeUndefined()
  })
})

describe("newProtocol", () => {
  it("asks nothing special of readers", () => {
    expect(newProtocol(struct(field("x", "timestamp")), ["own"])).toEqual({
      minReaderVersion: 1,
      minWriterVersion: 7,
      writerFeatures: ["appendOnly", "domainMetadata", "inCommitTimestamp", "own"]
    })
  })

  it("asks for what the schema needs", () => {
    const protocol = newProtocol(
      struct(field("x", { type: "array", elementType: "timestamp_ntz", containsNull: true }))
    )
    expect(protocol).toMatchObject({ minReaderVersion: 3, readerFeatures: ["timestampNtz"] })
    expect(hasWriterFeature(protocol, "timestampNtz")).toBe(true)
  })
})
