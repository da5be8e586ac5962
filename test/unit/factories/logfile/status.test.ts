import { appendFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { expect, it } from "vitest"
import { Running } from "../../../support/logfile/running.ts"

const states = async (mirror: Running) =>
  Object.fromEntries((await mirror.run("status")).report.files.map(({ name, state }) => [name, state]))

it("tells of each file how the mirror stands to the host, from sizes alone", async () => {
  using mirror = await Running.begin()
  for (const name of ["app.log", "app.log.1", "app.log.2", "app.log.3", "app.log.4"]) {
    writeFileSync(mirror.at(name), `${name} and its bytes\n`)
  }
  await mirror.run("sync")
  expect(new Set(Object.values(await states(mirror)))).toEqual(new Set(["mirrored"]))
  appendFileSync(mirror.at("app.log"), "12345")
  writeFileSync(mirror.at("app.log.1"), "less")
  rmSync(mirror.at("app.log.2"))
  await mirror.change((open) => open.append("/logs/app.log.3", new Uint8Array(3)))
  rmSync(mirror.at("app.log.4"))
  symlinkSync("app.log", mirror.at("app.log.4"))
  writeFileSync(mirror.at("app.log.5"), "1234567")
  expect(await states(mirror)).toEqual({
    "app.log": "behind",
    "app.log.1": "differs",
    "app.log.2": "absent",
    "app.log.3": "edited",
    "app.log.4": "unreadable",
    "app.log.5": "new"
  })
  const { isAttention, isCommitted, lines, report } = await mirror.run("status")
  expect({ isAttention, isCommitted }).toEqual({ isAttention: false, isCommitted: false })
  expect(report).toMatchObject({ directory: "/logs", behind: 12 })
  expect(lines.at(-1)).toMatch(/^\/logs: 5 files, \d+ bytes; 12 bytes behind the host$/)
})

it("knows compressed archives, orphans and what was accepted", async () => {
  using mirror = await Running.begin()
  writeFileSync(mirror.at("app.log"), "one\n")
  writeFileSync(mirror.at("app.log.2"), "two\n")
  await mirror.run("sync")
  rmSync(mirror.at("app.log"))
  writeFileSync(mirror.at("app.log.1.gz"), gzipSync("one\nmore\n"))
  writeFileSync(mirror.at("app.log.2"), "another\n")
  await mirror.run("sync")
  await mirror.run("accept", { file: "app.log.2", keep: true })
  writeFileSync(mirror.at("app.log"), "three\n")
  await mirror.run("sync")
  writeFileSync(mirror.at("app.log"), "4\n")
  await mirror.run("sync")
  const found = await states(mirror)
  const orphan = Object.keys(found).find((name) => name.includes("orphan"))!
  expect(found).toEqual({ "app.log": "mirrored", "app.log.1": "mirrored", "app.log.2": "accepted", [orphan]: "orphan" })
})

it("says which directory it could not look at", async () => {
  using mirror = await Running.begin()
  writeFileSync(mirror.at("app.log"), "one\n")
  await mirror.run("sync")
  rmSync(mirror.directory, { recursive: true })
  const { lines, report } = await mirror.run("status")
  expect(report).toMatchObject({
    failures: [{ directory: mirror.directory, code: "ENOENT" }],
    files: [{ state: "absent" }]
  })
  expect(lines[0]).toContain("ENOENT")
})
