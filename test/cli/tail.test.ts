/**
 * The end of a file, and what comes after it.
 */
import type { ChildProcessWithoutNullStreams } from "node:child_process"
import { once } from "node:events"
import { appendFileSync, copyFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs"
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
    await pond.transaction(async (tx) => {
      await tx.append("/app.log", "more of the next\n")
      await tx.append("/app.log.1", "late to the old\n")
    })
    await said("more of the next\n")
    await pond.transaction((tx) => tx.write("/app.log", "the next\nmore of the next\nwritten again, longer\n"))
    await said("longer\n")
    await pond.transaction((tx) => tx.write("/app.log", "anew\n"))
    await said("anew\n")
    await pond.transaction((tx) => tx.remove("/app.log"))
    await pond.close()
    expect(await ended).toEqual([0, null])
    expect(await said("")).toBe(
      "last\nmore\nafter the rename\nthe end of the old\nthe next\nlate to the old\nmore of the next\nwritten again, longer\nanew\n"
    )
    expect((await told("removed")).trim().split("\n")).toEqual([
      "pond: app.log is another file now, and follows from its beginning",
      "pond: app.log was written anew: version 4 follows whole",
      "pond: app.log was removed"
    ])
  })

  it("shows each line once, in order, of a log that is mirrored while it rotates, also twice between two syncs", async () => {
    using home = new PondFolder()
    const logs = join(home.path, "logs")
    mkdirSync(logs)
    let count = 0
    const write = (name: string, lines: number) => {
      for (let line = 0; line < lines; line++) appendFileSync(join(logs, name), `line ${count++}\n`)
    }
    const rotate = () => {
      for (const [from, to] of [
        ["app.log.2", "app.log.3"],
        ["app.log.1", "app.log.2"],
        ["app.log", "app.log.1"]
      ] as const) {
        if (existsSync(join(logs, from))) renameSync(join(logs, from), join(logs, to))
      }
      write("app.log", 0)
      writeFileSync(join(logs, "app.log"), "", { flag: "a" })
    }
    write("app.log", 3)
    home.text(
      "add",
      "logfile",
      "logs",
      "--active",
      `${logs}/app.log`,
      "--archived",
      `${logs}/app.log.[0-9]*`,
      "--pond-path",
      "/logs"
    )
    home.text("run", "logs")
    const process = startPond(["tail", "-f", "/logs/app.log"], { cwd: home.path })
    const said = watch(process.stdout)
    await said("line 2\n")
    const lines =
      (number: number, name = "app.log") =>
      () =>
        write(name, number)
    const betweenSyncs: ReadonlyArray<ReadonlyArray<() => void>> = [
      [lines(2)],
      // The old file is still written to after it was renamed, and the new one is empty at first.
      [rotate],
      [lines(2, "app.log.1"), lines(2)],
      [lines(1), rotate, lines(2)],
      [lines(1), rotate, lines(3), rotate, lines(1)],
      // Nothing was written to the one that is rotated.
      [rotate],
      [lines(2), rotate],
      [lines(2)],
      // As copytruncate does it.
      [
        lines(1),
        () => copyFileSync(join(logs, "app.log"), join(logs, "app.log.0")),
        () => writeFileSync(join(logs, "app.log"), ""),
        lines(1)
      ]
    ]
    for (const steps of betweenSyncs) {
      for (const step of steps) step()
      home.text("run", "logs")
    }
    const all = Array.from({ length: count }, (_, line) => `line ${line}\n`).join("")
    await said(`line ${count - 1}\n`)
    const ended = once(process, "exit")
    process.kill("SIGINT")
    expect(await ended).toEqual([130, null])
    expect(await said("")).toBe(all)
  })

  it("shows several files, each part below its path, until all are gone", async () => {
    using home = new PondFolder()
    const pond = await openPond(join(home.path, ".pond"))
    await pond.transaction(async (tx) => {
      await tx.append("/a", "a 1\n")
      await tx.append("/b", "b 1")
    })
    const process = startPond(["tail", "-f", "a", "/b", "a"], { cwd: home.path })
    const said = watch(process.stdout)
    const ended = once(process, "exit")
    await said("b 1")
    await pond.transaction(async (tx) => {
      await tx.append("/a", "a 2\n")
      await tx.append("/b", "\nb 2\n")
    })
    await said("b 2\n")
    await pond.transaction((tx) => tx.append("/b", "b 3\n"))
    await pond.transaction((tx) => tx.remove("/b"))
    await pond.transaction((tx) => tx.append("/a", "a 3\n"))
    await said("a 3\n")
    await pond.transaction((tx) => tx.remove("/a"))
    await pond.close()
    expect(await ended).toEqual([0, null])
    expect(await said("")).toBe(
      "==> a <==\na 1\n\n==> /b <==\nb 1\n\n==> a <==\na 2\n\n==> /b <==\n\nb 2\nb 3\n\n==> a <==\na 3\n"
    )
    expect(home.run(["tail", "none", "b"])).toMatchObject({ code: 1 })
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
