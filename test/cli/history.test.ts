/**
 * `pond log`, `show`, `why`, `diff` and `describe`: what happened, from a fresh process each.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Description } from "../../src/cli/describe/describe.ts"
import { Change } from "../../src/cli/diff/changes.ts"
import { ContentDiff } from "../../src/cli/diff/contents.ts"
import { LogEntry } from "../../src/cli/history/log.ts"
import { ShownTransaction } from "../../src/cli/history/show.ts"
import { WhyReport } from "../../src/cli/history/why.ts"
import { openPond } from "../../src/index.ts"
import { PondFolder } from "../support/cli.ts"

let home: PondFolder

/** Five transactions: two files; one grows; it is moved with the directory; the other is removed and made anew; a wide name. */
beforeAll(async () => {
  home = new PondFolder()
  mkdirSync(join(home.path, "logs"))
  writeFileSync(join(home.path, "logs/a.log"), "one\n")
  writeFileSync(join(home.path, "logs/b"), "b")
  home.text("copy", "host:logs", "/logs")
  writeFileSync(join(home.path, "logs/a.log"), "one\ntwo\n")
  home.text("copy", "host:logs/a.log", "/logs/")
  await using pond = await openPond(join(home.path, ".pond"))
  await pond.transaction(async (tx) => {
    await tx.mkdir("/old")
    await tx.move("/logs/a.log", "/old/a.log.1")
  })
  await pond.transaction((tx) => tx.remove("/logs/b").then(() => tx.write("/logs/b", "another")), { author: "程序" })
  await pond.transaction((tx) => tx.write("/日本語 😀\u001b[2J", "wide"), { author: "x", request: "by hand\n" })
})

afterAll(() => home[Symbol.dispose]())

const kinds = (args: ReadonlyArray<string>) =>
  home.lines(LogEntry, "log", ...args).map(({ events, txn }) => ({ txn, ...events }))

describe("pond log", () => {
  it("tells transactions, newest first, in columns that line up", () => {
    const lines = home.text("log").replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "TIME")
    expect(lines).toBe(
      [
        "5  TIME  x     1 created             by hand\\n",
        "4  TIME  程序  1 created, 1 removed",
        "3  TIME  -     1 created, 1 moved",
        "2  TIME  test  1 written             copy host:logs/a.log /logs/",
        "1  TIME  test  3 created             copy host:logs /logs",
        ""
      ].join("\n")
    )
  })

  it("tells as many as are wanted", () => {
    expect(kinds(["--limit", "2"]).map(({ txn }) => txn)).toEqual([5, 4])
    expect(kinds(["--limit", "0"])).toHaveLength(5)
    expect(home.run(["log", "--limit", "-1"]).code).toBe(2)
  })

  it("follows a file through its renames, and a directory through what lay in it", () => {
    expect(kinds(["/old/a.log.1"])).toEqual([
      { txn: 3, moved: 1 },
      { txn: 2, written: 1 },
      { txn: 1, created: 1 }
    ])
    expect(kinds(["/logs"])).toEqual([
      { txn: 4, created: 1, removed: 1 },
      { txn: 3, moved: 1 },
      { txn: 2, written: 1 },
      { txn: 1, created: 3 }
    ])
    expect(kinds(["/old", "--limit", "1"])).toEqual([{ txn: 3, created: 1, moved: 1 }])
    expect(kinds(["/"])).toHaveLength(5)
    expect(home.run(["log", "/logs/a.log"]).stderr).toBe(
      'pond: "/logs/a.log" does not exist: `pond ls /logs` shows what is there\n'
    )
  })
})

describe("pond show", () => {
  it("shows every event by its path", () => {
    const shown = (txn: number) =>
      home.json(ShownTransaction, "show", String(txn)).events.map(({ from, kind, path }) => [kind, from, path])
    expect(shown(3)).toEqual([
      ["created", undefined, "/old"],
      ["moved", "/logs/a.log", "/old/a.log.1"]
    ])
    expect(shown(4)).toEqual([
      ["removed", undefined, "/logs/b"],
      ["created", undefined, "/logs/b"]
    ])
    expect(home.text("show", "3")).toContain("moved    file  /logs/a.log -> /old/a.log.1  v2  8 B")
    expect(home.text("show", "5")).toContain("/日本語 😀\\u001b[2J")
  })

  it.each([["0"], ["6"]])("names what is missing: txn %s", (txn) => {
    const ran = home.run(["show", txn])
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringContaining(`has no txn ${txn}: its transactions are 0 to 5`)
    ])
  })

  it("takes numbers only", () => {
    expect(home.run(["show", "first"]).code).toBe(2)
  })
})

