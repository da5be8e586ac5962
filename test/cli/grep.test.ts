/**
 * `pond grep`, through the real command.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { GrepLine } from "../../src/cli/grep/show.ts"
import { noise } from "../support/bao/content.ts"
import { PondFolder } from "../support/cli.ts"
import { shell, startPond } from "../support/pond.ts"

const MiB = 1024 ** 2

const time = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()
const entry = (minute: number, message: string): string => `${JSON.stringify({ time: time(minute), message })}\n`

/** A mirror of a log that was rotated twice, the oldest archive compressed by somebody. */
const mirrored = (): PondFolder => {
  const home = new PondFolder()
  const host = join(home.path, "host")
  mkdirSync(host)
  const log = join(host, "app.log")
  const sync = (): void => void home.text("run", "app", "sync")
  writeFileSync(log, entry(1, "the first error") + entry(2, "fine"))
  const patterns = ["--archived", `${host}/app.log.[0-9]*`, "--active", log, "--pond-path", "/logs/app"]
  home.text("add", "logfile", "app", ...patterns, "--timestamp-field", "time")
  sync()
  renameSync(log, join(host, "app.log.1"))
  writeFileSync(log, entry(3, "the second error"))
  sync()
  renameSync(join(host, "app.log.1"), join(host, "app.log.2"))
  renameSync(log, join(host, "app.log.1"))
  writeFileSync(log, entry(4, "fine") + entry(5, "the third error") + entry(6, "fine"))
  sync()
  return home
}

const found = (home: PondFolder, ...args: ReadonlyArray<string>) => {
  const ran = home.run(["grep", ...args])
  return { code: ran.code, stderr: ran.stderr, lines: ran.stdout.toString().split("\n").slice(0, -1) }
}

