import { describe, expect, it } from "@effect/vitest"
import { daysOf, formatDate, formatTimestamp, parseDate, parseTimestamp } from "../../../src/delta/calendar.ts"

describe("dates", () => {
  it.each([
    ["1970-01-01", 0],
    ["1969-12-31", -1],
    ["2000-02-29", 11_016],
    ["2021-09-08", 18_878],
    ["0001-01-01", -719_162],
    ["9999-12-31", 2_932_896]
  ])("%s is day %i", (text, days) => {
    expect(parseDate(text)).toBe(days)
    expect(formatDate(days)).toBe(text)
  })

  it.each(["2021-02-29", "2021-13-01", "2021-00-01", "2021-01-00", "21-01-01", "2021-1-1", "x"])(
    "%s is no date",
    (text) => expect(parseDate(text)).toBeUndefined()
  )

  it("has no text outside the years 1 to 9999", () => {
    expect(formatDate(-719_163)).toBeUndefined()
    expect(formatDate(2_932_897)).toBeUndefined()
    expect(daysOf(10_000, 1, 1)).toBe(2_932_897)
  })
})

describe("timestamps", () => {
  it.each([
    ["1970-01-01 00:00:00", 0n],
    ["1970-01-01 00:00:00.000001", 1n],
    ["1969-12-31T23:59:59.999999Z", -1n],
    ["2021-09-08 11:11:11", 1_631_099_471_000_000n],
    ["2021-09-08T11:11:11+02:00", 1_631_092_271_000_000n],
    ["2021-09-08T11:11:11.5-0130", 1_631_104_871_500_000n],
    ["2021-09-08", 1_631_059_200_000_000n],
    ["2021-09-08 11:11", 1_631_099_460_000_000n]
  ])("%s is %s microseconds", (text, micros) => expect(parseTimestamp(text)).toBe(micros))

  it.each(["2021-09-08 24:00:00", "2021-09-08 11:60:00", "2021-02-30 00:00:00", "now", ""])("%s is none", (text) =>
    expect(parseTimestamp(text)).toBeUndefined()
  )

  it("are cut towards the past", () => {
    expect(formatTimestamp(-1n, 3)).toBe("1969-12-31T23:59:59.999")
    expect(formatTimestamp(1_999n, 3)).toBe("1970-01-01T00:00:00.001")
    expect(formatTimestamp(1_999n, 6)).toBe("1970-01-01T00:00:00.001999")
    expect(formatTimestamp(2n ** 62n, 6)).toBeUndefined()
  })
})