describe("pond why", () => {
  it("tells which request brought which version", () => {
    const { path, steps } = home.json(WhyReport, "why", "old/a.log.1")
    expect(path).toBe("/old/a.log.1")
    expect(
      steps.map(({ added, kind, name, request, txn, version }) => [txn, kind, version, added, name, request])
    ).toEqual([
      [1, "created", 1, 4, "a.log", `{"command":"copy","paths":["host:logs","/logs"]}`],
      [2, "written", 2, 4, "a.log", `{"command":"copy","paths":["host:logs/a.log","/logs/"]}`],
      [3, "moved", null, null, "a.log.1", ""]
    ])
    expect(home.text("why", "/old/a.log.1")).toContain("written v2  +4 B  a.log    copy host:logs/a.log /logs/")
  })
})

describe("pond diff", () => {
  const changes = (...args: ReadonlyArray<string>) =>
    home
      .lines(Change, "diff", ...args)
      .map(({ before, change, path, what }) => [change, before?.path, path, what.join()])

  it("tells by path what changed between two transactions", () => {
    expect(changes("1", "head")).toEqual([
      ["replaced", "/logs/b", "/logs/b", "content"],
      ["added", undefined, "/old", ""],
      ["moved", "/logs/a.log", "/old/a.log.1", "path,content"],
      ["added", undefined, "/日本語 😀\u001b[2J", ""]
    ])
    expect(changes("1", "2")).toEqual([["modified", "/logs/a.log", "/logs/a.log", "content"]])
    expect(changes("3", "2").map(([change]) => change)).toEqual(["moved", "removed"])
    expect(changes("5")).toEqual([])
    expect(home.text("diff", "1", "2")).toBe("~ modified  /logs/a.log  4 B -> 8 B\n")
  })

  it("takes times", () => {
    const [first] = home.lines(LogEntry, "log", "--limit", "0").filter(({ txn }) => txn === 1)
    expect(changes(first!.time, "2999-01-01")).toEqual(changes("1", "5"))
    expect(home.run(["diff", "1999-01-01"]).stderr).toContain("has no transaction as old as that")
  })

  it("compares two versions of a file line by line", () => {
    expect(home.text("diff", "/old/a.log.1@1", "/old/a.log.1")).toBe(
      "--- /old/a.log.1@1\n+++ /old/a.log.1@2\n@@ -1 +1,2 @@\n one\n+two\n"
    )
    const same = home.json(ContentDiff, "diff", "/logs/b", "/logs/b@1")
    expect([same.isSame, same.diff, home.text("diff", "/logs/b", "/logs/b@1")]).toEqual([true, null, ""])
    expect(home.run(["diff", "/logs/b@7", "/logs/b"]).stderr).toContain("has no version 7")
    expect(home.run(["diff", "/logs", "/logs/b"]).stderr).toContain("is a directory, and this needs a file")
    expect(home.run(["diff", "1", "/logs/b"]).stderr).toContain("cannot be compared: name two transactions")
  })
})

describe("pond describe", () => {
  it("tells all that is known of what a pattern matches", () => {
    const [file] = home.lines(Description, "describe", "/old/*")
    expect(file).toMatchObject({ path: "/old/a.log.1", type: "file", size: 8, version: 2, versions: 2, events: 3 })
    expect(file?.extents).toEqual([{ kind: "inline", count: 2, bytes: 12 }])
    expect(file?.names).toEqual(["a.log", "a.log.1"])
    expect(home.lines(Description, "describe", "/**").map(({ path }) => path)).toEqual([
      "/logs",
      "/logs/b",
      "/old",
      "/old/a.log.1",
      "/日本語 😀\u001b[2J"
    ])
    expect(home.text("describe", "/日*")).toMatch(/^\/日本語 😀\\u001b\[2J\n {2}type {6}file\n {2}size {6}4 bytes\n/)
    expect(home.run(["describe", "/none*"]).stderr).toContain(`nothing in the pond matches "/none*"`)
  })
})
