/**
 * `pond doctor` and `pond status`: what they find about factories and the logs that these read.
 */
import { Schema } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { DoctorReport } from "../../src/cli/care/doctor.ts"
import { StatusReport } from "../../src/cli/care/status.ts"
import { Machine } from "../support/factories/machine.ts"

/** A machine with logs; what is found about an instance, with what to do about it. */
class Logs extends Machine {
  constructor(names: ReadonlyArray<string>) {
    super()
    mkdirSync(join(this.path, "log"))
    for (const name of names) writeFileSync(join(this.path, "log", name), `${name}\n`)
  }

  add(name: string, active: string, archived: string): void {
    this.pond(
      `add logfile ${name} --active ${this.path}/log/${active} --archived ${this.path}/log/${archived} --pond-path /${name}`
    )
  }

  found(instance: string): ReadonlyArray<readonly [string, string, string | null]> {
    const { code, stdout } = this.pond("doctor --json")
    const { checks } = Schema.decodeSync(Schema.fromJsonString(DoctorReport))(stdout)
    expect(code).toBe(checks.some(({ state }) => state === "attention") ? 3 : 0)
    return checks.flatMap(({ advice, check, found, state }) =>
      check === `/system/etc/${instance}`
        ? [[state, found.replaceAll(this.path, ""), advice?.replaceAll(this.path, "") ?? null] as const]
        : []
    )
  }
}

describe("pond doctor", () => {
  it("looks at rotation by what the configurations match, and says what they miss", () => {
    using home = new Logs(["app.log", "app.log.1", "app.log.2.gz", "web.log", "web.log-20260102", "other.log.1"])
    home.add("fine", "app.log", "app.log.*")
    home.add("narrow", "web.log", "web.log.[0-9]*")
    home.add("idle", "nothing.log", "nothing.log.*")
    home.add("lost", "no/x.log", "no/x.log.*")
    expect(home.found("fine")).toEqual([
      ["ok", "never run on this machine", null],
      ["ok", "/log: 3 files; app.log: 2 archives, numbered", null]
    ])
    expect(home.found("narrow").slice(1)).toEqual([
      ["ok", "/log: 1 file; web.log: 1 archive, dated", null],
      [
        "attention",
        "/log: the patterns do not match what web.log is rotated to: web.log-20260102",
        expect.stringContaining("as /log/web.log-[0-9]* does")
      ]
    ])
    expect(home.found("idle")[1]).toEqual([
      "attention",
      "no file matches the patterns",
      expect.stringContaining("`pond add logfile --suggest /log` looks at what is there")
    ])
    expect(home.found("lost")[1]).toEqual([
      "attention",
      "/log/no cannot be read (ENOENT)",
      expect.stringContaining("correct the patterns")
    ])
  })

  it("knows the factories of packages, and what their configurations need from here", () => {
    using home = new Logs([])
    home.pond("mknod note /system/etc/note --config-path -", { TOKEN: "x" }, "file: /a\ntoken: ${env:TOKEN}\n")
    expect(home.found("note")[1]).toEqual([
      "attention",
      expect.stringContaining("takes ${env:TOKEN} from the environment, where it is not set"),
      expect.stringContaining("cannot run like this")
    ])
    expect(home.pond("doctor", { TOKEN: "x" }).code).toBe(0)
    writeFileSync(join(home.env.XDG_CONFIG_HOME, "pond/config.yaml"), "")
    expect(home.found("note")[1]).toEqual([
      "attention",
      expect.stringContaining('there is no factory of type "note"'),
      expect.stringContaining("under `factories` in the configuration")
    ])
  })
})

describe("pond status", () => {
  it("tells of each factory its last success, how long ago that is, what the run came to, and what is open", () => {
    using home = new Logs(["app.log", "app.log.1"])
    home.add("logs", "app.log", "app.log.*")
    const instance = () => home.json(StatusReport, "status").factories[0]!
    expect(instance()).toMatchObject({ lastSuccess: null, lagSeconds: null, lastRun: null })
    home.pond("run logs")
    expect(instance()).toMatchObject({ lastRun: { outcome: "done", counts: { new: 2 } } })
    expect(instance().lagSeconds).toBeLessThan(60)
    writeFileSync(join(home.path, "log/app.log.1"), "another\n")
    expect(home.pond("run logs").code).toBe(3)
    expect(instance().lastRun).toMatchObject({ outcome: "attention", counts: { changed: 1, unchanged: 1 } })
    expect(home.pond("status").stdout).toMatch(
      /\/system\/etc\/logs {2}logfile {2}runs by hand {2}done .* ago {2}!! attention: `sync`, 1 changed, 1 unchanged\n/
    )
    home.pond("run logs accept app.log.1 --take")
    home.pond("run logs")
    expect(home.pond("status").stdout).toContain("2 unchanged\n")
  })
})
