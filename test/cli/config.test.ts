/**
 * `pond config`: what it prints, how it ends, and what is said about wrong usage.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Schema } from "effect"
import { SetReport, ShownSetting, ShownSettings } from "../../src/cli/config/run.ts"
import { Folder, pond } from "../support/pond.ts"

class Machine extends Folder {
  readonly user = join(this.path, "config/pond/config.yaml")
  readonly project = join(this.path, "project/.pond.yaml")

  constructor() {
    super()
    mkdirSync(join(this.path, "project/deep"), { recursive: true })
  }

  run(args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) {
    const own = {
      HOME: this.path,
      XDG_CONFIG_HOME: join(this.path, "config"),
      XDG_CACHE_HOME: join(this.path, "cache")
    }
    const place = { cwd: join(this.path, "project/deep"), env: { ...own, ...env } }
    const { code, stderr, stdout } = pond(["config", ...args], place)
    return [code, stdout.toString(), stderr]
  }

  json<A, I>(schema: Schema.Codec<A, I>, args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): A {
    const [, stdout] = this.run([...args, "--json"], env)
    return Schema.decodeUnknownSync(Schema.fromJsonString(schema), { onExcessProperty: "error" })(stdout)
  }
}

describe("pond config", () => {
  it("writes values to files, shows each with its origin, and says what wins", () => {
    using home = new Machine()
    expect(home.run(["get", "log.limit"])).toEqual([0, "20\n", ""])
    expect(home.run(["set", "author", "alice"])).toEqual([0, `author is alice in ${home.user}\n`, ""])
    expect(home.json(SetReport, ["set", "log.limit", "0"])).toEqual({
      key: "log.limit",
      value: 0,
      file: home.user,
      outcome: "replaced"
    })
    writeFileSync(home.project, "# ours\nurl: pond\n")
    expect(home.run(["set", "author", "project", "--project"])).toEqual([
      0,
      `author is project in ${home.project}\n`,
      ""
    ])
    expect(readFileSync(home.project, "utf8")).toBe('# ours\nurl: pond\nauthor: "project"\n')
    const shown = home.json(ShownSettings, ["show", "--pond", "/elsewhere"], { POND_LOCK_WAIT: "0" })
    expect(Object.fromEntries(shown.settings.map(({ key, origin, value }) => [key, [value, origin]]))).toMatchObject({
      url: ["/elsewhere", "--pond"],
      author: ["project", home.project],
      factories: [[], "built-in"],
      "lock.wait": [0, "POND_LOCK_WAIT"],
      "log.limit": [0, home.user]
    })
    expect(home.json(ShownSetting, ["get", "url"])).toEqual({ key: "url", value: "pond", origin: home.project })
    expect(home.run(["show", "--origin"])[1]).toMatch(new RegExp(`^log\\.limit +0 +${home.user}$`, "m"))
    expect(home.run(["set", "author", "bob"])).toEqual([
      0,
      `author is bob in ${home.user}\n`,
      `pond: ${home.project} says otherwise, and wins here: project\n`
    ])
  })

  it.each([
    [["get", "autor"], "`autor` is not a key: did you mean `author`?"],
    [["set", "log.limit", "many"], '"many" is not a value for `log.limit`'],
    [["set", "log", "5"], "`log` is not a key"],
    [["set", "author"], "VALUE is missing; see `pond config set --help`"],
    [["set", "factories", "x", "--project"], "`factories` cannot be set for a project"],
    [["set", "author", "x", "--project", "--user"], "`--user` and `--project` do not go together"],
    [["shwo"], "did you mean `show`?"]
  ])("refuses %j in one line, and writes nothing", (args, problem) => {
    using home = new Machine()
    const [code, stdout, stderr] = home.run(args)
    expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(problem)])
    expect([existsSync(home.user), existsSync(home.project)]).toEqual([false, false])
  })

  it("refuses configuration that cannot be used, whatever is asked for, and says where it is", () => {
    using home = new Machine()
    writeFileSync(home.project, "log:\n  limt: 5\n")
    expect(home.run(["show"])).toEqual([2, "", expect.stringContaining(`${home.project} cannot be used: \`log.limt\``)])
  })
})
