/**
 * Syncs as processes: killed, side by side, with few descriptors, beside a program that writes. `POND_ROUNDS` makes all of it longer.
 */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { CommandMirror } from "../../support/logfile/command.ts"
import { contentOf } from "../../support/logfile/content.ts"
import { drawFrom } from "../../support/logfile/history.ts"
import { hostProblems, lineProblems, LiveWriter } from "../../support/logfile/soak.ts"
import { ENVIRONMENT, Folder, POND } from "../../support/pond.ts"

const ROUNDS = Number(process.env["POND_ROUNDS"] ?? 1)
const PATTERNS = { active: "app.log", archived: "app.log[.-]*" }

const mirrored = async (mirror: CommandMirror, directory: string, ...flags: ReadonlyArray<string>): Promise<void> => {
  await mirror.begin(directory, PATTERNS, ...flags)
}

it(
  "a sync that is killed leaves what was or what is to be, and the next one completes it (LP01)",
  async () => {
    using host = new Folder()
    using mirror = new CommandMirror()
    await mirrored(mirror, host.path)
    const draw = drawFrom(7)
    const at = (name: string) => join(host.path, name)
    for (let round = 0; round < 8 * ROUNDS; round++) {
      fs.appendFileSync(at("app.log"), contentOf(`c:${round * 1000}-${round * 1000 + 400_000}`))
      const args = ["--pond", mirror.url, "run", "logs", "sync"]
      const child = spawn(process.execPath, [POND, ...args], { env: ENVIRONMENT, stdio: "ignore" })
      const ended = new Promise((resolve) => child.on("close", resolve))
      const timer = setTimeout(() => child.kill("SIGKILL"), 40 + draw(200))
      await ended
      clearTimeout(timer)
      if (round % 2 === 1) fs.renameSync(at("app.log"), at(`app.log-${round}`))
      await mirror.sync()
      expect(await hostProblems(mirror, host.path)).toEqual([])
      expect((await mirror.sync()).committed).toBe(false)
    }
    expect((await mirror.list()).filter((name) => name.includes("orphan"))).toEqual([])
    await mirror.done("fsck")
  },
  60_000 * ROUNDS
)

it(
  "two syncs at once append nothing twice and lose nothing (LP02)",
  async () => {
    using host = new Folder()
    using mirror = new CommandMirror()
    await mirrored(mirror, host.path)
    const path = join(host.path, "app.log")
    for (let round = 0; round < 6 * ROUNDS; round++) {
      fs.appendFileSync(path, contentOf(`c:${round * 30_000}-${(round + 1) * 30_000}`))
      const both = [1, 2].map(() => mirror.run(["run", "logs", "sync", "--json"]))
      fs.appendFileSync(path, `round ${round}\n`)
      for (const { code, stderr } of await Promise.all(both)) if (code !== 0) expect(stderr).toContain("locked")
      await mirror.sync()
      expect(await hostProblems(mirror, host.path)).toEqual([])
    }
  },
  60_000 * ROUNDS
)

it(
  "thousands of archives need few descriptors; when nothing changed none is read (LP06)",
  async () => {
    using host = new Folder()
    using mirror = new CommandMirror()
    await mirrored(mirror, host.path)
    const count = 1000 * Math.min(ROUNDS, 5)
    const past = Date.now() / 1000 - 3600
    for (let index = 0; index < count; index++) {
      const file = join(host.path, `app.log.${index}`)
      fs.writeFileSync(file, `archive ${index}\n`)
      fs.utimesSync(file, past, past)
    }
    const few = ["bash", "-c", 'ulimit -n 64 && exec "$@"', "bash"]
    const first = await mirror.run(["run", "logs", "sync", "--json"], few)
    expect([first.code, first.stderr]).toEqual([0, ""])
    expect(JSON.parse(first.stdout)).toMatchObject({ summary: { files: count, outcomes: { new: count } } })
    const second = await mirror.run(["run", "logs", "sync", "--json"], few)
    expect(JSON.parse(second.stdout)).toMatchObject({ committed: false, summary: { outcomes: { unchanged: count } } })
  },
  60_000 * ROUNDS
)

it(
  "what a live program writes and rotates is mirrored line by line (LP10)",
  async () => {
    using host = new Folder()
    using mirror = new CommandMirror()
    await mirrored(mirror, host.path)
    const path = join(host.path, "app.log")
    let rotations = 0
    const writer = new LiveWriter(path, (one) => {
      if (one.sizeBytes < 30_000) return
      fs.renameSync(path, `${path}-${String(rotations++).padStart(6, "0")}`)
      one.reopen()
    })
    writer.start()
    for (let round = 0; round < 8 * ROUNDS; round++) await mirror.sync()
    await writer.stop()
    await mirror.sync()
    expect(rotations).toBeGreaterThan(2)
    expect(await lineProblems(mirror, writer.count)).toEqual([])
    expect(await hostProblems(mirror, host.path)).toEqual([])
  },
  60_000 * ROUNDS
)

