import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { expect, it } from "vitest"
import { gzipSync } from "node:zlib"
import { Running } from "../../../support/logfile/running.ts"

/** A mirror with an archive that the host has changed since. */
const disputed = async (): Promise<Running> => {
  const mirror = await Running.begin()
  writeFileSync(mirror.at("app.log"), "a line\n")
  writeFileSync(mirror.at("app.log.1"), "first\n")
  await mirror.run("sync")
  writeFileSync(mirror.at("app.log.1"), "second\n")
  const { isAttention, report } = await mirror.run("sync")
  expect(report.files.map(({ outcome }) => outcome)).toEqual(["unchanged", "changed"])
  expect(isAttention).toBe(true)
  return mirror
}

it("--keep: the mirror's bytes stay, and nobody is told again until the host's file is another", async () => {
  using mirror = await disputed()
  const { isCommitted, report } = await mirror.run("accept", { file: "app.log.1", keep: true })
  expect(report).toMatchObject({ decision: "keep", size: 6, path: "/logs/app.log.1" })
  expect(isCommitted).toBe(true)
  for (let round = 0; round < 2; round++) {
    expect(await mirror.run("sync")).toMatchObject({ isAttention: false, isCommitted: false })
  }
  expect(await mirror.read("app.log.1")).toBe("first\n")
  expect((await mirror.run("accept", { file: "app.log.1", keep: true })).isCommitted).toBe(false)
  writeFileSync(mirror.at("app.log.1"), "third\n")
  expect((await mirror.run("sync")).isAttention).toBe(true)
})

it("--keep: the entry goes on as before when the host has the mirror's bytes again", async () => {
  using mirror = await disputed()
  await mirror.run("accept", { file: "app.log.1", keep: true })
  writeFileSync(mirror.at("app.log.1"), "first\nand more\n")
  expect((await mirror.run("sync")).report.files[1]).toMatchObject({ outcome: "late-append", bytes: 9 })
})

it("--take: the host's bytes are the newest version, and the older ones stay", async () => {
  using mirror = await disputed()
  const { report } = await mirror.run("accept", { file: "app.log.1", take: true })
  expect(report).toMatchObject({ decision: "take", size: 7 })
  expect(await mirror.read("app.log.1")).toBe("second\n")
  expect(await mirror.read("app.log.1", 1)).toBe("first\n")
  expect(await mirror.run("sync")).toMatchObject({ isAttention: false, isCommitted: false })
})

it("--take: what a compressed archive decompresses to", async () => {
  using mirror = await disputed()
  rmSync(mirror.at("app.log.1"))
  writeFileSync(mirror.at("app.log.1.gz"), gzipSync("first\nmore\n"))
  await mirror.run("sync")
  writeFileSync(mirror.at("app.log.1.gz"), gzipSync("another\n"))
  expect((await mirror.run("sync")).isAttention).toBe(true)
  await mirror.run("accept", { file: "app.log.1.gz", take: true })
  expect(await mirror.read("app.log.1")).toBe("another\n")
  expect(await mirror.run("sync")).toMatchObject({ isAttention: false, isCommitted: false })
})

it("says what there is not to accept, and changes nothing", async () => {
  using mirror = await disputed()
  expect(await mirror.failure("accept", { file: "app.log.1" })).toContain("--keep")
  expect(await mirror.failure("accept", { file: "app.log.1", keep: true, take: true })).toContain("say who is right")
  expect(await mirror.failure("accept", { file: "app.log", take: true })).toContain(
    "an active file is never in dispute"
  )
  expect(await mirror.failure("accept", { file: "app.log.9", keep: true })).toContain("no such file")
  writeFileSync(mirror.at("app.log.1"), "first\n")
  expect(await mirror.failure("accept", { file: "app.log.1", keep: true })).toContain("agree")
  rmSync(mirror.at("app.log.1"))
  expect(await mirror.failure("accept", { file: "app.log.1", take: true })).toContain("the host does not have it")
  mkdirSync(mirror.at("app.log.1"))
  expect(await mirror.failure("accept", { file: "app.log.1", take: true })).toContain("no file")
  expect(await mirror.read("app.log.1")).toBe("first\n")
})

it("leaves files that were edited in the pond to the next sync", async () => {
  using mirror = await disputed()
  await mirror.change((open) => open.write("/logs/app.log.1", new TextEncoder().encode("edited")))
  expect(await mirror.failure("accept", { file: "app.log.1", keep: true })).toContain("edited in the pond")
})
