import { Schema } from "effect"
import { expect, it } from "vitest"
import type { Outcome } from "../../../../src/factories/logfile/plan.ts"
import { linesOf, reportOf, SyncReport } from "../../../../src/factories/logfile/report.ts"

const outcomes: ReadonlyArray<Outcome> = [
  { name: "a", code: "unchanged", entry: "a", addedBytes: 0, shape: { sizeBytes: 5, hash: "aa" } },
  { name: "b\n", code: "new", entry: "b\n", addedBytes: 900, shape: { sizeBytes: 900, hash: "bb" } },
  {
    name: "c.gz",
    code: "rotated",
    entry: "c",
    addedBytes: 5 * 1024 ** 2,
    shape: { sizeBytes: 9, hash: "cc" },
    detail: "was d"
  },
  { name: "e", code: "error:EIO", addedBytes: 0, detail: "read failed" }
]

it("tells every file, where it is in the pond, and sums up", () => {
  const report = reportOf(outcomes, "/logs")
  expect(Schema.decodeUnknownSync(SyncReport)(JSON.parse(JSON.stringify(report)))).toStrictEqual(report)
  expect(report.files.map(({ path, size }) => [path, size])).toStrictEqual([
    ["/logs/a", 5],
    ["/logs/b\n", 900],
    ["/logs/c", 9],
    [null, null]
  ])
  expect(report.summary).toStrictEqual({
    files: 4,
    bytes: 900 + 5 * 1024 ** 2,
    attention: 1,
    outcomes: { "error:EIO": 1, new: 1, rotated: 1, unchanged: 1 }
  })
})

it("is read by people without what stayed as it was", () => {
  expect(linesOf(reportOf(outcomes, "/logs"))).toStrictEqual([
    "new        b\n  +900 B",
    "rotated    c.gz  +5.0 MiB  (was d)",
    "error:EIO  e  (read failed)",
    "1 error:EIO, 1 new, 1 rotated, 1 unchanged; 5.0 MiB added"
  ])
  expect(linesOf(reportOf([], "/logs"))).toStrictEqual(["no files match the patterns"])
})
