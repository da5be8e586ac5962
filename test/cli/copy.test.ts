/**
 * `pond copy`: into the pond and out of it, every input with its outcome.
 */
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { CopyReport } from "../../src/cli/copy/report.ts"
import { PondFolder } from "../support/cli.ts"
import { shell } from "../support/pond.ts"

const host = (folder: PondFolder, path: string, text = path): string => {
  const full = join(folder.path, path)
  mkdirSync(join(full, ".."), { recursive: true })
  writeFileSync(full, text)
  return full
}

const outcomes = ({ files }: CopyReport) => files.map(({ outcome, source, target }) => `${outcome} ${source} ${target}`)

describe("pond copy host:… into the pond", () => {
  it("has four outcomes for a destination with or without a slash", () => {
    using home = new PondFolder()
    host(home, "a.log", "one")
    expect(outcomes(home.json(CopyReport, "copy", "host:a.log", "/new"))).toEqual(["created a.log /new"])
    expect(outcomes(home.json(CopyReport, "copy", "host:a.log", "/made/deep/"))).toEqual([
      "created a.log /made/deep/a.log"
    ])
    expect(outcomes(home.json(CopyReport, "copy", "host:a.log", "/made"))).toEqual(["created a.log /made/a.log"])
    host(home, "a.log", "two")
    expect(outcomes(home.json(CopyReport, "copy", "host:a.log", "/new"))).toEqual(["replaced a.log /new"])
    const ran = home.run(["copy", "host:a.log", "/new/"])
    expect([ran.code, ran.stderr]).toEqual([1, `pond: "/new" is not a directory\n`])
    const missing = home.run(["copy", "host:a.log", "/no/such"])
    expect([missing.code, missing.stdout.toString()]).toEqual([1, expect.stringContaining(`failed    a.log  "/no`)])
  })

  it("copies directories with all that is in them, and contents with a slash", () => {
    using home = new PondFolder()
    host(home, "logs/a.log")
    host(home, "logs/.hidden/b")
    const whole = ["created logs /l", "created logs/.hidden /l/.hidden", "created logs/.hidden/b /l/.hidden/b"]
    expect(outcomes(home.json(CopyReport, "cp", "host:logs", "/l"))).toEqual([...whole, "created logs/a.log /l/a.log"])
    expect(outcomes(home.json(CopyReport, "cp", "host:logs", "/l"))[0]).toBe("created logs /l/logs")
    const again = home.json(CopyReport, "cp", "host:logs/", "/l")
    expect(again.summary).toMatchObject({ unchanged: 4, created: 0, bytes: 0 })
    expect(again.txn).toBeNull()
  })

  it("gives every input one outcome, and the good ones go in", () => {
    using home = new PondFolder()
    host(home, "d/good")
    host(home, "outside")
    symlinkSync("../outside", join(home.path, "d/link"))
    symlinkSync(".", join(home.path, "d/loop"))
    shell(`mkfifo fifo; printf x > $'d/bad\\xff'; mkdir $'d/dir\\xfe'; printf y > $'d/dir\\xfe/x'; mv fifo d`, {
      cwd: home.path
    })
    const report = home.json(CopyReport, "copy", "host:d", "host:nowhere", "/in/")
    expect(outcomes(report)).toEqual([
      "created d /in/d",
      "failed d/bad\ufffd /in/d/bad\ufffd",
      "failed d/dir\ufffd /in/d/dir\ufffd",
      "skipped d/fifo /in/d/fifo",
      "created d/good /in/d/good",
      "skipped d/link /in/d/link",
      "skipped d/loop /in/d/loop",
      "failed nowhere /in"
    ])
    expect(report.summary).toMatchObject({ created: 2, skipped: 3, failed: 3 })
    expect(home.run(["copy", "host:d", "/again"]).code).toBe(1)
    const followed = home.json(CopyReport, "copy", "--follow", "host:d", "/followed")
    expect(outcomes(followed)).toContain("created d/link /followed/link")
    expect(outcomes(followed)).toContain("created d/loop /followed/loop")
    expect(followed.files.length).toBeLessThan(20)
  })

  it("leaves the pond itself out, and says so", () => {
    using home = new PondFolder()
    writeFileSync(join(home.path, "a"), "a")
    const report = home.json(CopyReport, "copy", "host:.", "/")
    expect(report.files.map(({ detail, outcome, source }) => [source, outcome, detail])).toEqual([
      [".pond", "skipped", "it is the pond itself"],
      ["a", "created", null]
    ])
    expect(home.text("copy", "host:.pond", "/copy", "--follow")).toContain("1 skipped")
  })

  it("names two sources that would go to one place", () => {
    using home = new PondFolder()
    host(home, "a/x")
    host(home, "b/x")
    expect(outcomes(home.json(CopyReport, "copy", "host:a/x", "host:b/x", "/d/"))).toEqual([
      "created a/x /d/x",
      "failed b/x /d/x"
    ])
  })

  it("takes standard input and gives standard output", () => {
    using home = new PondFolder()
    const bytes = Buffer.from([0, 255, 10, 13, 128])
    expect(home.run(["copy", "-", "/bytes"], { input: bytes }).code).toBe(0)
    expect(home.run(["copy", "/bytes", "-"]).stdout).toEqual(bytes)
  })

  it.each([
    [["copy"], "a source and a destination are needed"],
    [["copy", "/a"], "a source and a destination are needed"],
    [["copy", "/a", "/b"], "one side lies on this machine"],
    [["copy", "host:a", "host:b"], "one side lies on this machine"],
    [["copy", "host:a", "/b", "/c"], "one side lies on this machine"],
    [["copy", "host:", "/b"], "`host:` needs a path"],
    [["copy", "-", "host:a", "/b"], "`-` is standard input"],
    [["copy", "host:a", "/b", "--strip-prefix", "/x"], "`--strip-prefix` is for copying out"]
  ])("refuses %j", (args, problem) => {
    using home = new PondFolder()
    const ran = home.run(args)
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain(problem)
  })
})

