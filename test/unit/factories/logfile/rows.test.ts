/**
 * Rows of the policy about time, faults, rights, links and patterns: syncs of a real directory.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { type Mirroring, mirroring } from "../../../support/logfile/mirroring.ts"

const DAY_MS = 86_400_000

let directory = ""
let mirror: Mirroring

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "pond-logs-"))
  mirror = await mirroring(directory)
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

const write = (name: string, text: string): void => writeFileSync(join(directory, name), text)
const rotate = (from: string, to: string): void => renameSync(join(directory, from), join(directory, to))

/** A life of a log: each step, with what its sync must report. */
const LIFE: ReadonlyArray<readonly [() => void, Readonly<Record<string, string>>]> = [
  [() => write("app.json", "one\n"), { "app.json": "new" }],
  [() => write("app.json", "one\ntwo\n"), { "app.json": "appended" }],
  [() => {}, { "app.json": "unchanged" }],
  [
    () => {
      rotate("app.json", "app-1")
      write("app.json", "three\n")
    },
    { "app-1": "rotated", "app.json": "new" }
  ],
  [() => write("app.json", "another\n"), { "app-1": "unchanged", "app.json": "truncated" }]
]

describe("the clock (LP07)", () => {
  it("may go back a day or forward ten years between syncs: the result is the same", async () => {
    const jumps = [0, -DAY_MS, 3650 * DAY_MS, -3650 * DAY_MS, 0]
    for (const [at, [step, codes]] of LIFE.entries()) {
      step()
      const { codes: told } = await mirror.sync({ nowMs: Date.now() + jumps[at]! })
      expect([at, told]).toEqual([at, expect.objectContaining(codes)])
    }
    expect((await mirror.read("app-1"))?.toString()).toBe("one\ntwo\n")
    expect((await mirror.read("app.json"))?.toString()).toBe("another\n")
    expect((await mirror.list()).filter((name) => name.includes("orphan"))).toHaveLength(1)
  })
})

describe("a read that fails in the middle of a file (LP04)", () => {
  it("leaves that file as it was, and mirrors the others", async () => {
    write("app.json", "a".repeat(300_000))
    write("app-1", "b".repeat(300_000))
    await mirror.sync()
    write("app.json", `${"a".repeat(300_000)}more`)
    write("app-1", `${"b".repeat(300_000)}more`)
    const onRead = (name: string, position: number) => (name === "app-1" && position > 100_000 ? "EIO" : undefined)
    expect((await mirror.sync({ onRead })).codes).toEqual({ "app-1": "error:EIO", "app.json": "appended" })
    expect((await mirror.read("app-1"))?.length).toBe(300_000)
    expect((await mirror.sync()).codes).toEqual({ "app-1": "late-append", "app.json": "unchanged" })
  })
})

describe("a file that may not be read for a moment (LP13)", () => {
  it("is an error of that file, and is healed by the next sync", async () => {
    write("app.json", "one\n")
    write("app-1", "old\n")
    const onRead = (name: string) => (name === "app.json" ? "EACCES" : undefined)
    expect((await mirror.sync({ onRead })).codes).toEqual({ "app-1": "new", "app.json": "error:EACCES" })
    expect((await mirror.sync()).codes).toEqual({ "app-1": "unchanged", "app.json": "new" })
  })
})

describe("symbolic links (LP14)", () => {
  it("lead to the directory of the logs", async () => {
    mkdirSync(join(directory, "real"))
    symlinkSync("real", join(directory, "link"))
    writeFileSync(join(directory, "real", "app.json"), "one\n")
    const active = join(directory, "link", "app.json")
    expect((await mirror.sync({ active })).codes).toEqual({ "app.json": "new" })
    expect((await mirror.read("app.json"))?.toString()).toBe("one\n")
  })

  it("are treated by content when they are followed, and lead elsewhere the next time, as in Kubernetes", async () => {
    mkdirSync(join(directory, "pods"))
    writeFileSync(join(directory, "pods", "0"), "zero\n")
    writeFileSync(join(directory, "pods", "1"), "one\n")
    symlinkSync("pods/0", join(directory, "app.json"))
    expect((await mirror.sync({ isFollowing: true })).codes).toEqual({ "app.json": "new" })
    unlinkSync(join(directory, "app.json"))
    symlinkSync("pods/1", join(directory, "app.json"))
    expect((await mirror.sync({ isFollowing: true })).codes).toMatchObject({ "app.json": "truncated" })
    expect((await mirror.read("app.json"))?.toString()).toBe("one\n")
    const orphan = (await mirror.list()).find((name) => name.includes("orphan"))
    expect((await mirror.read(orphan!))?.toString()).toBe("zero\n")
  })
})

describe("what somebody does to the mirror in the pond (LP17)", () => {
  it("is told, undone by a new version, and stays in history", async () => {
    write("app.json", "host\n")
    write("app-1", "archive\n")
    await mirror.sync()
    await mirror.change((open) =>
      Effect.gen(function* () {
        yield* open.append("/logs/app.json", new TextEncoder().encode("an edit\n"))
        yield* open.remove("/logs/app-1")
      })
    )
    expect((await mirror.sync()).codes).toEqual({ "app-1": "new", "app.json": "changed" })
    expect((await mirror.read("app.json"))?.toString()).toBe("host\n")
    expect((await mirror.read("app.json", 2))?.toString()).toBe("host\nan edit\n")
    const again = await mirror.sync()
    expect(again).toEqual({ codes: { "app-1": "unchanged", "app.json": "unchanged" }, isCommitted: false })
  })
})

describe("patterns (LP18)", () => {
  const names = ["a.log", "b.log", "c1.log", ".hidden.log", "[x].log", "d.txt"]
  const CASES: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["*.log", ["[x].log", "a.log", "b.log", "c1.log"]],
    ["?.log", ["a.log", "b.log"]],
    ["[ab].log", ["a.log", "b.log"]],
    ["{a,c1}.log", ["a.log", "c1.log"]],
    [".*.log", [".hidden.log"]],
    ["\\[x\\].log", ["[x].log"]],
    ["**/d.*", ["d.txt"]],
    ["nothing-*", []]
  ]

  it.each(CASES)("%s", async (pattern, expected) => {
    for (const name of names) write(name, name)
    const { codes } = await mirror.sync({ active: join(directory, "none"), archived: `${directory}/${pattern}` })
    expect(Object.keys(codes).toSorted()).toEqual(expected)
  })
})