describe("pond grep", () => {
  it("finds lines in the order of time, through rotations, of the time that is asked for", () => {
    using home = mirrored()
    const all = found(home, "error", "/logs")
    expect(all.lines.map((line) => /^\/logs\/app\/(\S+?):.*the (\w+) error/.exec(line)?.slice(1))).toEqual([
      ["app.log.2", "first"],
      ["app.log.1", "second"],
      ["app.log", "third"]
    ])
    const ofMinutes = (...args: ReadonlyArray<string>) =>
      found(home, "message", "/logs/app/*", ...args).lines.map((line) => /:(\d\d):00\.000Z/.exec(line)?.[1])
    expect(ofMinutes("--since", time(3), "--until", time(5))).toEqual(["03", "04", "05"])
    expect(ofMinutes("--until", time(1))).toEqual(["01"])
    expect(ofMinutes("--since", "1h")).toEqual([])
    const json = home.lines(GrepLine, "grep", "third", "/logs")
    expect(json).toMatchObject([
      { path: "/logs/app/app.log", line: 2, offset: entry(4, "fine").length, context: false }
    ])
    expect(json[0]?.time).toBe("2026-01-01T00:05:00.000000Z")
    const later = home.lines(GrepLine, "grep", "fine", "/logs", "--since", time(6))
    expect(later.map(({ line }) => line)).toEqual([3])
  })

  it("has the flags that people know", () => {
    using home = mirrored()
    const log = "/logs/app/app.log"
    expect(found(home, "-c", "error", "/logs").lines).toEqual([
      "/logs/app/app.log.2:1",
      "/logs/app/app.log.1:1",
      `${log}:1`
    ])
    expect(found(home, "-l", "fine", "/logs").lines).toEqual(["/logs/app/app.log.2", log])
    expect(found(home, "-n", "-C", "1", "THIRD", "-i", log).lines.map((line) => line.slice(0, 2))).toEqual([
      "1-",
      "2:",
      "3-"
    ])
    expect(found(home, "-v", "-c", "error", log).lines).toEqual(["2"])
    expect(found(home, "-F", "-c", 'the third error"}', log).lines).toEqual(["1"])
    expect(found(home, "-m", "1", "fine", log).lines).toHaveLength(1)
    expect(found(home, "-m", "1", "fine", "/logs", "--since", time(6)).lines).toHaveLength(1)
    expect(found(home, "nothing of this", "/logs")).toEqual({ code: 1, stderr: "", lines: [] })
    expect(found(home, "error", "/logs", "--at", "2").lines).toHaveLength(1)
    expect(found(home, "[x", "/logs")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Unterminated.*pond grep --help/)
    })
    expect(found(home, "x", "/nowhere")).toMatchObject({ code: 1, stderr: expect.stringContaining("/nowhere") })
    expect(found(home, "x", "/logs", "--since", "soon")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("2026-11-21")
    })
  })

  it("looks into compressed files; what is damaged is named, and the others are searched", () => {
    using home = new PondFolder()
    const text = "a line\nthe needle\n".repeat(3)
    for (const [name, bytes] of Object.entries({
      "a.gz": gzipSync(text),
      "b.zst": zstdCompressSync(text),
      "c.gz": "no gzip"
    })) {
      home.run(["copy", "-", `/${name}`], { input: bytes })
    }
    home.run(["copy", "-", "/d"], { input: "the needle\n".repeat(100_000) })
    const blobs = join(home.path, ".pond/data/_blobs")
    const [blob] = readdirSync(blobs, { recursive: true, encoding: "utf8" }).filter((name) => name.includes("/"))
    const damaged = readFileSync(join(blobs, blob!))
    damaged[20]! ^= 1
    writeFileSync(join(blobs, blob!), damaged)
    const ran = found(home, "-c", "needle", "/*")
    expect(ran.lines).toEqual(["/a.gz:3", "/b.zst:3"])
    expect([ran.code, ran.stderr.split("\n").length]).toEqual([1, 3])
    expect(ran.stderr).toContain("/c.gz")
    expect(ran.stderr).toContain("/d")
  })

  it("gives what lies before damage in a large file, nothing that was forged, and searches the others", () => {
    using home = new PondFolder()
    // Noise is not compressed: what somebody writes into the blob would be found, were it not checked.
    const content = Buffer.from(noise(7 * MiB))
    for (const [index, at] of [0.5, 3.75, 5.5, 6.75].entries()) content.write(`\nneedle ${index}\n`, at * MiB)
    home.run(["copy", "-", "/noise"], { input: content })
    const lines = "a line that is like the others\n".repeat(300_000)
    home.run(["copy", "-", "/text"], { input: `${lines}a needle\n${lines}` })
    expect(found(home, "-c", "needle").lines).toEqual(["/noise:4", "/text:1"])
    const blobs = join(home.path, ".pond/data/_blobs")
    const files = readdirSync(blobs, { recursive: true, encoding: "utf8" }).map((name) => join(blobs, name))
    const raw = files.find((file) => statSync(file).size >= content.length)
    const damaged = readFileSync(raw!)
    damaged.write("\nneedle forged\n", 4.5 * MiB)
    writeFileSync(raw!, damaged)
    const ran = found(home, "needle")
    expect(ran.lines).toEqual(["/noise:needle 0", "/noise:needle 1", "/text:a needle"])
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(/^pond: \/noise was not searched to its end: /)])
  })

  it("names a file whose lines are too long for the expression, and searches the others", () => {
    using home = new PondFolder()
    home.run(["copy", "-", "/long"], { input: `aaa\n${"a".repeat(10_000_000)}\n` })
    home.run(["copy", "-", "/short"], { input: "aaa\n" })
    const ran = found(home, "-c", "^(?=a)(a|aa)+$")
    expect(ran.lines).toEqual(["/short:1"])
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringContaining("/long was not searched to its end: a line is too")
    ])
    // What the engine of linear time knows is left to that.
    expect(found(home, "-c", "(?:a|b)*c").lines).toEqual(["/long:0", "/short:0"])
  })

  it("ends when nobody reads any more", () => {
    using home = new PondFolder()
    home.run(["copy", "-", "/text"], { input: "a line that is like the others\n".repeat(1_000_000) })
    const ran = shell("pond grep line | head -1; echo ${PIPESTATUS[@]}", { cwd: home.path })
    expect([ran.stdout.toString(), ran.stderr]).toEqual(["/text:a line that is like the others\n0 0\n", ""])
  })

  it("is ended by a signal, also where a pattern takes for ever", async () => {
    using home = new PondFolder()
    home.run(["copy", "-", "/x"], { input: `${"a".repeat(60)}!\n` })
    // A lookahead keeps V8 from its engine of linear time.
    const child = startPond(["grep", "(?=a)(a|aa)+$", "/x"], { cwd: home.path })
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve))
    const timer = setInterval(() => child.kill("SIGINT"), 700)
    expect(await ended).toBe(130)
    clearInterval(timer)
  })
})
