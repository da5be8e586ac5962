import { describe, expect, it } from "@effect/vitest"
import { HashMap } from "effect"
import type { Action } from "../../../src/delta/actions.ts"
import { Malformed, Unsupported } from "../../../src/delta/errors.ts"
import { field, struct } from "../../../src/delta/schema.ts"
import { advance, domain, fromCheckpoint, sortedFiles, withoutTombstonesBefore } from "../../../src/delta/snapshot.ts"
import type { Snapshot } from "../../../src/delta/snapshot.ts"
import { entryOf, metadataOf, snapshotOf } from "../../support/delta/snapshot.ts"

const SCHEMA = struct(field("x", "long"))
const add = (path: string, size = 1n): Action => ({
  add: { path, partitionValues: new Map(), size, modificationTime: 1n, dataChange: true }
})
const remove = (path: string, deletionTimestamp = 5n): Action => ({
  remove: { path, dataChange: true, deletionTimestamp }
})
const setDomain = (name: string, configuration: string, removed = false): Action => ({
  domainMetadata: { domain: name, configuration, removed }
})
const paths = (snapshot: Snapshot): ReadonlyArray<string> => sortedFiles(snapshot).map(({ path }) => path)
const after = (...commits: ReadonlyArray<ReadonlyArray<Action>>): Snapshot => snapshotOf(SCHEMA, [], ...commits)

describe("advance (D16)", () => {
  it("keeps the newest action per path", () => {
    const snapshot = after([add("a", 3n), add("b", 4n)], [remove("a")], [add("c", 5n)])
    expect(paths(snapshot)).toEqual(["b", "c"])
    expect(HashMap.has(snapshot.tombstones, "a")).toBe(true)
    expect(snapshot.sizeBytes).toBe(9n)
    expect(snapshot).toMatchObject({ version: 3, timestampMs: 1003 })
  })

  it("brings a removed file back when it is added again", () => {
    const snapshot = after([add("a")], [remove("a")], [add("a", 7n)])
    expect(paths(snapshot)).toEqual(["a"])
    expect(HashMap.size(snapshot.tombstones)).toBe(0)
    expect(snapshot.sizeBytes).toBe(7n)
  })

  it("counts a file once that is added again with other tags", () => {
    expect(after([add("a", 3n)], [add("a", 4n)]).sizeBytes).toBe(4n)
  })

  it("knows files by their decoded path", () => {
    expect(paths(after([add("a%20b")], [remove("a b")]))).toEqual([])
  })

  it("keeps the last transaction per application and the last configuration per domain", () => {
    const snapshot = after(
      [{ txn: { appId: "app", version: 1n } }, setDomain("a", "1"), setDomain("b", "1")],
      [{ txn: { appId: "app", version: 2n ** 60n } }, setDomain("a", "2"), setDomain("b", "", true)]
    )
    expect(HashMap.toEntries(snapshot.txns)).toEqual([["app", { appId: "app", version: 2n ** 60n }]])
    expect(domain(snapshot, "a")).toBe("2")
    expect(domain(snapshot, "b")).toBeUndefined()
  })

  it("replaces metadata completely (D3)", () => {
    const snapshot = after([{ metaData: metadataOf(struct(field("y", "string")), [], { "delta.appendOnly": "true" }) }])
    expect(snapshot.schema.fields.map(({ name }) => name)).toEqual(["y"])
    expect(snapshot.properties.appendOnly).toBe(true)
  })

  it("leaves the state before as it was", () => {
    const before = after([add("a"), add("b")])
    const first = advance(before, [entryOf(2, remove("a"), setDomain("d", "1"))])
    const second = advance(before, [entryOf(2, remove("b"), add("c"))])
    expect([paths(before), paths(first), paths(second)]).toEqual([["a", "b"], ["b"], ["a", "c"]])
    expect(domain(before, "d")).toBeUndefined()
    expect(domain(second, "d")).toBeUndefined()
  })

  it("takes the next version only", () => {
    expect(() => advance(after([add("a")]), [entryOf(3, add("b"))])).toThrow(Malformed)
    expect(() => advance(undefined, [entryOf(1, add("b"))])).toThrow(Malformed)
  })

  it("needs protocol and metadata", () => {
    expect(() => advance(undefined, [entryOf(0, { metaData: metadataOf(SCHEMA) })])).toThrow(
      "no entry up to this version has a protocol"
    )
    expect(() => advance(undefined, [entryOf(0, { protocol: { minReaderVersion: 1, minWriterVersion: 2 } })])).toThrow(
      "metaData"
    )
    expect(() => advance(undefined, [])).toThrow(Malformed)
  })

  it("refuses deletion vectors, which would bring deleted rows back", () => {
    const vector: Action = {
      add: {
        path: "a",
        partitionValues: new Map(),
        size: 1n,
        modificationTime: 1n,
        dataChange: true,
        deletionVector: {}
      }
    }
    expect(() => after([vector])).toThrow(Unsupported)
  })

  it("treats names like any other text", () => {
    const snapshot = after([add("__proto__"), add("constructor"), setDomain("__proto__", "x")])
    expect(paths(snapshot)).toEqual(["__proto__", "constructor"])
    expect(domain(snapshot, "__proto__")).toBe("x")
    expect(domain(snapshot, "toString")).toBeUndefined()
  })
})

describe("fromCheckpoint", () => {
  it("takes time and seal from the entry of its version", () => {
    const base = after([add("a")])
    const actions: ReadonlyArray<Action> = [{ protocol: base.protocol }, { metaData: base.metadata }, add("a")]
    expect(fromCheckpoint(1, actions, entryOf(1, add("a")))).toMatchObject({ version: 1, timestampMs: 1001 })
    expect(fromCheckpoint(1, actions, undefined).timestampMs).toBeUndefined()
  })
})

describe("withoutTombstonesBefore", () => {
  it("drops expired tombstones and those without a time", () => {
    const snapshot = after(
      [add("a"), add("b"), add("c")],
      [remove("a", 5n), remove("b", 10n), { remove: { path: "c", dataChange: true } }]
    )
    const kept = withoutTombstonesBefore(snapshot, 10)
    expect([...HashMap.keys(kept.tombstones)]).toEqual(["b"])
    expect(HashMap.size(snapshot.tombstones)).toBe(3)
  })
})