it("several active files rotate, each into its own archive (LP16)", async () => {
  using host = new Folder()
  using mirror = new CommandMirror()
  await mirror.begin(host.path, { active: "*.log", archived: "*.log.[0-9]" })
  const names = ["a.log", "b.log", "c.log"]
  const at = (name: string) => join(host.path, name)
  for (const name of names) fs.writeFileSync(at(name), `the same beginning\nof ${name}\n`)
  await mirror.sync()
  for (const name of names) {
    fs.appendFileSync(at(name), `the end of ${name}\n`)
    fs.renameSync(at(name), at(`${name}.1`))
    fs.writeFileSync(at(name), "the same beginning\n")
  }
  const { files } = await mirror.sync()
  expect(files.map(({ name, outcome }) => [name, outcome])).toEqual(
    names.flatMap((name) => [
      [name, "new"],
      [`${name}.1`, "rotated"]
    ])
  )
  expect(await hostProblems(mirror, host.path)).toEqual([])
})

it("what is mirrored comes out as it went in, as b3sum --check confirms (LP12)", async () => {
  using host = new Folder()
  using mirror = new CommandMirror()
  await mirrored(mirror, host.path)
  fs.writeFileSync(join(host.path, "app.log"), contentOf("a:100000"))
  fs.writeFileSync(join(host.path, "app.log.1"), contentOf("zero:300000"))
  fs.writeFileSync(join(host.path, "app.log.2"), "")
  await mirror.sync()
  fs.writeFileSync(join(mirror.folder, "sums"), await mirror.done("run", "logs", "b3sum"))
  await mirror.done("copy", "/logs/*", `host:${join(mirror.folder, "out")}/`, "--strip-prefix", "/logs")
  const script = 'cd "$1/out" && exec "$2" b3sum --check ../sums'
  const { code, stdout } = await mirror.run([], ["bash", "-c", script, "bash", mirror.folder])
  expect([code, stdout]).toEqual([0, "app.log: OK\napp.log.1: OK\napp.log.2: OK\n"])
})

it("a directory that is gone, empty, or no directory, is named, and everything is kept (LP09)", async () => {
  using host = new Folder()
  using mirror = new CommandMirror()
  const directory = join(host.path, "logs")
  fs.mkdirSync(directory)
  await mirrored(mirror, directory)
  fs.writeFileSync(join(directory, "app.log"), "a line\n")
  await mirror.sync()
  fs.renameSync(directory, `${directory}.away`)
  for (const [code, make] of [
    ["ENOENT", () => {}],
    ["empty", () => fs.mkdirSync(directory)],
    ["ENOTDIR", () => fs.rmdirSync(directory)]
  ] as const) {
    make()
    if (code === "ENOTDIR") fs.writeFileSync(directory, "")
    const { committed, files, summary } = await mirror.sync()
    expect({ committed, attention: summary.attention }).toEqual({ committed: false, attention: 1 })
    expect(files).toContainEqual(expect.objectContaining({ name: directory, outcome: `error:${code}` }))
    expect(await mirror.list()).toEqual(["app.log"])
  }
})

it("configurations that cannot be are refused before anything is written (LP15)", async () => {
  using host = new Folder()
  using mirror = new CommandMirror()
  await mirrored(mirror, host.path)
  const add = (...words: ReadonlyArray<string>) => mirror.run(["add", "logfile", "more", ...words])
  const own = ["--active", `${host.path}/app.log`, "--archived", `${host.path}/app.log.*`]
  const overlap = await add(...own, "--pond-path", "/logs")
  expect([overlap.code === 0, overlap.stderr]).toEqual([false, expect.stringContaining("/system/etc/logs")])
  const escape = await add("--active", `${host.path}/../app.log`, "--archived", `${host.path}/a.*`, "--pond-path", "/b")
  expect([escape.code === 0, escape.stderr]).toEqual([false, expect.stringContaining("..")])
  fs.mkdirSync(join(host.path, "one"))
  fs.mkdirSync(join(host.path, "two"))
  for (const name of ["one", "two"]) fs.writeFileSync(join(host.path, name, "x.log"), name)
  await mirror.done(
    "add",
    "logfile",
    "twice",
    "--active",
    `${host.path}/*/x.log`,
    "--archived",
    `${host.path}/*/y.log`,
    "--pond-path",
    "/twice"
  )
  const twice = await mirror.run(["run", "twice"])
  expect([twice.code, twice.stderr]).toEqual([1, expect.stringContaining("x.log")])
})
