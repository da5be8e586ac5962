import { describe, expect, it } from "@effect/vitest"
import type { Add } from "../../../src/delta/actions.ts"
import { field, struct } from "../../../src/delta/schema.ts"
import type { DataType, Value } from "../../../src/delta/schema.ts"
import { mayMatch } from "../../../src/delta/skipping.ts"
import type { Range } from "../../../src/delta/skipping.ts"
import { snapshotOf } from "../../support/delta/snapshot.ts"

type Present = NonNullable<Value>

const addOf = (stats: string | undefined, partition: string | null = "5"): Add => ({
  path: "a",
  partitionValues: new Map([["p", partition]]),
  size: 1n,
  modificationTime: 1n,
  dataChange: true,
  stats
})

const matches = (type: DataType, stats: string | undefined, range: Omit<Range, "column">): boolean =>
  mayMatch(snapshotOf(struct(field("x", type), field("p", "long")), ["p"]), addOf(stats), [{ column: "x", ...range }])

const stats = (least: string, greatest: string, nulls = 0): string =>
  `{"numRecords":10,"minValues":{"x":${least}},"maxValues":{"x":${greatest}},"nullCount":{"x":${nulls}}}`

describe("mayMatch", () => {
  it.each<[DataType, string, string, Present, Present, Present]>([
    ["long", "9007199254740993", "9007199254740995", 2n ** 53n, 2n ** 53n + 2n, 2n ** 53n + 4n],
    ["integer", "5", "7", 4, 6, 8],
    ["double", "0.5", "0.75", 0.25, 0.5, 1],
    ["string", '"b"', '"d"', "a", "c", "e"],
    ["date", '"1970-01-02"', '"1970-01-04"', 0, 2, 4],
    ["timestamp", '"1970-01-01T00:00:00.001Z"', '"1970-01-01T00:00:00.002Z"', 999n, 2_999n, 3_000n],
    [{ type: "decimal", precision: 5, scale: 2 }, "1.5", "2.25", 149n, 150n, 226n]
  ])("of %j between %s and %s", (type, least, greatest, below, inside, above) => {
    const text = stats(least, greatest)
    expect(matches(type, text, { max: below })).toBe(false)
    expect(matches(type, text, { min: above })).toBe(false)
    expect(matches(type, text, { min: inside, max: inside })).toBe(true)
    expect(matches(type, text, { min: below })).toBe(true)
    expect(matches(type, text, {})).toBe(true)
  })

  it.each<[string, DataType, string | undefined, Present]>([
    ["absent", "long", undefined, 100n],
    ["not JSON", "long", "{", 100n],
    ["no object", "long", "[]", 100n],
    ["without the column", "long", '{"numRecords":1}', 100n],
    ["of another type", "long", stats('"a"', '"b"'), 100n],
    ["of a decimal that a double cannot hold", { type: "decimal", precision: 38, scale: 2 }, stats("1.5", "2.5"), 900n],
    ["of binary", "binary", stats("1", "2"), Uint8Array.of(9)]
  ])("never leaves a file out by statistics that are %s", (_, type, text, min) => {
    expect(matches(type, text, { min })).toBe(true)
  })

  it("leaves out files whose column is null throughout", () => {
    expect(matches("long", '{"numRecords":10,"nullCount":{"x":10}}', {})).toBe(false)
  })

  it("leaves out partitions", () => {
    const snapshot = snapshotOf(struct(field("x", "long"), field("p", "long")), ["p"])
    const by = (partition: string | null, range: Omit<Range, "column">): boolean =>
      mayMatch(snapshot, addOf(undefined, partition), [{ column: "p", ...range }])
    expect(by("5", { min: 6n })).toBe(false)
    expect(by("5", { min: 5n, max: 5n })).toBe(true)
    expect(by(null, {})).toBe(false)
    expect(by("not a number", { min: 6n })).toBe(true)
  })

  it("matches nothing on a column that the table lacks", () => {
    const snapshot = snapshotOf(struct(field("x", "long")), [])
    expect(mayMatch(snapshot, addOf(undefined), [{ column: "y" }])).toBe(false)
  })
})
