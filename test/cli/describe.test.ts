/**
 * What `pond describe` tells of rows.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Description } from "../../src/cli/describe/describe.ts"
import { PondFolder } from "../support/cli.ts"

const LOG = [
  '{"time":"2026-11-20T10:00:00Z","level":"info","ms":1.5,"big":9007199254740993,"tags":["a"]}',
  '{"time":"2026-11-20T11:00:00Z","level":"warn","ms":-3,"big":1,"tags":[]}',
  "no JSON",
  '{"time":"2026-11-20T12:00:00Z","level":"info","ms":null,"big":2,"tags":null}',
  ""
].join("\n")

const FILES = {
  "app.jsonl": LOG,
  "t.csv": "id,same\n1,5\n2,5\n",
  "header.csv": "id,text\n",
  odd: "a;b\n1;2\n",
  "blob.bin": Buffer.from([1, 0, 2, 10, 3]),
  empty: "",
  "broken.csv.gz": "no archive"
}

const withFiles = () => {
  const home = new PondFolder()
  for (const [name, content] of Object.entries(FILES)) writeFileSync(join(home.path, name), content)
  home.text("copy", ...Object.keys(FILES).map((name) => `host:${name}`), "/")
  return home
}

describe("pond describe", () => {
  it("tells of the rows of every file what they are like", () => {
    using home = withFiles()
    const { code, stdout } = home.run(["describe", "/*", "--json"])
    const told = new Map(
      stdout
        .toString()
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Description)
        .map((one) => [one.path, one])
    )
    // A file that cannot be read is told, and so are the others.
    expect(code).toBe(1)
    expect(told.get("/broken.csv.gz")).toMatchObject({ unreadable: "it is not compressed as its name says" })
    const { columns, ...counts } = told.get("/app.jsonl")!.rows!
    expect(counts).toEqual({ format: "jsonl", rows: 3, badLines: 1, lastLine: 4 })
    const ends = [1, ...Array.from({ length: 14 }, () => 0), 1]
    expect(columns).toEqual([
      {
        name: "time",
        type: "TIMESTAMP",
        nulls: 0,
        distinct: 3,
        min: "2026-11-20 10:00:00",
        max: "2026-11-20 12:00:00",
        spread: ends.with(8, 1)
      },
      { name: "level", type: "VARCHAR", nulls: 0, distinct: 2, min: "info", max: "warn" },
      { name: "ms", type: "DOUBLE", nulls: 1, distinct: 2, min: "-3.0", max: "1.5", spread: ends },
      {
        name: "big",
        type: "BIGINT",
        nulls: 0,
        distinct: 3,
        min: "1",
        max: "9007199254740993",
        spread: ends.with(0, 2)
      },
      { name: "tags", type: "VARCHAR[]", nulls: 1, distinct: 2, min: null, max: null }
    ])
    // What does not vary has no spread.
    expect(told.get("/t.csv")!.rows!.columns.map(({ spread }) => spread)).toEqual([ends, undefined])
    expect(told.get("/header.csv")!.rows).toMatchObject({ rows: 0, columns: [{ min: null }, { max: null }] })
    for (const path of ["/blob.bin"]) expect(told.get(path)).not.toHaveProperty("rows")
    expect(told.get("/empty")!.rows).toMatchObject({ rows: 0 })
  })

  it("reads a format that is given, older states, and with --quick no bytes", () => {
    using home = withFiles()
    const rows = (...args: ReadonlyArray<string>) => home.json(Description, "describe", ...args).rows
    expect(rows("/odd")).toMatchObject({ format: "lines", rows: 2 })
    expect(rows("csv:///odd")).toMatchObject({ format: "csv", rows: 1, columns: [{ name: "a" }, { name: "b" }] })
    expect(rows("--quick", "/t.csv")).toBeUndefined()
    home.run(["copy", "-", "/t.csv"], { input: "id\n1\n2\n3\n" })
    expect(rows("/t.csv")).toMatchObject({ rows: 3 })
    expect(rows("/t.csv", "--at", "1")).toMatchObject({ rows: 2 })
    expect(home.text("describe", "/t.csv")).toMatch(/\n {2}rows +3 rows, the last begins on line 4\n/u)
  })
})
