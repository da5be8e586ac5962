/**
 * Exports and derived nodes through the real command: flags, reports, exit codes, dry runs.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { picture, PondFolder } from "../support/cli.ts"

/** A folder with a pond that holds a log. */
const withLogs = (): PondFolder => {
  const home = new PondFolder()
  mkdirSync(join(home.path, "logs"))
  writeFileSync(join(home.path, "logs/app.json"), '{"level":"info","ms":1}\n{"level":"warn","ms":2}\n')
  home.text("copy", "host:logs", "/")
  return home
}

it("a dry run of an export tells what it would do and writes nothing anywhere", () => {
  using home = withLogs()
  const to = join(home.path, "lake")
  home.text("add", "export", "lake", "--source", "/logs/*.json", "--to", to, "--partition", "level")
  const before = picture(join(home.path, ".pond/data"))
  const told = home.text("run", "lake", "--dry-run")
  expect(told).toContain("1 new, 0 unchanged; 2 rows added")
  expect(existsSync(to)).toBe(false)
  expect(picture(join(home.path, ".pond/data"))).toEqual(before)
  const [done] = home.run(["run", "lake", "--json"]).stdout.toString().trimEnd().split("\n")
  expect(JSON.parse(done!)).toMatchObject({
    factory: "export",
    rows: { added: 2, removed: 0, total: 2 },
    files: { added: 2, total: 2 },
    foreign: []
  })
})

it("what is wrong with an export is said before it is made", () => {
  using home = withLogs()
  const { code, stderr } = home.run(["add", "export", "lake", "--to", "lake", "--source", "/logs/*.json"])
  expect(code).toBe(1)
  expect(stderr).toContain("no absolute path")
})

it("takes no more memory than it may: of a run, of a machine", () => {
  using home = withLogs()
  const to = join(home.path, "lake")
  const query = "SELECT level, len(list(range)) AS n FROM range(9000000), '/logs/app.json' GROUP BY level"
  home.text("add", "export", "lake", "--query", query, "--to", to)
  const little = home.run(["run", "lake", "--memory", "128"])
  expect(little).toMatchObject({ code: 1 })
  expect(little.stderr).toMatch(
    /Out of Memory Error: .* used\)\. Ask for less, or allow more memory \(--memory, sql\.memory\)\n$/u
  )
  const configured = home.run(["sql", query], { env: { POND_SQL_MEMORY: "128" } })
  expect(configured.stderr).toContain("Ask for less, or allow more memory")
  expect(home.run(["run", "lake", "sync", "--memory", "1"])).toMatchObject({ code: 2 })
})

it("bad lines are left out of an export, and need a person", () => {
  using home = withLogs()
  home.run(["copy", "-", "/logs/bad.json"], { input: '{"level":"x","ms":1}\n{"level"\n' })
  home.text("add", "export", "lake", "--source", "/logs/*.json", "--to", join(home.path, "lake"))
  const ran = home.run(["run", "lake"])
  expect(ran.code).toBe(3)
  expect(ran.stdout.toString()).toContain("/logs/bad.json: 1 bad line left out, the first is line 2")
  home.text(
    "add",
    "export",
    "strict",
    "--source",
    "/logs/*.json",
    "--to",
    join(home.path, "s"),
    "--bad-lines",
    "strict"
  )
  expect(home.run(["run", "strict"])).toMatchObject({ code: 1 })
})

it("a derived node is shown, described, copied and read raw", () => {
  using home = withLogs()
  home.text(
    "add",
    "sql",
    "/reports/levels",
    "--query",
    "SELECT level, max(ms) AS ms FROM '/logs/*.json' GROUP BY level"
  )
  expect(home.text("cat", "/reports/levels")).toContain("warn")
  const raw = home.run(["cat", "/reports/levels", "--format", "raw"]).stdout
  expect(raw.subarray(0, 4).toString()).toBe("PAR1")
  expect(home.text("describe", "/reports/levels")).toMatch(/2 rows/u)
  home.text("copy", "/reports/levels", "host:levels.parquet")
  expect(
    home.text("sql", `SELECT sum(ms)::INTEGER AS n FROM 'host:${join(home.path, "levels.parquet")}'`, "--format", "csv")
  ).toBe("n\n3\n")
})

it("a query that lies in an imported pond is not run here", () => {
  using home = withLogs()
  home.text("--pond", "team", "init")
  home.text("--pond", "team", "add", "sql", "/reports/all", "--query", "SELECT * FROM '/logs/*.json'")
  home.text("remote", "add", "team", join(home.path, "team"), "/imports/team")
  const asked = home.run(["sql", "SELECT * FROM '/imports/team/reports/all'"])
  expect(asked).toMatchObject({ code: 1 })
  expect(asked.stderr).toContain("is no table")
  expect(home.run(["cat", "/imports/team/reports/all"])).toMatchObject({ code: 1 })
})
