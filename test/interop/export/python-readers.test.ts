/**
 * Exported tables, after additions, a rewriting, a deletion, a new column and a compaction: delta-rs, Arrow, Polars and DuckDB read the rows that
 * Pond has, and the programs of the guide print what it says.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { PondFolder } from "../../support/cli.ts"
import { Documented } from "../../support/interop/documented.ts"
import { python } from "../../support/interop/python.ts"

it("the programs of the guide print what it says", () => {
  using guide = new Documented("docs/export.md")
  const programs = guide.programs(false)
  expect(programs.length).toBeGreaterThan(3)
  expect(guide.prints("python", programs)).toBe(programs.map(({ output }) => output).join(""))
})

const line = (value: object): string => `${JSON.stringify(value)}\n`

it("every engine has the rows that Pond has", () => {
  using home = new PondFolder()
  const host = join(home.path, "app.log")
  writeFileSync(host, "")
  home.text("add", "logfile", "logs", "--active", host, "--archived", `${host}.*`, "--pond-path", "/logs")
  const source = "jsonl:///logs/*"
  const targets = { delta: join(home.path, "delta"), parquet: join(home.path, "plain é") }
  for (const [format, to] of Object.entries(targets)) {
    home.text(
      "add",
      "export",
      format,
      "--source",
      source,
      "--to",
      to,
      "--format",
      format,
      "--partition",
      "date",
      "--partition",
      "level"
    )
  }
  const exportAll = (): void => {
    home.text("run", "logs")
    for (const format of Object.keys(targets)) home.text("run", format)
  }
  for (let at = 0; at < 12; at += 1) {
    const day = String(10 + (at % 3))
    const more = at > 5 ? { user: `ann ${at} "é"`, tags: [`a${at}`, null] } : {}
    const row = {
      time: `2026-11-${day}T10:00:00.${100 + at}Z`,
      level: at % 4 === 0 ? null : `l/${at % 2}`,
      ms: at / 4,
      big: 2 ** 40 + at
    }
    writeFileSync(host, line({ ...row, ...more }), { flag: "a" })
    if (at % 2 === 0) exportAll()
  }
  // Rotation, and a log that begins again.
  writeFileSync(`${host}.1`, readFileSync(host))
  writeFileSync(host, line({ time: "2026-11-20T00:00:00Z", level: "l/1", ms: 1, big: 1 }))
  exportAll()
  const sql =
    'SELECT CAST(time AS DATE)::VARCHAR AS date, level, ms, "user", epoch_us(time) AS us, big, tags ' +
    `FROM '${source}'`
  const asked = home
    .text("sql", sql, "--format", "jsonl")
    .trimEnd()
    .split("\n")
    .map((text) => Object.values(JSON.parse(text) as object))
  const expected = asked.map((row) => JSON.stringify(row)).toSorted()
  expect(expected.length).toBe(13)
  const said = python("export.py", targets.delta, targets.parquet) as Readonly<Record<string, ReadonlyArray<unknown>>>
  expect(Object.keys(said)).toHaveLength(6)
  for (const [engine, rows] of Object.entries(said)) {
    expect([engine, rows.map((row) => JSON.stringify(row)).toSorted()]).toEqual([engine, expected])
  }
  // What delta-rs makes of a table is a table; Pond does not know the rows in its files, and says so.
  const times = python("optimize.py", targets.delta) as { readonly slow: number; readonly files: number }
  expect(times.slow).toBe(expected.filter((text) => (JSON.parse(text) as ReadonlyArray<unknown>)[2] === 1.5).length)
  const refused = home.run(["run", "delta"])
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain("was removed by another program")
  expect(home.text("run", "delta", "rebuild")).toContain("the table was written anew: this was asked for")
  const again = python("export.py", targets.delta, targets.parquet) as Readonly<Record<string, ReadonlyArray<unknown>>>
  expect(again["delta-rs"]!.map((row) => JSON.stringify(row)).toSorted()).toEqual(expected)
})
