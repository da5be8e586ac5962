/**
 * The count that continuous integration ends with: nothing that did not run may look like success.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { ROOT } from "./support/root.ts"

const folder = mkdtempSync(join(tmpdir(), "pond-ci-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The report of a run of test files, each given by the states of its tests. */
const report = (name: string, ...files: ReadonlyArray<ReadonlyArray<string>>): string => {
  const path = join(folder, name)
  const testResults = files.map((states) => ({
    name: "a.test.ts",
    message: "does not parse",
    status: states.length === 0 || states.includes("failed") ? "failed" : "passed",
    assertionResults: states.map((status) => ({ status }))
  }))
  writeFileSync(path, JSON.stringify({ testResults }))
  return path
}

const summary = (...reports: ReadonlyArray<string>): readonly [number | null, string | undefined] => {
  const ran = spawnSync(process.execPath, [join(ROOT, ".ci/summary.mjs"), ...reports], { encoding: "utf8" })
  return [ran.status, ran.stdout.trimEnd().split("\n").at(-1)]
}

describe(".ci/summary.mjs", () => {
  it("adds up the reports", () => {
    const reports = [report("a.json", ["passed", "passed"], ["passed"]), report("b.json", ["passed"])]
    expect(summary(...reports)).toEqual([0, "4 passed, 0 failed, 0 skipped"])
  })

  it("counts every state that is neither passed nor failed as skipped", () => {
    expect(summary(report("c.json", ["passed", "skipped", "pending", "todo"]))).toEqual([
      0,
      "1 passed, 0 failed, 3 skipped"
    ])
  })

  it.each([
    ["a failed test", () => report("d.json", ["passed", "failed"])],
    ["a file that did not get as far as its tests", () => report("e.json", ["passed"], [])],
    ["a missing report", () => join(folder, "missing.json")]
  ])("fails for %s", (_what, make) => {
    expect(summary(report("f.json", ["passed"]), make())[1]).toMatch(/^[12] passed, 1 failed, 0 skipped$/)
    expect(summary(make())[0]).toBe(1)
  })

  it("fails when no test ran", () => {
    expect(summary(report("g.json"))).toEqual([1, "0 passed, 0 failed, 0 skipped"])
  })
})
