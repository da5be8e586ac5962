/**
 * Imports of other ponds, through the real command in fresh processes.
 */
import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import { readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { StatusReport } from "../../src/cli/care/status.ts"
import { DoctorReport } from "../../src/cli/care/doctor.ts"
import { MaintainReport } from "../../src/cli/care/maintain.ts"
import { RemovalReport, RemoteEntry } from "../../src/cli/remote/edit.ts"
import { ImportReport } from "../../src/factories/imports/report.ts"
import { picture, PondFolder } from "../support/cli.ts"

const ADD = ["remote", "add", "team", "theirs", "/imports/team"] as const

const filesIn = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)

/** A pond, and another one in `theirs`. */
const withTheirs = (): PondFolder => {
  const home = new PondFolder()
  writeFileSync(join(home.path, "a.txt"), "a file\n".repeat(30_000))
  home.text("--pond", "theirs", "init")
  writeFileSync(join(home.path, "\u001b[31mred"), "odd\n")
  home.text("--pond", "theirs", "copy", "host:a.txt", "/docs/")
  home.text("--pond", "theirs", "copy", "host:\u001b[31mred", "/odd/")
  return home
}

describe("pond remote add NAME URL PATH", () => {
  it("shows another pond under a path, read-only, and takes it away again", () => {
    using home = withTheirs()
    const before = [picture(join(home.path, ".pond")), picture(join(home.path, "theirs"))]
    const plan = home.json(ImportReport, "--dry-run", ...ADD)
    expect([picture(join(home.path, ".pond")), picture(join(home.path, "theirs"))]).toEqual(before)
    expect(home.json(ImportReport, ...ADD)).toEqual(plan)
    expect(home.text("ls", "/imports/**")).toContain("/imports/team/docs/a.txt")
    // Whatever another pond calls its files, a terminal does nothing but show it.
    for (const shown of [
      ["ls", "/imports/team/odd"],
      ["ls", "-l", "/imports/**"],
      ["describe", "/imports/team/odd/*"]
    ]) {
      const told = home.text(...shown)
      expect([shown, told.includes("\u001b"), /\\x1b|\\e|\\u001b|\\033/iu.test(told)]).toEqual([shown, false, true])
    }
    expect(home.text("cat", "/imports/team/docs/a.txt")).toBe("a file\n".repeat(30_000))
    expect(home.text("tail", "-n", "1", "/imports/team/docs/a.txt")).toBe("a file\n")
    expect(home.text("describe", "/imports/team/docs/a.txt")).toContain("blob")
    home.text("copy", "/imports/team/docs/a.txt", "host:out")
    const refused = home.run(["rm", "/imports/team/docs/a.txt"])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('"/imports/team", where the tree of')])
    expect(home.text("why", "/imports/team/docs/a.txt")).not.toContain("remote add")
    const log = home.run(["log", "/imports/team/docs/a.txt"])
    expect([log.code, log.stderr]).toEqual([1, expect.stringContaining("log of the other pond")])
    expect(home.text("diff", "0", "head")).toContain("/imports/team")
    expect(home.lines(RemoteEntry, "remote", "list")).toMatchObject([
      { name: "team", mode: "import", mount: "/imports/team", seen: { txn: 2 } }
    ])
    expect(home.text("remote", "remove", "team")).toContain("/imports/team")
    expect(home.text("cat", "--at", "1", "/imports/team/docs/a.txt").length).toBe(210_000)
  })

  it("travels with a push as a mount alone; a clone reads the other pond by itself", () => {
    using home = withTheirs()
    home.text(...ADD, "--whole")
    home.text("remote", "add", "off", "elsewhere")
    home.text("push", "off")
    const carried = picture(join(home.path, "elsewhere")).filter((entry) => entry.includes("_imports"))
    expect(carried).toEqual([])
    home.text("clone", "elsewhere", "copy")
    expect(home.text("--pond", "copy", "cat", "/imports/team/docs/a.txt").length).toBe(210_000)
    expect(home.text("cat", "/imports/team/docs/a.txt").length).toBe(210_000)
    expect(home.text("fsck")).toContain("sound")
  })

  it("is told of by status, doctor and maintain; purged, nothing of it is kept here", () => {
    using home = withTheirs()
    home.text(...ADD)
    const theirs = home.json(StatusReport, "--pond", "theirs", "status")
    const { imports } = home.json(StatusReport, "status")
    const { chain, pond, root, time, txn } = theirs
    const url = join(home.path, "theirs")
    const shown = {
      name: "team",
      path: "/imports/team",
      url,
      state: "mounted",
      pond,
      shown: { txn, chain, root },
      time
    }
    expect(imports).toEqual([{ ...shown, mode: "lazy", pinned: expect.any(String) }])
    expect(home.text("status")).toMatch(/\/imports\/team +lazy +txn 2, [^ ]+, \d+ m?s old +.*theirs\n/u)
    home.text("remote", "add", "again", "theirs", "/again", "--whole")
    home.text("rm", "/again")
    const copies = join(home.path, ".pond/data/_imports")
    const doctor = home.lines(DoctorReport, "doctor")[0]!.checks.slice(-2)
    expect(doctor.map(({ check, state }) => [check, state])).toEqual([
      ["/again", "attention"],
      ["/imports/team", "ok"]
    ])
    const removal = (...args: ReadonlyArray<string>) =>
      Schema.decodeSync(Schema.fromJsonString(RemovalReport))(home.text("remote", "remove", ...args, "--json"))
    expect([removal("again").purged, readdirSync(copies)]).toEqual([undefined, [pond]])
    expect(home.json(MaintainReport, "maintain").imports).toMatchObject([{ pond, problem: null }])
    expect(removal("team", "--purge").purged?.objects).toBeGreaterThan(3)
    const left = [copies, join(home.path, ".pond/control/caches/imports")].flatMap((directory) => filesIn(directory))
    expect(left).toEqual([])
    expect(home.json(StatusReport, "status").imports).toEqual([])
    expect(home.text("cat", "--at", "1", "/imports/team/docs/a.txt").length).toBe(210_000)
  })

  it("is refused to every command that writes, also through a link and from within factories", () => {
    using home = withTheirs()
    home.text(...ADD)
    home.text("ln", "-s", "/imports/team/docs", "/link")
    writeFileSync(join(home.path, "app.log"), "a line\n")
    const globs = ["--archived", join(home.path, "app-*.log"), "--active", join(home.path, "app.log")]
    home.text("add", "logfile", "inside", ...globs, "--pond-path", "/imports/team/logs")
    writeFileSync(join(home.path, "own.yaml"), `url: ${join(home.path, "theirs")}\npath: /imports/team/below\n`)
    home.text("mknod", "import", "/system/etc/below", "--config-path", "own.yaml")
    const before = home.json(StatusReport, "status").root
    for (const args of [
      ["copy", "host:a.txt", "/imports/team/docs/"],
      ["mkdir", "-p", "/link/new"],
      ["mv", "/imports/team/docs/a.txt", "/mine.txt"],
      ["rm", "-r", "/imports/team/docs"],
      ["ln", "-s", "a.txt", "/link/b.txt"],
      ["mknod", "import", "/imports/team/system/run/x", "--config-path", "own.yaml"],
      ["prune", "/imports/team/docs/*.txt", "--keep", "1", "--yes"],
      ["run", "inside", "sync"],
      ["pull", "below"]
    ]) {
      const { code, stderr, stdout } = home.run([...args, "--json"])
      const [answer] = `${stdout.toString()}${stderr}`.split("\n")
      const { error } = JSON.parse(answer!) as { error: { tag: string; mount: string } }
      expect([args[0], code, error.tag, error.mount]).toEqual([args[0], 1, "InsideImport", "/imports/team"])
    }
    expect(home.json(StatusReport, "status").root).toBe(before)
  })

  it("that is out of reach is left out and named, once; the others answer", () => {
    using home = withTheirs()
    const rows = Array.from({ length: 9000 }, (_, n) => `{"n":${n},"text":"a file with rows"}\n`).join("")
    for (const name of ["a.jsonl", "b.jsonl"]) writeFileSync(join(home.path, name), rows)
    for (const [name, pond] of [
      ["one", "theirs"],
      ["two", "others"]
    ] as const) {
      if (pond === "others") home.text("--pond", pond, "init")
      home.text("--pond", pond, "copy", "host:a.jsonl", "host:b.jsonl", "/rows/")
      home.text("remote", "add", name, pond, `/imports/${name}`)
    }
    const count = ["sql", "--format", "csv", "select count(*) as n from '/**/*.jsonl'"]
    const said = (...args: ReadonlyArray<string>) => {
      const { code, stderr, stdout } = home.run(args)
      return { code, out: stdout.toString(), told: stderr.split("\n").filter((line) => line !== "") }
    }
    rmSync(join(home.path, "theirs"), { recursive: true })
    // Its names are known here, its bytes are not.
    const leftOut = [
      expect.stringMatching(/^(?:pond: )?\/imports\/one.* left out: .*theirs cannot be read: no pond is there/u)
    ]
    expect(said(...count)).toEqual({ code: 3, out: "n\n18000\n", told: leftOut })
    const grep = ["grep", "--count", "rows", "/**"]
    expect(said(...grep)).toEqual({ code: 3, out: expect.stringContaining("/two/rows/b.jsonl:9000\n"), told: leftOut })
    // Nothing of it is known.
    for (const [args, seen] of [
      [["ls", "/**"], "/imports/two/rows/b.jsonl\n"],
      [count, "n\n18000\n"],
      [[...count.slice(0, -1), "select count(*) as n from 'all:/**/*.jsonl'"], "n\n18000\n"],
      [["tail", "-n", "1", "/imports/one/rows/a.jsonl", "/imports/two/rows/a.jsonl"], '{"n":8999'],
      [grep, "/imports/two/rows/b.jsonl:9000\n"],
      [["describe", "/imports/*"], "/imports/one\n"],
      [["copy", "/", "host:out"], "out/imports/two/rows/b.jsonl\n"]
    ] as const) {
      rmSync(join(home.path, ".pond/control"), { recursive: true })
      expect(said(...args)).toEqual({ code: 3, out: expect.stringContaining(seen), told: leftOut })
    }
    expect(said("ls", "/imports/one")).toEqual({
      code: 1,
      out: "",
      told: [expect.stringContaining("theirs cannot be read: no pond is there")]
    })
  })
})
