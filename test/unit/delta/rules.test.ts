import { describe, expect, it } from "@effect/vitest"
import type { Action } from "../../../src/delta/actions.ts"
import { Malformed } from "../../../src/delta/errors.ts"
import { definitionAfter, refusal } from "../../../src/delta/rules.ts"
import { field, struct } from "../../../src/delta/schema.ts"
import type { Snapshot } from "../../../src/delta/snapshot.ts"
import { metadataOf, snapshotOf } from "../../support/delta/snapshot.ts"

const SCHEMA = struct(field("x", "long"), field("p", "string"))
const add = (path: string, ...columns: ReadonlyArray<string>): Action => ({
  add: {
    path,
    partitionValues: new Map(columns.map((name) => [name, "v"])),
    size: 1n,
    modificationTime: 1n,
    dataChange: true
  }
})
const remove = (path: string, dataChange = true): Action => ({ remove: { path, dataChange } })

const why = (base: Snapshot, ...actions: ReadonlyArray<Action>): string | undefined => {
  const after = definitionAfter(actions, base)
  return after === undefined ? "no definition" : refusal(actions, base, after, "/table")
}

describe("refusal", () => {
  const plain = snapshotOf(SCHEMA, [], [add("old")])
  const partitioned = snapshotOf(SCHEMA, ["p"])
  const appendOnly = snapshotOf(
    SCHEMA,
    [],
    [add("old"), { metaData: metadataOf(SCHEMA, [], { "delta.appendOnly": "true" }) }]
  )
  const noFeatures = snapshotOf(SCHEMA, [], [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }])

  it.each<[string, Snapshot, Action, RegExp | undefined]>([
    ["an add", plain, add("new"), undefined],
    ["the removal of what is there", plain, remove("old"), undefined],
    ["the removal of what is not", plain, remove("new"), /not in the table/],
    ["a removal from an append-only table (D22)", appendOnly, remove("old"), /append-only/],
    ["a rearrangement of an append-only table", appendOnly, remove("old", false), undefined],
    ["missing partition values", partitioned, add("a"), /partitioned by \(p\)/],
    ["needless partition values", plain, add("a", "p"), /are for \(p\)/],
    ["right partition values", partitioned, add("a", "p"), undefined],
    [
      "a reserved domain (D14)",
      plain,
      { domainMetadata: { domain: "delta.x", configuration: "", removed: false } },
      /reserved/
    ],
    [
      "a domain without the feature",
      noFeatures,
      { domainMetadata: { domain: "d", configuration: "", removed: false } },
      /domainMetadata/
    ],
    ["a partition column that is not in the schema", plain, { metaData: metadataOf(SCHEMA, ["q"]) }, /column q is not/],
    ["another table's id", plain, { metaData: { ...metadataOf(SCHEMA), id: "other" } }, /id of the table/],
    ["a second commitInfo", plain, { commitInfo: {} }, /commitInfo/],
    ["a sidecar", plain, { sidecar: { path: "a", sizeInBytes: 1n, modificationTime: 1n } }, /sidecar/]
  ])("of %s", (_, base, action, expected) => {
    if (expected === undefined) expect(why(base, action)).toBeUndefined()
    else expect(why(base, action)).toMatch(expected)
  })

  it("of two actions that reconcile (D4)", () => expect(why(plain, add("a"), add("a"))).toMatch(/two actions/))

  it("of paths out of the table", () => expect(() => why(plain, add("../a"))).toThrow(Malformed))
})

describe("definitionAfter", () => {
  it("needs protocol and metadata for a new table", () => {
    expect(definitionAfter([], undefined)).toBeUndefined()
    expect(definitionAfter([{ metaData: metadataOf(SCHEMA) }], undefined)).toBeUndefined()
  })

  it("refuses a schema that cannot be understood", () => {
    const metaData = { ...metadataOf(SCHEMA), schemaString: "{" }
    expect(() => definitionAfter([{ metaData }], snapshotOf(SCHEMA))).toThrow(Malformed)
  })
})
