import { tableFromIPC } from "apache-arrow"
import { describe, expect, it } from "vitest"
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { picture, PondFolder } from "../support/cli.ts"
import { startPond } from "../support/pond.ts"

const FILES = {
  "t.csv": 'id,text\n1,"a, b"\n2,\n3,"two\nlines"\n',
  "a.json": '{"n":1}\n',
  "b.json.gz": "no archive"
}

const withFiles = () => {
  const home = new PondFolder()
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(home.path, name), text)
  home.text("copy", ...Object.keys(FILES).map((name) => `host:${name}`), "/")
  return home
}

describe("pond sql", () => {
  it("writes rows as a table, JSON, JSON lines, CSV and Parquet", () => {
    using home = withFiles()
    const sql = "SELECT id, text FROM '/t.csv' ORDER BY id"
    const ask = (...flags: ReadonlyArray<string>) => home.text("sql", sql, ...flags)
    expect(ask()).toBe("id  text\n 1  a, b\n 2\n 3  two\\nlines\n")
    expect(ask("--format", "csv")).toBe('id,text\n1,"a, b"\n2,\n3,"two\nlines"\n')
    const rows = [
      { id: 1, text: "a, b" },
      { id: 2, text: null },
      { id: 3, text: "two\nlines" }
    ]
    expect(JSON.parse(ask("--format", "json"))).toStrictEqual(rows)
    expect(ask("--json")).toBe(rows.map((row) => `${JSON.stringify(row)}\n`).join(""))
    const { stderr } = home.run(["sql", "FROM '/t.csv'", "--format", "parquet", "--output", "out.parquet"])
    expect(stderr).toMatch(/^created out\.parquet, \d+ B\n$/u)
    expect(
      home.text(
        "cat",
        "host:out.parquet",
        "--sql",
        "SELECT count(*) AS n, max(text) AS m FROM source",
        "--format",
        "csv"
      )
    ).toBe('n,m\n3,"two\nlines"\n')
    const { stdout } = home.run(["cat", "/t.csv", "--format", "arrow"])
    home.text("sql", sql, "--format", "arrow", "--output", "out.arrow")
    for (const bytes of [stdout, readFileSync(join(home.path, "out.arrow"))]) {
      const table = tableFromIPC(bytes).select(["id", "text"])
      expect(table.toArray().map((row) => ({ ...row }))).toStrictEqual(
        rows.map((row) => ({ ...row, id: BigInt(row.id) }))
      )
    }
    expect(home.run(["cat", "/t.csv", "/a.json", "--sql", "FROM source"])).toMatchObject({ code: 2 })
  })

  it("answers where nothing can be kept beside the pond", () => {
    using home = withFiles()
    const kept = join(home.path, ".pond/control/query")
    rmSync(kept, { recursive: true, force: true })
    writeFileSync(kept, "")
    expect(home.text("sql", "SELECT count(*) AS n FROM '/t.csv'")).toBe("n\n3\n")
    home.text("add", "export", "lake", "--source", "/t.csv", "--to", join(home.path, "lake"))
    expect(home.text("run", "lake")).toContain("3 rows added")
    expect(readFileSync(kept, "utf8")).toBe("")
  })

  it("draws bars and sparklines", () => {
    using home = withFiles()
    const plot = (sql: string, ...flags: ReadonlyArray<string>) => home.run(["sql", "--plot", sql, ...flags])
    const drawn = plot("SELECT text, id FROM '/t.csv' ORDER BY id").stdout.toString().split("\n")
    expect(drawn.map((line) => line.slice(0, 16))).toEqual([
      "a, b        1  █",
      "            2  █",
      "two\\nlines  3  █",
      ""
    ])
    expect(drawn[2]).toHaveLength(80)
    expect(plot("SELECT id FROM '/t.csv' ORDER BY id").stdout.toString()).toBe("▁▅█\n3 values, 1 to 3\n")
    expect(plot("SELECT text FROM '/t.csv'")).toMatchObject({
      code: 1,
      stderr: 'pond: there is nothing to plot: none of the columns "text" holds numbers\n'
    })
    expect(plot("SELECT 1", "--json")).toMatchObject({ code: 2 })
  })

  it("tells what is wrong on one line, and answers without what cannot be read when asked to", () => {
    using home = withFiles()
    const failing = (sql: string, ...flags: ReadonlyArray<string>) => {
      const { code, stderr, stdout } = home.run(["sql", sql, ...flags])
      return [code, stdout.toString(), stderr]
    }
    expect(failing("SELECT nn FROM '/a.json'")).toStrictEqual([
      1,
      "",
      "  SELECT nn FROM '/a.json'\n         ^\n" +
        'pond: Binder Error: Referenced column "nn" not found in FROM clause! Candidate bindings: "n" (character 8 of the statement)\n'
    ])
    expect(JSON.parse(failing("FROM '/c.json'", "--json")[2] as string)).toMatchObject({
      error: { tag: "NoSuchTable", table: "/c.json", nearest: "/a.json", position: 5 }
    })
    expect(failing("SELECT n FROM '/*.json*'")[2]).toContain('"/b.json.gz" cannot be read')
    expect(failing("SELECT n FROM '/*.json*'", "--on-error", "skip")).toStrictEqual([
      1,
      "n\n1\n",
      "/b.json.gz: left out: it is not compressed as its name says\n"
    ])
  })

  it("keeps nothing in a dry run, and asks older states", () => {
    using home = withFiles()
    writeFileSync(join(home.path, "a.json"), '{"n":2}\n')
    home.text("copy", "host:a.json", "/")
    const before = picture(home.path)
    expect(home.text("sql", "SELECT n FROM '/a.json'", "--dry-run", "--output", "x.csv")).toBe("")
    expect(picture(home.path)).toStrictEqual(before)
    expect(existsSync(join(home.path, "x.csv"))).toBe(false)
    home.text("sql", "SELECT n FROM '/a.json'", "--at", "1", "--output", "x.csv")
    expect(readFileSync(join(home.path, "x.csv"), "utf8")).toBe("n\n1\n")
  })

  it("ends at its limits and at Ctrl-C also where the engine does not stop, and keeps nothing open", async () => {
    using home = withFiles()
    const endless = "SELECT levenshtein(repeat('a', 200000), repeat('b', 200000))"
    const run = (sql: string, ...flags: ReadonlyArray<string>) => {
      const child = startPond(["sql", sql, ...flags], { cwd: home.path })
      let stderr = ""
      child.stderr.on("data", (text) => (stderr += String(text)))
      const ended = new Promise<[number | null, string]>((resolve) =>
        child.once("close", (code) => resolve([code, stderr]))
      )
      return { child, ended }
    }
    const late = run(endless, "--timeout", "1")
    expect(await late.ended).toStrictEqual([
      1,
      "pond: the query took more than 1 s and was stopped; ask for less, or allow more\n"
    ])
    const working = () => readdirSync(join(home.path, ".pond/control/query")).some((name) => name.startsWith("work-"))
    expect(working()).toBe(false)
    const interrupted = run(endless)
    const soon = setInterval(() => {
      if (working()) interrupted.child.kill("SIGINT")
    }, 100)
    expect(await interrupted.ended).toStrictEqual([130, ""])
    clearInterval(soon)
    const large = run("SELECT length(array_to_string(range(100000000), ','))", "--memory", "128")
    expect(await large.ended).toStrictEqual([
      1,
      "pond: the query took more than 1280 MB of memory and was stopped; ask for less, or allow more\n"
    ])
    expect(
      readdirSync(join(home.path, ".pond/control/query")).filter((name) => name.startsWith("work-"))
    ).toStrictEqual([])
    expect(home.text("sql", "SELECT 1 AS n")).toBe("n\n1\n")
  })
})
