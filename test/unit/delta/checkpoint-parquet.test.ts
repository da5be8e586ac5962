import { describe, expect, it } from "@effect/vitest"
import type { Action } from "../../../src/delta/actions.ts"
import {
  actionsOf,
  CHECKPOINT_READ_SCHEMA,
  CHECKPOINT_SCHEMA,
  checkpointRows
} from "../../../src/delta/checkpoint-parquet.ts"
import { Malformed } from "../../../src/delta/errors.ts"
import { parseFooter } from "../../../src/delta/parquet-footer.ts"
import { decodeGroup, planColumns } from "../../../src/delta/parquet-read.ts"
import { encodeParquet } from "../../../src/delta/parquet-write.ts"
import { field, struct } from "../../../src/delta/schema.ts"
import type { Row, StructType } from "../../../src/delta/schema.ts"
import { snapshotOf } from "../../support/delta/snapshot.ts"

const read = (bytes: Uint8Array): ReadonlyArray<Action> => {
  const file = parseFooter(bytes, bytes.length)
  const plan = planColumns(file, CHECKPOINT_READ_SCHEMA)
  return file.groups.flatMap((group) =>
    actionsOf(decodeGroup(group, plan, ({ end, start }) => bytes.subarray(start, end)))
  )
}

const kinds = (actions: ReadonlyArray<Action>): ReadonlyArray<string> =>
  actions.map((action) => Object.keys(action).join())

describe("checkpoint rows", () => {
  const snapshot = snapshotOf(
    struct(field("x", "long"), field("p", "string")),
    ["p"],
    [
      {
        add: {
          path: "p=a/1",
          partitionValues: new Map([["p", null]]),
          size: 2n ** 60n,
          modificationTime: -1n,
          dataChange: true,
          stats: '{"numRecords":9007199254740993}',
          tags: new Map([["__proto__", "tag"]])
        }
      },
      { txn: { appId: "app", version: 2n ** 62n, lastUpdated: 5n } },
      { domainMetadata: { domain: "d", configuration: "ü", removed: false } },
      { domainMetadata: { domain: "gone", configuration: "", removed: true } },
      { remove: { path: "old", dataChange: true, deletionTimestamp: 7n, extendedFileMetadata: true, size: 3n } }
    ]
  )

  it("come back exactly, without data change", () => {
    const actions = read(encodeParquet(CHECKPOINT_SCHEMA, checkpointRows(snapshot)))
    expect(kinds(actions).toSorted()).toEqual(["add", "domainMetadata", "metaData", "protocol", "remove", "txn"])
    const find = (kind: string): object | undefined => actions.find((action) => kind in action)
    expect(find("add")).toMatchObject({
      add: {
        path: "p=a/1",
        partitionValues: new Map([["p", null]]),
        size: 2n ** 60n,
        modificationTime: -1n,
        dataChange: false,
        stats: '{"numRecords":9007199254740993}',
        tags: new Map([["__proto__", "tag"]])
      }
    })
    expect(find("remove")).toMatchObject({
      remove: { path: "old", dataChange: false, deletionTimestamp: 7n, size: 3n }
    })
    expect(find("protocol")).toMatchObject({ protocol: { writerFeatures: snapshot.protocol.writerFeatures } })
    expect(find("metaData")).toMatchObject({
      metaData: { partitionColumns: ["p"], schemaString: snapshot.metadata.schemaString }
    })
    expect(find("txn")).toEqual({ txn: { appId: "app", version: 2n ** 62n, lastUpdated: 5n } })
  })

  it("ignore columns of other writers, and columns that are missing", () => {
    const foreign: StructType = struct(
      field(
        "add",
        struct(
          field("path", "string"),
          field("size", "long"),
          field("modificationTime", "long"),
          field("dataChange", "boolean"),
          field("stats_parsed", struct(field("numRecords", "long")))
        )
      ),
      field("checkpointMetadata", struct(field("version", "long")))
    )
    const row: Row = {
      add: { path: "a", size: 1n, modificationTime: 1n, dataChange: false, stats_parsed: { numRecords: 1n } }
    }
    expect(read(encodeParquet(foreign, [row]))).toMatchObject([{ add: { path: "a", partitionValues: new Map() } }])
  })

  it("refuse an add without a path", () => {
    expect(() => read(encodeParquet(CHECKPOINT_SCHEMA, [{ add: { path: null, size: 1n } }]))).toThrow(Malformed)
  })
})
