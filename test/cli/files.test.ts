/**
 * `pond list`, `cat`, `versions`, `mkdir`, `mv`, `rm` and `ln`: what they print, how they end, and what is said about wrong usage.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { ChangeReport } from "../../src/cli/files/change.ts"
import { ListEntry } from "../../src/cli/files/list.ts"
import { VersionEntry } from "../../src/cli/files/versions.ts"
import { LogEntry } from "../../src/cli/history/log.ts"
import { columnsOf } from "../../src/cli/text/width.ts"
import { PondFolder } from "../support/cli.ts"
import { shell } from "../support/pond.ts"

const HASH = "44c77418e27569db9213c6b43d9049ecffb5496f7d0e3d4254bb68410adecc3e"

/** Names that are hard to line up, or dangerous to show. */
const NAMES = ["plain", "日本語のログ", "e\u0301", "👨‍👩‍👧x", "t\tab", "\u001b[31mred", "\u202egpj.exe", ".hidden"]

const home = new PondFolder()
afterAll(() => home[Symbol.dispose]())

mkdirSync(join(home.path, "names"))
for (const name of NAMES) writeFileSync(join(home.path, "names", name), "x\n")
home.text("copy", "host:names/", "/names")
home.run(["copy", "-", "/report"], { input: "one\n" })
home.run(["copy", "-", "/report"], { input: "one two three\n".repeat(1000) })

/** The exit code, and what was said. */
const said = (...args: ReadonlyArray<string>): readonly [number | null, string, string] => {
  const { code, stderr, stdout } = home.run(args)
  return [code, stdout.toString(), stderr]
}

describe("pond list", () => {
  it("gives each node with what its Schema says", () => {
    const entries = home.lines(ListEntry, "list", "/names", "--all")
    expect(entries.map(({ path }) => path.slice("/names/".length)).toSorted()).toEqual(NAMES.toSorted())
    expect(entries[0]).toMatchObject({ type: "file", size: 2, version: 1, hash: HASH, txn: 1 })
    expect(home.lines(ListEntry, "ls").map(({ path, type }) => `${type} ${path}`)).toEqual([
      "dir /names",
      "file /report"
    ])
    expect(home.lines(ListEntry, "ls", "/report", "--at", "2")).toMatchObject([{ size: 4, version: 1 }])
    expect(home.lines(ListEntry, "ls", "/**/p*")).toMatchObject([{ path: "/names/plain" }])
  })

  it("lines up what has wide characters, and shows no control characters", () => {
    home.text("ln", "-s", "/report", "/names/newest")
    const lines = home.text("ls", "-la", "/names").trimEnd().split("\n")
    expect(lines.length).toBe(NAMES.length + 1)
    // The paths are the last column: all begin at the same place.
    const starts = lines.map((line) => columnsOf(line.slice(0, line.indexOf(" /"))))
    expect(new Set(starts).size).toBe(1)
    // Here they are in the middle: what follows them does.
    const shown = home
      .text("show", "1")
      .split("\n")
      .filter((line) => line.includes(" v1 "))
    expect(new Set(shown.map((line) => columnsOf(line.slice(0, line.indexOf(" v1 "))))).size).toBe(1)
    expect(shown.length).toBe(NAMES.length)
    const text = lines.join("\n")
    expect(text).toContain("/names/newest -> /report")
    expect(text).toContain("\\u001b[31mred")
    expect(text).toContain("\\u202egpj.exe")
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
  })

  it("has no colours, with or without NO_COLOR, and survives a reader that goes away", () => {
    const plain = home.run(["ls", "-l", "/names"], { env: { FORCE_COLOR: "1" } })
    expect(home.run(["ls", "-l", "/names"], { env: { NO_COLOR: "1" } })).toEqual(plain)
    const closed = shell("set -o pipefail; pond ls /names | head -n 1; pond cat /report | head -c 3", {
      cwd: home.path
    })
    expect([closed.code, closed.stderr]).toEqual([0, ""])
    expect(closed.stdout.toString()).toMatch(/^\/names\/[^\n]+\none$/)
  })
})

describe("pond cat and pond versions", () => {
  it("give old versions and ranges, byte for byte", () => {
    expect(said("cat", "/report", "--version", "1")).toEqual([0, "one\n", ""])
    expect(said("cat", "/report", "--range", "4-6")).toEqual([0, "two", ""])
    expect(said("cat", "/report", "--range=-6", "--format", "raw", "--json")).toEqual([0, "three\n", ""])
    expect(said("cat", "/report", "/names/plain", "--at", "2")).toEqual([0, "one\nx\n", ""])
    const versions = home.lines(VersionEntry, "versions", "/report")
    expect(versions.map(({ size, txn, version }) => [version, txn, size])).toEqual([
      [1, 2, 4],
      [2, 3, 14_000]
    ])
    expect(home.text("versions", "/report")).toMatch(
      /^v1 {2}txn 2 {2}\S+Z +4 B {2}[0-9a-f]{64}\nv2 {2}txn 3 .* 13\.7 KiB /
    )
  })
})

