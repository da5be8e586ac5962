/**
 * Contents can be had and checked without Pond: every blob, decompressed by `zstd`, hashes to its name with `b3sum`, and so does what Pond
 * says a file's hash is.
 */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { openPond } from "../../../src/index.ts"
import { writeHistory } from "../../support/interop/history.ts"
import { Folder, shell } from "../../support/pond.ts"

const folder = new Folder()
afterAll(() => folder[Symbol.dispose]())
const url = join(folder.path, "pond")

beforeAll(() => writeHistory(url, 150))

/** What a line of Bash prints, which must end well. */
const printed = (script: string, input?: Uint8Array): string => {
  const { code, stderr, stdout } = shell(`set -o pipefail; ${script}`, {
    cwd: url,
    ...(input === undefined ? {} : { input })
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
  return stdout.toString().trim()
}

const blobs = () =>
  readdirSync(join(url, "data/_blobs"), { recursive: true, encoding: "utf8" }).filter((name) => name.includes("/"))

it("R5: a blob decompressed by zstd hashes to its name", () => {
  const compressed = blobs().filter((name) => name.endsWith(".zst"))
  expect(compressed.length).toBeGreaterThan(2)
  for (const name of compressed) {
    expect(printed(`zstd --quiet --test data/_blobs/${name}`)).toBe("")
    expect(`${printed(`zstd -dc data/_blobs/${name} | b3sum --no-names`)}.zst`).toBe(name.slice(3))
  }
})

it("R5: a blob that does not compress is the bytes themselves", () => {
  const raw = blobs().filter((name) => !name.includes("."))
  expect(raw.length).toBeGreaterThan(0)
  for (const name of raw) expect(printed(`b3sum --no-names data/_blobs/${name}`)).toBe(name.slice(3))
})

it("R5: the hash of every file is what b3sum prints, however its bytes arrived", async () => {
  await using pond = await openPond(url)
  const head = await pond.head()
  const files = (await head.glob("/**")).filter(
    ({ node }) => node.content !== undefined && node.type !== "table-series"
  )
  expect(files.length).toBeGreaterThan(50)
  for (const { node, path } of files) {
    expect([path, printed("b3sum --no-names", await head.readBytes(path))]).toEqual([path, node.content!.hash])
  }
})
