/**
 * The end of a file, and what comes after it.
 */
import type { ChildProcessWithoutNullStreams } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { openPond } from "../../src/index.ts"
import { PondFolder } from "../support/cli.ts"
import { startPond } from "../support/pond.ts"

/** Collects what a process writes, and waits until it wrote a text. */
const watch = (stream: ChildProcessWithoutNullStreams["stdout"]) => {
  let text = ""
  stream.on("data", (chunk: Buffer) => (text += chunk.toString()))
  return async (wanted: string): Promise<string> => {
    while (!text.includes(wanted)) await once(stream, "data")
    return text
  }
}

describe("pond tail", () => {
  it("prints the last lines", () => {
    using home = new PondFolder()
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`)
    home.run(["copy", "-", "/a"], { input: lines.join("") })
    home.run(["copy", "-", "/unended"], { input: "one\ntwo" })
    home.run(["copy", "-", "/empty"], { input: "" })
    expect(home.text("tail", "a")).toBe(lines.slice(-10).join(""))
    expect(home.text("tail", "-n", "3", "a")).toBe(lines.slice(-3).join(""))
    expect(home.text("tail", "-n15000", "a")).toBe(lines.slice(-15_000).join(""))
    expect(home.text("tail", "--lines", "30000", "a")).toBe(lines.join(""))
    expect(home.text("tail", "-n", "0", "a")).toBe("")
    expect(home.text("tail", "-n", "1", "unended")).toBe("two")
    expect(home.text("tail", "empty")).toBe("")
  })

  it.each([
    [["tail", "/"], 1, "a dir"],
    [["tail", "none"], 1, "does not exist"],
    [["tail", "-n", "-1", "a"], 2, "cannot be -1"],
    [["tail"], 2, "PATH is missing"]
  ])("%j is refused", (args, code, part) => {
    using home = new PondFolder()
    const ran = home.run(args)
    expect([ran.code, ran.stdout.toString()]).toEqual([code, ""])
    expect(ran.stderr).toContain(part)
  })

  it("follows what is added, through renames, to the next of the name, until it is removed", async () => {
    using home = new PondFolder()
    const pond = await openPond(join(home.path, ".pond"))
    await pond.transaction((tx) => tx.append("/app.log", "old\nlast\n"))
    const process = startPond(["tail", "-f", "-n", "1", "app.log"], { cwd: home.path })
    const said = watch(process.stdout)
    const told = watch(process.stderr)
    const ended = once(process, "exit")
    await said("last\n")
    await pond.transaction((tx) => tx.append("/other.log", "not mine\n"))
    await pond.transaction((tx) => tx.append("/app.log", "more\n"))
    await said("more\n")
    await pond.transaction((tx) => tx.move("/app.log", "/app.log.1"))
    await pond.transaction((tx) => tx.append("/app.log.1", "after the rename\n"))
    await said("after the rename\n")
    await pond.transaction(async (tx) => {
      await tx.append("/app.log.1", "the end of the old\n")
      await tx.append("/app.log", "the next\n")
    })
    await said("the next\n")
    await pond.transaction((tx) => tx.append("/app.log.1", "no longer mine\n"))
    await pond.transaction((tx) => tx.write("/app.log", "anew\n"))
    await said("anew\n")
    await pond.transaction((tx) => tx.remove("/app.log"))
    await pond.close()
    expect(await ended).toEqual([0, null])
    expect(await said("")).toBe("last\nmore\nafter the rename\nthe end of the old\nthe next\nanew\n")
    expect((await told("removed")).trim().split("\n")).toEqual([
      "pond: app.log is another file now, and follows from its beginning",
      "pond: app.log was written anew: version 2 follows whole",
      "pond: app.log was removed"
    ])
  })

  it("ends on a signal, after what was written", async () => {
    using home = new PondFolder()
    home.run(["copy", "-", "/a"], { input: "text\n" })
    const process = startPond(["tail", "-f", "a"], { cwd: home.path })
    const ended = once(process, "exit")
    await watch(process.stdout)("text\n")
    process.kill("SIGINT")
    expect(await ended).toEqual([130, null])
  })
})
