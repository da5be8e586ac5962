import { Schema } from "effect"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { StatusReport } from "../../src/cli/care/status.ts"
import { PromoteReport } from "../../src/cli/factories/promote.ts"
import { openPond } from "../../src/index.ts"
import { picture } from "../support/cli.ts"
import { Machine } from "../support/factories/machine.ts"
import { startPond } from "../support/pond.ts"

const Report = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown))
const report = (text: string): unknown => Schema.decodeSync(Report)(text)

describe("pond run", () => {
  it("parses flags by the Schemas of the command, and teaches them", () => {
    using home = new Machine()
    home.pond("add note hello --to /hello --text hi")
    const help = home.pond("run hello --help").stdout
    expect(help).toContain("Write the note.")
    expect(help).toContain("Tell how long the note is.")
    expect(home.pond("run hello write --help").stdout).toMatch(/--times NUMBER\s+How often, instead\./)
    expect(home.pond("run hello write other --times 3 --json").stdout).toContain('"sizeBytes":18')
    expect(home.pond("run hello --times 3").stdout).toContain("9 bytes")
    expect(home.pond("run hello read").stdout).toBe("9 bytes\n")
    const wrong = home.pond("run hello wriet")
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain("did you mean `write`?")
    expect(home.pond("run hello write --times many")).toMatchObject({ code: 2 })
    expect(home.pond("run helo").stderr).toContain('did you mean "hello"?')
  })

  it("foretells what it does, and changes nothing while it does so", () => {
    using home = new Machine()
    home.pond("add note hello --to /hello")
    home.pond("add note /system/run/late --to /late --mood worried", {})
    home.pond("rm /late")
    const before = picture(join(home.path, ".pond"))
    const dry = home.pond("run hello --json --dry-run")
    expect(picture(join(home.path, ".pond"))).toStrictEqual(before)
    const real = home.pond("run hello --json")
    expect(real.code).toBe(3)
    expect(dry.code).toBe(3)
    expect(report(dry.stdout)).toStrictEqual({ ...(report(real.stdout) as object), dryRun: true, txn: null })
  })

  it("ends with 3 when something needs a person, also of what ran by itself", () => {
    using home = new Machine()
    home.pond("add note hello --to /hello --mood worried")
    expect(home.pond("run hello")).toMatchObject({ code: 3, stdout: "hello: 1 bytes in /hello\n" })
    expect(home.pond("mkdir /a").code).toBe(0)
    expect(home.pond("mknod note /system/run/bad --config-path -", {}, "file: /bad\nmood: broken").code).toBe(3)
    const after = home.pond("mkdir /b")
    expect(after).toMatchObject({ code: 3, stdout: "Made /b\n" })
    expect(after.stderr).toContain("/system/run/bad runs after each commit and failed: the note /bad cannot be written")
    writeFileSync(join(home.path, ".pond/local/role"), "replica\n")
    expect(home.pond("mkdir /c").code).toBe(0)
    const promoted = home.pond("promote --json").stdout
    expect(Schema.decodeSync(Schema.fromJsonString(PromoteReport))(promoted)).toMatchObject({
      before: "replica"
    })
    expect(home.pond("mkdir /d").code).toBe(3)
  })

  it("says who holds the pond when somebody else changes it", { timeout: 60_000 }, async () => {
    using home = new Machine()
    home.pond("add note hello --to /hello")
    await using pond = await openPond(join(home.path, ".pond"))
    const ran = await pond.transaction(async () => {
      const child = startPond(["run", "hello"], { cwd: home.path, env: { ...home.env, POND_LOCK_WAIT: "0" } })
      child.stderr.setEncoding("utf8")
      let stderr = ""
      child.stderr.on("data", (text: string) => (stderr += text))
      const code = await new Promise<number | null>((resolve) => child.on("close", resolve))
      return { code, stderr }
    })
    expect(ran.value.code).toBe(1)
    expect(ran.value.stderr).toContain(String(process.pid))
  })
})

