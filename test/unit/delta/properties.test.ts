import { describe, expect, it } from "@effect/vitest"
import { Malformed } from "../../../src/delta/errors.ts"
import { intervalMs, tableProperties } from "../../../src/delta/properties.ts"

describe("intervalMs", () => {
  it.each([
    ["interval 1 hours", 3_600_000],
    ["interval 7 days", 604_800_000],
    ["interval 1 week", 604_800_000],
    ["2 days 12 hours", 216_000_000],
    ["INTERVAL 5 Milliseconds", 5],
    ["interval 0 seconds", 0]
  ])("%s is %i ms", (text, ms) => expect(intervalMs(text)).toBe(ms))

  it.each(["", "interval", "7", "interval 1 month", "interval x days", "interval 1.5 days", "interval -1 day"])(
    "refuses %j",
    (text) => expect(() => intervalMs(text)).toThrow(Malformed)
  )
})

describe("tableProperties", () => {
  it("has the protocol's defaults", () => {
    expect(tableProperties(new Map())).toEqual({
      appendOnly: false,
      inCommitTimestamps: false,
      inCommitTimestampsFrom: { version: 0, timestampMs: undefined },
      deletedFileRetentionMs: 7 * 86_400_000,
      logRetentionMs: 30 * 86_400_000
    })
  })

  it("reads what is set", () => {
    const configuration = new Map([
      ["delta.appendOnly", "TRUE"],
      ["delta.enableInCommitTimestamps", "true"],
      ["delta.inCommitTimestampEnablementVersion", "3"],
      ["delta.inCommitTimestampEnablementTimestamp", "99"],
      ["delta.deletedFileRetentionDuration", "interval 1 hours"]
    ])
    expect(tableProperties(configuration)).toMatchObject({
      appendOnly: true,
      inCommitTimestamps: true,
      inCommitTimestampsFrom: { version: 3, timestampMs: 99 },
      deletedFileRetentionMs: 3_600_000
    })
  })

  it("refuses a version that is no count", () => {
    const configuration = new Map([["delta.inCommitTimestampEnablementVersion", "-1"]])
    expect(() => tableProperties(configuration)).toThrow(Malformed)
  })
})
