/**
 * What may be wrong around a mirror, row by row, through the real command: each is named, everything else is mirrored, nothing is lost.
 */
import * as fs from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { CommandMirror } from "../../support/logfile/command.ts"
import { contentOf } from "../../support/logfile/content.ts"
import { hostProblems } from "../../support/logfile/soak.ts"
import { Folder } from "../../support/pond.ts"

const PATTERNS = { active: "app.log", archived: "app.log.*" }

/** A mirror of a directory of a folder, run by somebody who is not root. */
const unprivileged = async (folder: Folder, patterns = PATTERNS): Promise<CommandMirror> => {
  const mirror = new CommandMirror({ isUnprivileged: true })
  fs.chmodSync(folder.path, 0o755)
  await mirror.begin(folder.path, patterns)
  return mirror
}

const outcomes = async (mirror: CommandMirror): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries((await mirror.sync()).files.map(({ name, outcome }) => [name, outcome]))

describe("a configuration", () => {
  const valid = { active_pattern: "/var/log/a.log", archived_pattern: "/var/log/a.log.*", pond_path: "/logs" }

  it("that cannot be is refused, and every wrong key is named", async () => {
    using mirror = new CommandMirror()
    await mirror.done("init")
    const file = join(mirror.folder, "config.yaml")
    const wrong: ReadonlyArray<readonly [object, ReadonlyArray<RegExp>]> = [
      [{ ...valid, archive_pattern: "/x", symlinks: "maybe" }, [/archive_pattern/, /symlinks/, /skip/, /follow/]],
      [{ active_pattern: "a.log" }, [/archived_pattern/, /pond_path/, /active_pattern.*absolute/s]],
      [{ ...valid, pond_path: "/" }, [/pond_path/]]
    ]
    for (const [config, expected] of wrong) {
      fs.writeFileSync(file, JSON.stringify(config))
      const { code, stderr } = await mirror.run(["mknod", "logfile", "/system/etc/logs", "--config-path", file])
      expect(code).toBeGreaterThan(0)
      for (const one of expected) expect(stderr).toMatch(one)
    }
    expect((await mirror.run(["list", "/system/etc"])).stdout).toBe("")
  })
})

describe("rights", () => {
  it("a file that nobody may read is named at every sync, the others are mirrored, and it heals (LP13)", async () => {
    using host = new Folder()
    using mirror = await unprivileged(host)
    for (const name of ["app.log", "app.log.1", "app.log.2"]) fs.writeFileSync(join(host.path, name), `${name}\n`)
    fs.chmodSync(join(host.path, "app.log"), 0o000)
    for (const others of ["new", "unchanged"]) {
      expect(await outcomes(mirror)).toEqual({ "app.log": "error:EACCES", "app.log.1": others, "app.log.2": others })
    }
    fs.chmodSync(join(host.path, "app.log"), 0o644)
    expect(await outcomes(mirror)).toMatchObject({ "app.log": "new" })
    // As logrotate makes its files: nobody else may read them for a moment.
    fs.renameSync(join(host.path, "app.log"), join(host.path, "app.log.3"))
    fs.writeFileSync(join(host.path, "app.log"), "anew\n")
    fs.chmodSync(join(host.path, "app.log"), 0o000)
    expect(await outcomes(mirror)).toMatchObject({ "app.log": "error:EACCES", "app.log.3": "new" })
    fs.chmodSync(join(host.path, "app.log"), 0o644)
    expect(await outcomes(mirror)).toMatchObject({ "app.log": "truncated", "app.log.3": "unchanged" })
    expect(await hostProblems(mirror, host.path)).toEqual([])
  })

  it("a directory that nobody may read is named, what lies in others is mirrored, and everything is kept (LP09)", async () => {
    using host = new Folder()
    using mirror = await unprivileged(host, { active: "{one,two}/*.log", archived: "{one,two}/*.log.*" })
    for (const name of ["one", "two"]) {
      fs.mkdirSync(join(host.path, name), { mode: 0o755 })
      fs.writeFileSync(join(host.path, name, `${name}.log`), `${name}\n`)
    }
    expect(await outcomes(mirror)).toEqual({ "one.log": "new", "two.log": "new" })
    fs.appendFileSync(join(host.path, "two", "two.log"), "more\n")
    fs.chmodSync(join(host.path, "one"), 0o000)
    expect(await outcomes(mirror)).toEqual({
      [join(host.path, "one")]: "error:EACCES",
      "one.log": "preserved",
      "two.log": "appended"
    })
    fs.chmodSync(join(host.path, "one"), 0o755)
    expect(await outcomes(mirror)).toEqual({ "one.log": "unchanged", "two.log": "unchanged" })
  })
})

