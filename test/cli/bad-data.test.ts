/**
 * Statements and files with something wrong in them, through the real command: each is named, bounded, and the others answer when asked to.
 */
import { describe, expect, it } from "vitest"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { PondFolder } from "../support/cli.ts"

const GOOD = '{"n":1}\n'
const LONG = 10 * 1024 * 1024

const FILES: Readonly<Record<string, string | Uint8Array>> = {
  "good.json": GOOD,
  "table.csv": "n,name\n2,two\n",
  "cut.json.gz": gzipSync(GOOD.repeat(1000)).subarray(0, 40),
  "flipped.json.gz": gzipSync(Buffer.from(GOOD.repeat(1000))).map((byte, at) => (at === 30 ? byte ^ 255 : byte)),
  "no.json.gz": GOOD,
  "cut.json.zst": zstdCompressSync(GOOD.repeat(1000)).subarray(0, 20),
  "some.json.bz2": "BZh91AY&SY",
  "some.json.xz": "\xfd7zXZ",
  "no.parquet": "PAR1",
  "latin.json": Buffer.from('{"name":"caf\xe9"}\n{"name":"plain"}\n', "latin1"),
  "latin.csv": Buffer.from("name\ncaf\xe9\nplain\n", "latin1"),
  "long.json": `${JSON.stringify({ n: 3, text: "x".repeat(LONG) })}\n${GOOD}`,
  "long.csv": `n,text\n3,${"x".repeat(LONG)}\n1,y\n`,
  "long.txt": `${"x".repeat(LONG)}\nshort\n`,
  "mixed.txt": '{"n":1}\na,b\n1,2\n'
}

const withFiles = (): PondFolder => {
  const home = new PondFolder()
  for (const [name, bytes] of Object.entries(FILES)) writeFileSync(join(home.path, name), bytes)
  home.text("copy", ...Object.keys(FILES).map((name) => `host:${name}`), "/d/")
  return home
}

describe("pond sql, given what is wrong,", () => {
  it("marks the place in the statement, with what may have been meant", () => {
    using home = withFiles()
    const said = (sql: string) => {
      const { code, stderr } = home.run(["sql", sql])
      expect(code).toBe(1)
      return stderr
    }
    expect(said("SELECT n,\n  nme FROM '/d/table.csv'")).toBe(
      "    nme FROM '/d/table.csv'\n    ^\n" +
        'pond: Binder Error: Referenced column "nme" not found in FROM clause! Candidate bindings: "name", "n" (character 13 of the statement)\n'
    )
    expect(said("SELECT '日本' FORM '/d/good.json'")).toBe(
      "  SELECT '日本' FORM '/d/good.json'\n                     ^\n" +
        `pond: syntax error at or near "'/d/good.json'" (character 18 of the statement)\n`
    )
    expect(said("FROM '/d/good.jsn'")).toBe(
      "  FROM '/d/good.jsn'\n       ^\n" +
        'pond: "/d/good.jsn" (character 6 of the statement) is no table: nothing in the pond matches it. Did you mean "/d/good.json"?\n'
    )
    expect(
      said(`SELECT ${"1, ".repeat(40)}nme, n FROM '/d/table.csv' WHERE n > 1 ORDER BY n`)
        .split("\n")
        .slice(0, 2)
    ).toEqual([`  …${"1, ".repeat(17).slice(1)}nme, n FROM '/d/table.csv…`, `  ${" ".repeat(51)}^`])
    expect(said("FROM '/nothing/*.json'")).toContain(
      '"/nothing/*.json" (character 6 of the statement) is no table: nothing'
    )
    expect(said("SELECT lenght('x')")).toContain('Did you mean "len')
    expect(JSON.parse(home.run(["sql", "SELECT nn FROM '/d/good.json'", "--json"]).stderr)).toMatchObject({
      error: { tag: "QueryFailed", position: 7 }
    })
  })

  it("names each file that cannot be read, and answers without them when asked to", () => {
    using home = withFiles()
    const failing = home.run(["sql", "SELECT n FROM '/d/*.json*'"])
    expect([failing.code, failing.stdout.toString()]).toStrictEqual([1, ""])
    expect(failing.stderr).toMatch(/^pond: "\/d\/[a-z]+\.json\.[a-z0-9]+" cannot be read/u)
    const { code, stderr, stdout } = home.run([
      "sql",
      "SELECT _1, n FROM '/d/*.*' WHERE n < 3 ORDER BY ALL",
      "--on-error",
      "skip"
    ])
    expect([code, stdout.toString()]).toStrictEqual([1, "_1     n\ngood   1\nlong   1\nlong   1\ntable  2\n"])
    expect(stderr.split("\n").toSorted()).toStrictEqual([
      "",
      "/d/cut.json.gz: left out: unexpected end of file",
      "/d/cut.json.zst: left out: unexpected end of file",
      "/d/flipped.json.gz: left out: invalid bit length repeat",
      "/d/latin.csv: 1 bad line left out, the first is line 2: not UTF-8",
      "/d/latin.json: 1 bad line left out, the first is line 1: not UTF-8",
      "/d/no.json.gz: left out: it is not compressed as its name says",
      "/d/no.parquet: left out: File 'segment' too small to be a Parquet file",
      "/d/some.json.bz2: left out: .bz2 cannot be decompressed here",
      "/d/some.json.xz: left out: .xz cannot be decompressed here"
    ])
  })

  it("reads lines of 10 MB within memory, and rows of formats that differ in one glob", () => {
    using home = withFiles()
    const ask = (sql: string) => home.text("sql", sql, "--format", "csv", "--memory", "256")
    expect(
      ask(
        "SELECT 'json' AS f, n, length(text) AS l FROM '/d/long.json' UNION ALL SELECT 'csv', n, length(text) FROM '/d/long.csv' " +
          "UNION ALL SELECT 'txt', _line, length(line) FROM '/d/long.txt' ORDER BY ALL"
      ).split("\n")
    ).toStrictEqual(["f,n,l", "csv,1,1", `csv,3,${LONG}`, "json,1,", `json,3,${LONG}`, `txt,1,${LONG}`, "txt,2,5", ""])
    expect(
      ask(
        "SELECT _path, n, name, (SELECT count(*) FROM '/d/mixed.txt') AS mixed FROM '/d/{good.json,table.csv}' ORDER BY n"
      )
    ).toBe("_path,n,name,mixed\n/d/good.json,1,,3\n/d/table.csv,2,two,3\n")
  })
})
