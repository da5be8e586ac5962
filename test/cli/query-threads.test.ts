/**
 * The built command takes JSON lines apart in threads: had it lost them, it would answer all the same, only later.
 */
import { expect, it } from "vitest"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { constants, zstdCompressSync } from "node:zlib"
import { PondFolder } from "../support/cli.ts"

/** What its footer says that a file was made by. */
const makerOf = (file: string): string => (readFileSync(file).subarray(-4096).includes("DuckDB") ? "DuckDB" : "pond")

it("pond sql takes JSON logs apart, large ones in threads, and nested ones not", () => {
  using home = new PondFolder()
  const line = (at: number): string => `{"at":${at},"level":"info","text":"${"x".repeat(60)}"}\n`
  const flat = Array.from({ length: 60_000 }, (_, at) => line(at)).join("")
  writeFileSync(join(home.path, "flat.json"), flat)
  writeFileSync(join(home.path, "nested.json"), `${flat}{"at":{"deep":1}}\n`)
  // Of the last piece that is unpacked there are but a few bytes.
  writeFileSync(join(home.path, "little-more.json"), `{"at":123,"text":"${"x".repeat(43)}"}\n`.repeat(65_537))
  writeFileSync(join(home.path, "small.json"), flat.slice(0, line(0).length))
  home.text("copy", "host:flat.json", "host:nested.json", "host:little-more.json", "host:small.json", "/")
  const directory = join(home.path, ".pond", "control", "query")
  const makers = () =>
    readdirSync(directory)
      .filter((name) => name.endsWith(".parquet"))
      .map((name) => makerOf(join(directory, name)))
  const count = (path: string) => home.text("sql", `SELECT count(*) AS n, max(_line) AS last FROM '${path}'`, "--json")
  expect(JSON.parse(count("/flat.json"))).toStrictEqual({ n: 60_000, last: 60_000 })
  expect(JSON.parse(count("/little-more.json"))).toStrictEqual({ n: 65_537, last: 65_537 })
  expect(JSON.parse(count("/small.json"))).toStrictEqual({ n: 1, last: 1 })
  expect(makers()).toStrictEqual(["pond", "pond", "pond"])
  expect(JSON.parse(count("/nested.json"))).toStrictEqual({ n: 60_001, last: 60_001 })
  expect(makers().toSorted()).toStrictEqual(["DuckDB", "pond", "pond", "pond"])
})

it("what somebody wrote into a blob is no row, whatever thread unpacked it; other files are answered when asked to", () => {
  using home = new PondFolder()
  const MiB = 1024 * 1024
  // Lines of 64 bytes: all frames of 1 MiB are alike, and another digit in each line makes one of the same length.
  const lines = (user: number, count: number): string => `{"user":${user},"text":"${"x".repeat(43)}"}\n`.repeat(count)
  writeFileSync(join(home.path, "forged.json"), lines(1, (10 * MiB) / 64))
  writeFileSync(join(home.path, "sound.json"), lines(2, 80_000))
  home.text("copy", "host:forged.json", "host:sound.json", "/")
  const blobs = join(home.path, ".pond/data/_blobs")
  const files = readdirSync(blobs, { recursive: true, encoding: "utf8" }).map((name) => join(blobs, name))
  const frame = (user: number): Buffer => {
    const params = { [constants.ZSTD_c_compressionLevel]: 1 }
    return zstdCompressSync(lines(user, MiB / 64), { params, pledgedSrcSize: MiB })
  }
  const blob = files.find((file) => file.endsWith(".zst") && readFileSync(file).includes(frame(1)))!
  const bytes = readFileSync(blob)
  expect([frame(9).length, bytes.indexOf(frame(1), 6 * frame(1).length)]).toEqual([
    frame(1).length,
    6 * frame(1).length
  ])
  bytes.set(frame(9), 6 * frame(1).length)
  writeFileSync(blob, bytes)
  const sum = 'SELECT sum("user") AS users, max("user") AS most FROM \'/*.json\''
  const damage = /\/forged\.json.*bytes 6291456 to/su
  expect(home.run(["sql", sum, "--json"])).toMatchObject({ code: 1, stderr: expect.stringMatching(damage) })
  const { code, stderr, stdout } = home.run(["sql", sum, "--json", "--on-error", "skip"])
  expect([code, JSON.parse(stdout.toString())]).toEqual([1, { users: 160_000, most: 2 }])
  expect(stderr).toMatch(damage)
})