describe("a run that is killed", () => {
  it("is found as interrupted by whoever looks next", { timeout: 60_000 }, async () => {
    using home = new Machine()
    home.pond("add note hello --to /hello")
    const last = () => (JSON.parse(home.pond("status --json").stdout) as StatusReport).factories[0]!.lastRun
    await using pond = await openPond(join(home.path, ".pond"))
    await pond.transaction(async () => {
      const child = startPond(["run", "hello"], { cwd: home.path, env: home.env })
      const closed = new Promise((resolve) => child.on("close", resolve))
      // It waits for this transaction, which it says after a second.
      await new Promise((resolve) => child.stderr.once("data", resolve))
      expect(last()).toMatchObject({ command: "write", outcome: "running" })
      child.kill("SIGKILL")
      await closed
    })
    expect(last()).toMatchObject({ outcome: "interrupted", problem: expect.stringContaining("killed") })
    expect(home.pond("status").stdout).toContain("!! interrupted: `write`, its process ended before the run did")
    expect(home.pond("doctor").stdout).toContain("interrupted")
    expect(home.pond("run hello").code).toBe(0)
    expect(last()).toMatchObject({ outcome: "done", problem: null })
  })
})

/** All bytes below a directory. */
const bytesBelow = (directory: string): Buffer =>
  Buffer.concat(
    readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [readFileSync(join(entry.parentPath, entry.name))] : []
    )
  )

describe("a secret", () => {
  it("is nowhere but in the environment", () => {
    using home = new Machine()
    const CANARY = "canary5f1f0e"
    const env = { TOKEN: CANARY }
    home.pond("mknod note /system/etc/s --config-path -", env, "file: /s\ntoken: ${env:TOKEN}\n")
    home.pond("mknod note /system/etc/n --config-path -", env, "file: /n\ncount: ${env:TOKEN}\n")
    home.pond("mknod note /system/etc/b --config-path -", env, "file: /b\ntoken: ${env:TOKEN}\nmood: broken\n")
    const lines = [
      "run s --json",
      "run s",
      "run n",
      "run n --json",
      "run b --json",
      "run s read",
      "describe /**",
      "log"
    ]
    const ran = [...lines, "status", "show 2", "cat /s"].map((line) => home.pond(line, env))
    expect(ran.map(({ code }) => code)).toStrictEqual([0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    expect(ran[10]!.stdout).toContain(`${CANARY.length}\n`)
    for (const { stderr, stdout } of ran) expect(`${stdout}${stderr}`).not.toContain(CANARY)
    expect(bytesBelow(join(home.path, ".pond")).includes(CANARY)).toBe(false)
    expect(home.pond("run s").stderr).toContain("takes ${env:TOKEN} from the environment, where it is not set")
  })
})

describe("pond run --follow", () => {
  it("runs again when files change, reports what was done, and ends with the signal", { timeout: 60_000 }, async () => {
    using home = new Machine()
    const log = join(home.path, "app.log")
    writeFileSync(log, "one\n")
    home.pond(`add logfile logs --active ${log} --archived ${log}.* --pond-path /logs`)
    const args = ["run", "logs", "sync", "--follow", "--interval", "30s", "--json"]
    const child = startPond(args, { cwd: home.path, env: home.env })
    const closed = new Promise<number | null>((resolve) => child.on("close", resolve))
    child.stdout.setEncoding("utf8")
    const reports: Array<unknown> = []
    let rest = ""
    for await (const text of child.stdout as AsyncIterable<string>) {
      const lines = `${rest}${text}`.split("\n")
      rest = lines.pop()!
      for (const line of lines) {
        reports.push(report(line))
        if (reports.length === 1) writeFileSync(log, "two\n", { flag: "a" })
        else child.kill("SIGTERM")
      }
    }
    expect(await closed).toBe(143)
    expect(reports).toMatchObject([
      { txn: 2, summary: { outcomes: { new: 1 } } },
      { txn: 3, summary: { outcomes: { appended: 1 }, bytes: 4 } }
    ])
    expect(home.pond("cat /logs/app.log").stdout).toBe("one\ntwo\n")
    expect(home.pond("run logs sync --follow -n")).toMatchObject({ code: 2 })
    expect(home.pond("run logs sync --interval never")).toMatchObject({ code: 2 })
  })
})
