/**
 * Real rotators beside a program that writes all the time and a mirror that looks at random moments (LP11): no line is lost, none is torn,
 * none is stored twice. `POND_ROUNDS` makes it longer.
 */
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { CommandMirror } from "../../support/logfile/command.ts"
import { hostProblems, lineProblems, LiveWriter } from "../../support/logfile/soak.ts"
import { Folder } from "../../support/pond.ts"
import { ROOT } from "../../support/root.ts"

const ROUNDS = 6 * Number(process.env["POND_ROUNDS"] ?? 1)
const PACKAGES = join(ROOT, ".cache/debian")
const libraries = ["usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu"].map((folder) => join(PACKAGES, folder))
const env = { ...process.env, LD_LIBRARY_PATH: libraries.join(":") }

const MODES: Readonly<Record<string, string>> = {
  create: "create 0644",
  numeric: "start 1",
  dateext: "dateext\n dateformat -%Y%m%d-%s",
  compress: "create\n compress",
  delaycompress: "create\n compress\n delaycompress"
}

const rotate = (folder: string, path: string, mode: string): void => {
  const config = join(folder, "rotate.conf")
  fs.writeFileSync(config, `${path} {\n rotate 1000\n size 1\n nomail\n missingok\n ${mode}\n}\n`)
  fs.chmodSync(config, 0o644)
  const { status, stderr } = spawnSync(join(PACKAGES, "usr/sbin/logrotate"), ["-s", join(folder, "state"), config], {
    env
  })
  if (status !== 0) throw new Error(`logrotate failed: ${stderr.toString()}`)
}

/** A folder for a rotator, with a directory of logs in it. */
const begin = async (home: Folder, mirror: CommandMirror, patterns: { active: string; archived: string }) => {
  const directory = join(home.path, "logs")
  fs.mkdirSync(directory, { mode: 0o755 })
  await mirror.begin(directory, patterns)
  return directory
}

/** What svlogd keeps beside its logs. */
const NO_LOGS: ReadonlySet<string> = new Set(["config", "lock", "state"])

/** Runs the one line that is suggested for a directory, as it is printed, and mirrors what it finds: all that is there. */
const mirrorAsSuggested = async (directory: string): Promise<void> => {
  using mirror = new CommandMirror()
  await mirror.done("init")
  const line = await mirror.done("add", "logfile", "--suggest", directory)
  expect(line).toMatch(/^pond add logfile [^\n]+\n$/)
  const named = line.replace("add logfile", `--pond ${mirror.url} add logfile`)
  expect(await mirror.run([], ["bash", "-c", named])).toMatchObject({ code: 0 })
  const name = line.split(" ")[3]!
  const { summary } = JSON.parse(await mirror.done("run", name, "--json")) as { summary: object }
  const logs = fs.readdirSync(directory).filter((file) => !NO_LOGS.has(file))
  expect(summary).toMatchObject({ outcomes: { new: logs.length } })
}

describe("logrotate", () => {
  for (const [name, mode] of Object.entries(MODES)) {
    it(
      `${name}: every line is mirrored once`,
      async () => {
        using home = new Folder()
        using mirror = new CommandMirror()
        const directory = await begin(home, mirror, { active: "app.log", archived: "app.log[.-]*" })
        const path = join(directory, "app.log")
        const writer = new LiveWriter(path)
        writer.start()
        for (let round = 0; round < ROUNDS; round++) {
          const syncing = mirror.sync()
          await setTimeout(150)
          if (mode.endsWith("\n compress")) {
            // What is written to a file that is being compressed is lost for everybody: programs are told before.
            await writer.reopenAfter(() => rotate(home.path, path, mode))
          } else {
            rotate(home.path, path, mode)
            // Until it is told, the program writes into the archive.
            if (round % 2 === 0) await mirror.sync()
            await writer.reopenAfter()
          }
          // Names are made of seconds.
          await Promise.all([syncing, setTimeout(1000)])
        }
        await writer.stop()
        await mirror.sync()
        expect(writer.count).toBeGreaterThan(100)
        expect(await lineProblems(mirror, writer.count)).toEqual([])
        expect(await hostProblems(mirror, directory)).toEqual([])
        await mirrorAsSuggested(directory)
      },
      120_000 * ROUNDS
    )
  }

  it(
    "copytruncate: nothing that is on the host, or was seen, is missing",
    async () => {
      using home = new Folder()
      using mirror = new CommandMirror()
      const directory = await begin(home, mirror, { active: "app.log", archived: "app.log.*" })
      const path = join(directory, "app.log")
      const writer = new LiveWriter(path)
      writer.start()
      const seen = new Set<string>()
      const look = () => {
        for (const name of fs.readdirSync(directory)) {
          const lines = fs.readFileSync(join(directory, name), "utf8").split("\n").slice(0, -1)
          for (const line of lines) seen.add(line)
        }
      }
      for (let round = 0; round < ROUNDS; round++) {
        look()
        await mirror.sync()
        await setTimeout(100)
        rotate(home.path, path, "copytruncate")
      }
      await writer.stop()
      look()
      await mirror.sync()
      const held = new Set<string>()
      for (const name of await mirror.list()) {
        for (const line of (await mirror.read(name))!.toString().split("\n")) held.add(line)
      }
      expect([...seen].filter((line) => !held.has(line))).toEqual([])
      expect(await hostProblems(mirror, directory)).toEqual([])
    },
    120_000 * ROUNDS
  )
})

it(
  "svlogd: every line is mirrored once",
  async () => {
    using home = new Folder()
    using mirror = new CommandMirror()
    const directory = await begin(home, mirror, { active: "current", archived: "@*" })
    fs.writeFileSync(join(directory, "config"), "s20000\nn0\n")
    const logger = spawn(join(PACKAGES, "usr/bin/svlogd"), [directory], { stdio: ["pipe", "ignore", "inherit"] })
    const ended = new Promise((resolve) => logger.on("close", resolve))
    let count = 0
    for (let round = 0; round < ROUNDS; round++) {
      const syncing = mirror.sync()
      for (let part = 0; part < 20; part++) {
        let lines = ""
        for (let line = 0; line < 50; line++, count++) lines += `${count} ${"x".repeat(count % 97)} end\n`
        logger.stdin.write(lines)
        await setTimeout(20)
      }
      await syncing
    }
    logger.stdin.end()
    await ended
    await mirror.sync()
    expect(fs.readdirSync(directory).filter((name) => name.startsWith("@")).length).toBeGreaterThan(2)
    expect(await lineProblems(mirror, count)).toEqual([])
    await mirrorAsSuggested(directory)
  },
  120_000 * ROUNDS
)