describe("pond mkdir, mv, rm and ln", () => {
  it("change names in one transaction each, and say so; the history keeps the flags", () => {
    expect(home.json(ChangeReport, "mkdir", "-p", "/a/b", "/a/c")).toMatchObject({
      paths: ["/a/b", "/a/c"],
      changed: true
    })
    expect(said("mkdir", "-p", "/a/b")).toEqual([0, "nothing to change\n", ""])
    expect(said("mv", "/a/b", "/a/c/")).toEqual([0, "Moved /a/b to /a/c/b\n", ""])
    expect(said("ln", "-s", "../report", "/a/link")).toEqual([0, "Made /a/link -> ../report\n", ""])
    expect(said("cat", "/a/link", "--range", "0-2")).toEqual([0, "one", ""])
    expect(said("rm", "/a/link", "/a/c/b")).toEqual([0, "Removed 2 nodes; history keeps them\n", ""])
    expect(home.json(ChangeReport, "rm", "--recursive", "/a")).toMatchObject({ command: "rm", changed: true })
    expect(home.lines(LogEntry, "log", "--limit", "5").map(({ request }) => JSON.parse(request) as unknown)).toEqual([
      { command: "rm", paths: ["/a"], recursive: true },
      { command: "rm", paths: ["/a/link", "/a/c/b"] },
      { command: "ln", paths: ["../report", "/a/link"], symbolic: true },
      { command: "mv", paths: ["/a/b", "/a/c/"] },
      { command: "mkdir", paths: ["/a/b", "/a/c"], parents: true }
    ])
    expect(home.text("log", "--limit", "1")).toContain("rm /a --recursive\n")
  })
})

describe("what cannot be done", () => {
  it.each([
    [["ls", "/nmes"], 1, '"/nmes" does not exist: did you mean "/names"?'],
    [["cat", "/names/nothing here"], 1, '"/names/nothing here" does not exist: `pond ls /names` shows what is there'],
    [["ls", "/names/*.zip"], 1, 'nothing in the pond matches "/names/*.zip"'],
    [["cat", "/names"], 1, '"/names" is a directory, and this needs a file, series or table: `pond ls /names`'],
    [["cat", "/report", "--version", "9"], 1, '"/report" has no version 9: `pond versions /report` lists'],
    [["cat", "/report", "--at", "99"], 1, "this pond has no txn 99: its transactions are 0 to"],
    [["cat", "/report", "--at", "soon"], 2, '"soon" is neither a transaction nor a time'],
    [["cat", "/report", "--range", "9-1"], 2, '"9-1" is not a range of bytes: 0-99, 100- and -50 are'],
    [["cat", "/report", "--format", "pdf"], 2, '"pdf" is not a value for `--format`'],
    [["cat"], 2, "PATH is missing; see `pond cat --help`"],
    [["cat", "host:/etc/hosts"], 1, "`host:` is for `pond copy`"],
    [["rm", "/rep*"], 1, "this command takes no patterns, `pond ls '/rep*'` shows what matches"],
    [["cp", "names/plain", "/x"], 2, "did you mean `pond copy host:names/plain /x`?"],
    [["mkdir", "/x/y"], 1, '"/x" does not exist, so nothing can be made in it: `pond mkdir -p` makes it too'],
    [["mkdir", "/names"], 1, '"/names" exists already'],
    [["mv", "/names", "/names/in"], 1, "lies inside it"],
    [["mv", "/names"], 2, "B is missing; see `pond mv --help`"],
    [["rm", "/names"], 1, '"/names" is not empty: `pond rm -r /names` removes it'],
    [["rm", "-r", "/"], 1, "the root cannot be removed"],
    [["rm", "/x", "--recursve"], 2, "did you mean `--recursive`?"],
    [["ln", "-s", "/report"], 2, "PATH is missing; see `pond ln --help`"]
  ] as const)("%j is told in one line", (args, code, problem) => {
    const [ended, stdout, stderr] = said(...args)
    expect([ended, stdout, stderr]).toEqual([code, "", expect.stringContaining(problem)])
    expect(stderr).toMatch(/^pond: [^\n]+\n$/)
  })

  it("is one JSON document for programs", () => {
    const { code, stderr } = home.run(["cat", "/reprot", "--json"])
    expect([code, JSON.parse(stderr)]).toEqual([
      1,
      { error: { tag: "NotFound", message: '"/reprot" does not exist: did you mean "/report"?', path: "/reprot" } }
    ])
  })
})
