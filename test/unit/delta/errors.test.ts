import { describe, expect, it } from "@effect/vitest"
import {
  CommitConflict,
  CommitRefused,
  CommitUncertain,
  DataFileDamaged,
  DataFileMissing,
  LogDamaged,
  Malformed,
  MissingVersion,
  NotATable,
  reasonOf,
  StaleSnapshot,
  TableExists,
  Unsupported,
  UnsupportedFeature
} from "../../../src/delta/errors.ts"

const url = "s3://bucket/table"

describe("messages", () => {
  it.each([
    [new NotATable({ url }), /no entry in its _delta_log\. Check the URL/],
    [new TableExists({ url }), /open it, or choose another place/],
    [
      new UnsupportedFeature({ url, access: "reading", feature: 'the table feature "x"' }),
      /reading the table .* needs the table feature "x".*Upgrade/
    ],
    [
      new LogDamaged({ url, version: 7, file: "7.json", why: "it is empty" }),
      /version 7 \(_delta_log\/7\.json\): it is empty\. Restore/
    ],
    [new MissingVersion({ url, requested: "version 9", earliest: 2, latest: 7 }), /no version 9: .* are 2 to 7/],
    [new MissingVersion({ url, requested: "version 9", earliest: null, latest: null }), /unknown/],
    [
      new CommitConflict({ url, version: 7, reason: "rebase", detail: "both moved x" }),
      /lost to version 7: both moved x\. Nothing was changed/
    ],
    [new CommitRefused({ url, why: "it removes x" }), /not allowed: it removes x/],
    [
      new CommitUncertain({ url, version: 7, txnId: "abc", cause: new Error("gone") }),
      /not known whether version 7 .*txnId is abc, otherwise repeat/
    ],
    [
      new DataFileDamaged({ url, path: "a\nb", why: "it is cut" }),
      /"a\\nb" .* damaged: it is cut\. Restore .* other files stay readable/
    ],
    [new DataFileMissing({ url, path: "a" }), /"a" .* is missing\. Restore/],
    [
      new StaleSnapshot({ url, version: 3, missing: "a" }),
      /at version 3 has expired: "a" was removed since\. Open the table again/
    ]
  ])("say where, why and what to do: $_tag", (error, message) => {
    expect(error.message).toContain(url)
    expect(error.message).toMatch(message)
    expect(error.message).not.toMatch(/\n/)
  })
})

describe("reasonOf", () => {
  it("gives the words of whatever was thrown", () => {
    expect(reasonOf(new Malformed("torn"))).toBe("torn")
    expect(reasonOf(new Unsupported("vectors"))).toBe("vectors")
    expect(reasonOf("text")).toBe("text")
  })
})