describe("pond copy … host:DIR out of the pond", () => {
  const filled = (): PondFolder => {
    const home = new PondFolder()
    host(home, "src/a.log", "aaa")
    host(home, "src/deep/b.log", "bbbb")
    home.text("copy", "host:src", "/logs")
    return home
  }

  it("keeps the paths of what wildcards match, less the prefix", () => {
    using home = filled()
    home.text("copy", "/logs/**/*.log", "host:out")
    expect(readFileSync(join(home.path, "out/logs/deep/b.log"), "utf8")).toBe("bbbb")
    home.text("copy", "/logs/**", "host:flat", "--strip-prefix", "logs")
    expect(readFileSync(join(home.path, "flat/a.log"), "utf8")).toBe("aaa")
    const { mode } = statSync(join(home.path, "flat/deep/b.log"))
    expect((mode & 0o777).toString(8)).toBe("600")
    const again = home.json(CopyReport, "copy", "/logs/**", "host:flat", "--strip-prefix", "/logs")
    expect(again.summary).toMatchObject({ created: 0, replaced: 0, unchanged: 4 })
  })

  it("copies a plain path as cp does", () => {
    using home = filled()
    const to = (...args: ReadonlyArray<string>) =>
      outcomes(home.json(CopyReport, "copy", ...args)).map((text) => text.replaceAll(home.path, ""))
    expect(to("/logs/a.log", "host:copy")).toEqual(["created /logs/a.log /copy"])
    expect(to("/logs/a.log", "host:into/")).toEqual(["created /logs/a.log /into/a.log"])
    expect(to("/logs/a.log", "host:into")).toEqual(["unchanged /logs/a.log /into/a.log"])
    expect(to("/logs/deep", "host:tree")).toEqual(["created /logs/deep /tree", "created /logs/deep/b.log /tree/b.log"])
    expect(to("/logs/deep", "host:tree")[0]).toBe("created /logs/deep /tree/deep")
    expect(to("/logs/deep/", "host:tree")).toEqual([
      "unchanged /logs/deep /tree",
      "unchanged /logs/deep/b.log /tree/b.log"
    ])
  })

  it("never writes through a link of the host, and says so", () => {
    using home = filled()
    host(home, "victim", "keep")
    mkdirSync(join(home.path, "out"))
    symlinkSync("../victim", join(home.path, "out/a.log"))
    symlinkSync("..", join(home.path, "out/deep"))
    const report = home.json(CopyReport, "copy", "/logs/", "host:out")
    expect(outcomes(report).map((text) => text.split(" ")[0])).toEqual(["unchanged", "failed", "failed", "failed"])
    expect(readFileSync(join(home.path, "victim"), "utf8")).toBe("keep")
    expect(home.run(["copy", "/logs/", "host:out"]).code).toBe(1)
  })

  it("names what matches nothing, and what lies elsewhere", () => {
    using home = filled()
    const none = home.run(["copy", "/nothing/*", "host:out"])
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining(`nothing in the pond matches "/nothing/*"`)])
    const other = home.run(["copy", "/logs/*", "host:out", "--strip-prefix", "/other"])
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("is to be stripped")])
  })

  it("copies the rest when one file is damaged", () => {
    using home = new PondFolder()
    host(home, "d/good", "good")
    writeFileSync(join(home.path, "d/large"), Buffer.alloc(200_000, "incompressible?"))
    home.text("copy", "host:d", "/d")
    shell(`for f in .pond/data/_blobs/*/*; do printf XXXX | dd of=$f bs=1 seek=20 conv=notrunc status=none; done`, {
      cwd: home.path
    })
    const report = home.json(CopyReport, "copy", "/d", "host:out")
    expect(report.files.map(({ outcome, source }) => `${outcome} ${source}`)).toEqual([
      "created /d",
      "created /d/good",
      "failed /d/large"
    ])
    expect(report.files[2]?.detail).toContain("damaged")
    expect(shell("ls -A out", { cwd: home.path }).stdout.toString()).toBe("good\n")
  })
})