describe("names", () => {
  it("that are not UTF-8, or hold control characters, are told as they are; the others are mirrored", async () => {
    using host = new Folder()
    using mirror = new CommandMirror()
    await mirror.begin(host.path, { active: "app.log*", archived: "old-*" })
    const odd = Buffer.concat([Buffer.from(`${host.path}/app.log-`), Buffer.from([0xff, 0xc3])])
    fs.writeFileSync(odd, "odd\n")
    fs.writeFileSync(join(host.path, "app.log-\u001b[31m\n"), "red\n")
    fs.writeFileSync(join(host.path, "app.log"), "plain\n")
    const report = { "app.log": "new", "app.log-\u001b[31m\n": "new", "app.log-\\xff\\xc3": "error:name" }
    expect(await outcomes(mirror)).toEqual(report)
    const { code, stdout } = await mirror.run(["run", "logs"])
    expect([code, stdout]).toEqual([3, expect.stringContaining("app.log-\\xff\\xc3")])
    expect(stdout).not.toContain("\u001b")
  })
})

describe("a full disk", () => {
  it("under the pond: nothing is committed, the file is named, and the next sync is complete (LP03)", async () => {
    using host = new Folder()
    using mirror = new CommandMirror()
    await mirror.begin(host.path, PATTERNS)
    fs.writeFileSync(join(host.path, "app.log.1"), contentOf("a:50000"))
    await mirror.sync()
    fs.writeFileSync(join(host.path, "app.log.2"), contentOf("b:3000000"))
    fs.writeFileSync(join(host.path, "app.log"), contentOf("c:90000"))
    for (const blocks of [0, 8, 64, 1024]) {
      const limited = await mirror.run(["run", "logs"], ["bash", "-c", `ulimit -f ${blocks} && exec "$@"`, "bash"])
      expect([blocks, limited.code]).toEqual([blocks, 1])
      expect(limited.stderr).toMatch(/EFBIG|too large|full/)
      if (blocks > 8) expect(limited.stderr).toMatch(/storing "app\.log/)
      expect([blocks, await mirror.list()]).toEqual([blocks, ["app.log.1"]])
    }
    await mirror.sync()
    expect(await hostProblems(mirror, host.path)).toEqual([])
    await mirror.done("fsck")
  })

  it("under the logs is none of the mirror's business: it writes nothing there", async () => {
    using host = new Folder()
    using mirror = await unprivileged(host)
    fs.writeFileSync(join(host.path, "app.log"), "as much as there was room for")
    fs.chmodSync(join(host.path, "app.log"), 0o444)
    fs.chmodSync(host.path, 0o555)
    expect(await outcomes(mirror)).toEqual({ "app.log": "new" })
    fs.chmodSync(host.path, 0o755)
  })
})

describe("a pond that somebody else writes to", () => {
  it("is named with who that is, and nothing is changed; the next run does it all", async () => {
    using host = new Folder()
    using mirror = new CommandMirror()
    await mirror.begin(host.path, PATTERNS)
    fs.writeFileSync(join(host.path, "app.log"), "a line\n")
    const lock = join(mirror.url, "control/lock")
    const holder = { pid: process.pid, host: hostname(), boot: "", started: "", sinceMs: 0, token: "somebody" }
    const boot = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
    fs.writeFileSync(lock, JSON.stringify({ ...holder, boot }))
    const { code, stderr } = await mirror.run(["run", "logs"], ["env", "POND_LOCK_WAIT=0"])
    expect([code, stderr]).toEqual([1, expect.stringContaining(`process ${process.pid}`)])
    expect(await mirror.list()).toEqual([])
    fs.rmSync(lock)
    expect(await outcomes(mirror)).toEqual({ "app.log": "new" })
  })
})
