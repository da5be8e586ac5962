/**
 * Texts of the log: dates, timestamps, decimals, partition values, paths, statistics.
 */
import { describe, expect, it } from "@effect/vitest"
import * as fc from "fast-check"
import { formatDate, formatTimestamp, parseDate, parseTimestamp } from "../../../src/delta/calendar.ts"
import { formatDecimal, parseDecimal } from "../../../src/delta/decimal.ts"
import { formatPartitionValue, parsePartitionValue } from "../../../src/delta/partition.ts"
import { decodePath, encodePath, hiveComponent, pathToKey } from "../../../src/delta/path.ts"
import { struct } from "../../../src/delta/schema.ts"
import type { Row, Value } from "../../../src/delta/schema.ts"
import { mayMatch } from "../../../src/delta/skipping.ts"
import { compareValues, lowerBound, StatisticsCollector, upperBound } from "../../../src/delta/statistics.ts"
import { flatSchema, rowOf, text, valueOf } from "../../support/delta/arbitraries.ts"
import { snapshotOf } from "../../support/delta/snapshot.ts"

const FIRST_DAY = -719_162
const LAST_DAY = 2_932_896

describe("calendar", () => {
  it("agrees with the platform's, day by day and in random places", () =>
    fc.assert(
      fc.property(fc.integer({ min: FIRST_DAY, max: LAST_DAY }), (day) => {
        const expected = new Date(day * 86_400_000).toISOString().slice(0, 10)
        expect(formatDate(day)).toBe(expected)
        expect(parseDate(expected)).toBe(day)
      }),
      { numRuns: 2000 }
    ))

  it("keeps microseconds", () =>
    fc.assert(
      fc.property(fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n }), (micros) => {
        const formatted = formatTimestamp(micros, 6) ?? ""
        expect(parseTimestamp(formatted)).toBe(micros)
        expect(parseTimestamp(`${formatted}Z`)).toBe(micros)
        const millis = Number((micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n)
        expect(`${formatTimestamp(micros, 3)}Z`).toBe(new Date(millis).toISOString())
      }),
      { numRuns: 1000 }
    ))
})

describe("decimals", () => {
  it("come back exactly", () =>
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }), fc.nat({ max: 38 }), (unscaled, scale) => {
        expect(parseDecimal(formatDecimal(unscaled, scale), scale)).toBe(unscaled)
      })
    ))
})

describe("partition values", () => {
  it("come back exactly, or are refused because they have no text", () =>
    fc.assert(
      fc.property(
        flatSchema.chain(({ fields: [column] }) =>
          column === undefined
            ? fc.constant(undefined)
            : fc.record({ type: fc.constant(column.type), value: valueOf(column.type) })
        ),
        (given) => {
          if (given === undefined) return
          let formatted: string | null
          try {
            formatted = formatPartitionValue(given.value, given.type, "p")
          } catch {
            return
          }
          expect(formatted).not.toBe("")
          const back = parsePartitionValue(formatted, given.type, "p")
          // Zeros are one partition, and binary that is empty is null.
          if (Object.is(given.value, -0)) expect(back).toBe(0)
          else expect(back).toEqual(given.value)
        }
      ),
      { numRuns: 500 }
    ))
})

describe("paths", () => {
  const component = text.filter((name) => name !== "" && name !== "." && name !== ".." && !name.includes("/"))

  it("come back exactly, through hive's escaping and the URI's", () =>
    fc.assert(
      fc.property(fc.array(component, { minLength: 1, maxLength: 4 }), text, text, (parts, name, value) => {
        const key = [hiveComponent(name, value), ...parts].join("/")
        expect(decodePath(encodePath(key))).toBe(key)
        if (!hiveComponent(name, value).startsWith("/")) expect(pathToKey(encodePath(key), "memory:")).toBe(key)
      })
    ))

  it("never lead out of the table", () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("..", ".", "%2e%2e", "a", "", "%2F", "/", "file:", "%", "s3://b/t"), { maxLength: 6 }),
        (parts) => {
          let key: string
          try {
            key = pathToKey(parts.join("/"), "s3://b/t")
          } catch (cause) {
            expect((cause as Error).name).toBe("Malformed")
            return
          }
          expect(key.split("/").every((one) => one !== "" && one !== "." && one !== "..")).toBe(true)
        }
      ),
      { numRuns: 500 }
    ))
})

describe("statistics", () => {
  it("bound every text from below and above", () =>
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (value) => {
        expect(compareValues(lowerBound(value), value)).toBeLessThanOrEqual(0)
        expect(compareValues(upperBound(value), value)).toBeGreaterThanOrEqual(0)
        expect(lowerBound(value).isWellFormed() && upperBound(value).isWellFormed()).toBe(true)
      }),
      { numRuns: 500 }
    ))

  it("never leave out a file that holds a wanted row", () =>
    fc.assert(
      fc.property(
        flatSchema.chain((one) =>
          fc.record({
            schema: fc.constant(one),
            rows: fc.array(rowOf(one), { minLength: 1, maxLength: 8 }),
            at: fc.nat()
          })
        ),
        ({ at, rows, schema }) => {
          const collector = new StatisticsCollector(schema)
          for (const row of rows) collector.add(row)
          const wanted = (rows[at % rows.length] as Row)["x"] as Value
          if (wanted === null || (typeof wanted === "number" && Number.isNaN(wanted))) return
          const add = {
            path: "a",
            partitionValues: new Map<string, string | null>(),
            size: 1n,
            modificationTime: 1n,
            dataChange: true,
            stats: collector.finish()
          }
          const ranges = [{ column: "x", min: wanted, max: wanted }]
          expect(mayMatch(snapshotOf(struct(...schema.fields)), add, ranges), collector.finish()).toBe(true)
        }
      ),
      { numRuns: 500 }
    ))
})
