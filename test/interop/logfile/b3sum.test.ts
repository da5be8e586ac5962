/**
 * Files larger than 2 GiB (LP05): mirrored with the hash that b3sum prints, in memory that does not grow with them, and followed for what their
 * growth costs. `POND_ROUNDS` above 1 adds an archive of 20 GiB.
 */
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { CommandMirror } from "../../support/logfile/command.ts"
import { ENVIRONMENT, Folder, POND } from "../../support/pond.ts"

const GiB = 1024 ** 3
const MiB = 1024 ** 2
const isLong = Number(process.env["POND_ROUNDS"] ?? 1) > 1

/** A number that the system tells of a process; 0 when it is gone. */
const told = (file: string, name: string): number => {
  try {
    return Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(fs.readFileSync(file, "utf8"))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** Runs a sync, and looks at what it takes: its largest memory, and the bytes that it read. */
const watchedSync = async (mirror: CommandMirror) => {
  const child = spawn(POND, ["--pond", mirror.url, "run", "logs"], { env: ENVIRONMENT, stdio: "ignore" })
  let memoryBytes = 0
  let readBytes = 0
  const timer = setInterval(() => {
    memoryBytes = Math.max(memoryBytes, told(`/proc/${child.pid}/status`, "VmHWM") * 1024)
    readBytes = Math.max(readBytes, told(`/proc/${child.pid}/io`, "rchar"))
  }, 20)
  const code = await new Promise((resolve) => child.on("close", resolve))
  clearInterval(timer)
  return { code, memoryBytes, readBytes }
}

it(
  "files of more than 2 GiB: exact hashes, little memory, and appending reads what was appended",
  async () => {
    using host = new Folder()
    using mirror = new CommandMirror()
    const at = (name: string) => join(host.path, name)
    // Holes cost no disk, and are read like any bytes.
    const sparse = (name: string, sizeBytes: number) => {
      fs.writeFileSync(at(name), `the first line of ${name}\n`)
      fs.truncateSync(at(name), sizeBytes)
      fs.appendFileSync(at(name), `\nthe last line of ${name}\n`)
    }
    sparse("app.log", Math.floor(2.2 * GiB))
    if (isLong) sparse("app.log.1", 20 * GiB)
    await mirror.begin(host.path, { active: "app.log", archived: "app.log.*" })
    const first = await watchedSync(mirror)
    expect(first.code).toBe(0)
    expect(first.memoryBytes).toBeLessThan(300 * MiB)
    // What was written in the last two seconds before a sync is compared once more.
    if (isLong) await mirror.sync()
    fs.appendFileSync(at("app.log"), "one more line\n")
    const second = await watchedSync(mirror)
    expect(second.code).toBe(0)
    // Two edges of 1 MiB, the tail, and the program itself.
    expect(second.readBytes).toBeGreaterThan(2 * MiB)
    expect(second.readBytes).toBeLessThan(64 * MiB)
    const names = isLong ? ["app.log", "app.log.1"] : ["app.log"]
    const sums = spawnSync("b3sum", names, { cwd: host.path }).stdout.toString()
    expect(await mirror.done("run", "logs", "b3sum")).toBe(sums)
  },
  isLong ? 900_000 : 120_000
)
