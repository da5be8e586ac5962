/**
 * What people type to name a state or a file.
 */
import { describe, expect, it } from "vitest"
import { parsePoint, parseTime } from "../../../../src/cli/diff/point.ts"

const MORNING = Date.UTC(2026, 10, 21, 8, 30) * 1000

describe("parseTime", () => {
  it.each([
    ["2026-11-21", Date.UTC(2026, 10, 21) * 1000],
    ["2026-11-21T08:30", MORNING],
    ["2026-11-21 08:30", MORNING],
    ["2026-11-21T08:30:00Z", MORNING],
    ["2026-11-21T08:30:00.000001Z", MORNING + 1],
    ["2026-11-21T08:30:00.5", MORNING + 500_000],
    ["2026-11-21T10:30+02:00", MORNING],
    ["2026-11-21T10:30:00.25+0200", MORNING + 250_000],
    ["2026-13-01", undefined],
    ["2026-11-21T25:00", undefined],
    ["21.11.2026", undefined],
    ["yesterday", undefined]
  ])("reads %s", (text, micros) => {
    expect(parseTime(text)).toBe(micros)
  })
})

describe("parsePoint", () => {
  it.each([
    ["7", { kind: "txn", txn: 7 }],
    ["head", { kind: "txn", txn: Infinity }],
    ["2026-11-21T08:30", { kind: "time", timeMicros: MORNING }],
    ["/a.csv", { kind: "path", path: "/a.csv", version: undefined }],
    ["a.csv@3", { kind: "path", path: "a.csv", version: 3 }],
    ["/a@b", { kind: "path", path: "/a@b", version: undefined }],
    ["/a@b@2", { kind: "path", path: "/a@b", version: 2 }],
    ["@400000006563ff1b0d5e2f24.s", { kind: "path", path: "@400000006563ff1b0d5e2f24.s", version: undefined }],
    ["./7", { kind: "path", path: "./7", version: undefined }]
  ])("reads %s", (text, point) => {
    expect(parsePoint(text)).toEqual(point)
  })
})
