/**
 * The built command takes JSON lines apart in threads: had it lost them, it would answer all the same, only later.
 */
import { expect, it } from "vitest"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { PondFolder } from "../support/cli.ts"

/** What its footer says that a file was made by. */
const makerOf = (file: string): string => (readFileSync(file).subarray(-4096).includes("DuckDB") ? "DuckDB" : "pond")

it("pond sql takes large JSON logs apart in threads, and nested ones not", () => {
  using home = new PondFolder()
  const line = (at: number): string => `{"at":${at},"level":"info","text":"${"x".repeat(60)}"}\n`
  const flat = Array.from({ length: 60_000 }, (_, at) => line(at)).join("")
  writeFileSync(join(home.path, "flat.json"), flat)
  writeFileSync(join(home.path, "nested.json"), `${flat}{"at":{"deep":1}}\n`)
  home.text("copy", "host:flat.json", "host:nested.json", "/")
  const directory = join(home.path, ".pond", "control", "query")
  const makers = () =>
    readdirSync(directory)
      .filter((name) => name.endsWith(".parquet"))
      .map((name) => makerOf(join(directory, name)))
  const count = (path: string) => home.text("sql", `SELECT count(*) AS n, max(_line) AS last FROM '${path}'`, "--json")
  expect(JSON.parse(count("/flat.json"))).toStrictEqual({ n: 60_000, last: 60_000 })
  expect(makers()).toStrictEqual(["pond"])
  expect(JSON.parse(count("/nested.json"))).toStrictEqual({ n: 60_001, last: 60_001 })
  expect(makers().toSorted()).toStrictEqual(["DuckDB", "pond"])
})
