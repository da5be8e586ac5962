import { appendFileSync, openSync, closeSync, rmSync, writeFileSync, writeSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { expect, it } from "vitest"
import { Running } from "../../../support/logfile/running.ts"

const MiB = 1024 * 1024

const outcomes = async (mirror: Running, flags: Readonly<Record<string, unknown>> = { host: true }) => {
  const { isAttention, report } = await mirror.run("verify", flags)
  return { ...Object.fromEntries(report.files.map(({ name, outcome }) => [name, outcome])), isAttention }
}

it("reads everything of the pond, and with --host everything of the host", async () => {
  using mirror = await Running.begin()
  for (const name of ["app.log", "app.log.1", "app.log.2", "app.log.3"]) writeFileSync(mirror.at(name), `${name}\n`)
  await mirror.run("sync")
  expect(await outcomes(mirror, {})).toMatchObject({ "app.log": "sound", "app.log.3": "sound", isAttention: false })
  expect(await outcomes(mirror)).toMatchObject({ "app.log": "same", "app.log.3": "same", isAttention: false })
  appendFileSync(mirror.at("app.log"), "more\n")
  rmSync(mirror.at("app.log.1"))
  writeFileSync(mirror.at("app.log.2"), "other\n")
  writeFileSync(mirror.at("app.log.4"), "new\n")
  const { isCommitted, report } = await mirror.run("verify", { host: true })
  expect({ isCommitted, unmirrored: report.unmirrored }).toEqual({ isCommitted: false, unmirrored: ["app.log.4"] })
  expect(await outcomes(mirror)).toEqual({
    "app.log": "behind",
    "app.log.1": "absent",
    "app.log.2": "differs",
    "app.log.3": "same",
    isAttention: true
  })
  await mirror.run("accept", { file: "app.log.2", keep: true })
  expect(await outcomes(mirror)).toMatchObject({ "app.log.2": "accepted", isAttention: false })
})

it("names a file whose middle was rewritten in place, which a sync that skips work passes over (LP19)", async () => {
  using mirror = await Running.begin()
  writeFileSync(mirror.at("app.log"), Buffer.alloc(4 * MiB, "line of a log\n"))
  await mirror.run("sync")
  const descriptor = openSync(mirror.at("app.log"), "r+")
  writeSync(descriptor, "XXXX", 2 * MiB)
  closeSync(descriptor)
  appendFileSync(mirror.at("app.log"), "tail\n")
  expect((await mirror.run("sync")).report.files[0]).toMatchObject({ outcome: "appended" })
  expect(await outcomes(mirror, {})).toMatchObject({ "app.log": "sound" })
  expect(await outcomes(mirror)).toMatchObject({ "app.log": "differs", isAttention: true })
})

it("compares what compressed archives decompress to", async () => {
  using mirror = await Running.begin()
  writeFileSync(mirror.at("app.log"), "one\n")
  await mirror.run("sync")
  rmSync(mirror.at("app.log"))
  const packed = gzipSync("one\ntwo\n")
  writeFileSync(mirror.at("app.log.1.gz"), packed)
  await mirror.run("sync")
  expect(await outcomes(mirror)).toEqual({ "app.log.1": "same", isAttention: false })
  writeFileSync(mirror.at("app.log.1.gz"), packed.subarray(0, 20))
  expect(await outcomes(mirror)).toEqual({ "app.log.1": "unreadable", isAttention: true })
})

it("tells when the directory is gone", async () => {
  using mirror = await Running.begin()
  writeFileSync(mirror.at("app.log"), "one\n")
  await mirror.run("sync")
  rmSync(mirror.directory, { recursive: true })
  const { isAttention, report } = await mirror.run("verify", { host: true })
  expect({ isAttention, unmirrored: report.unmirrored }).toEqual({
    isAttention: true,
    unmirrored: [`${mirror.directory}: ENOENT`]
  })
})
