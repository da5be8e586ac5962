/**
 * `pond` as a process among others: pipes that close, disks that are full, signals.
 */
import { spawnSync } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { constants } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Folder, shell, startPond } from "../support/pond.ts"

describe("standard output", () => {
  it("that is closed early, or before anything is written, is success", () => {
    const ran = shell("pond b3sum $(yes /dev/null | head -n 20000) | head -n 1; echo $PIPESTATUS")
    expect([ran.stdout.toString().split("\n").slice(1), ran.stderr]).toEqual([["0", ""], ""])
    expect(shell("pond --help | true; echo $PIPESTATUS").stdout.toString()).toBe("0\n")
  })

  it("that cannot be written is a failure with its reason", () => {
    for (const command of ["pond --help", "pond --version", "pond b3sum"]) {
      const ran = shell(`${command} > /dev/full`)
      expect(ran.code).toBe(1)
      expect(ran.stderr).toMatch(/^pond: cannot write to standard output \(ENOSPC[^\n]*again\n$/)
    }
  })
})

describe("standard error", () => {
  it("that is closed hides messages and changes nothing else", () => {
    const ran = shell("pond b3sum missing /dev/null 2>&-; echo $?; pond b3sum missing 2> /dev/full; echo $?")
    expect(ran.stdout.toString().split("\n").slice(1)).toEqual(["1", "1", ""])
  })
})

describe("signals", () => {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

  it.each(signals)("%s ends it at once, whatever it waits for, with its exit code", async (signal) => {
    using folder = new Folder()
    writeFileSync(join(folder.path, "first"), "")
    spawnSync("mkfifo", [join(folder.path, "pipe")])
    const code = 128 + constants.signals[signal]
    for (const endless of ["-", "pipe", "/dev/zero"]) {
      const child = startPond(["b3sum", "first", endless], { cwd: folder.path })
      const exit = once(child, "exit")
      // The line of the first file says that it works on the second.
      await once(child.stdout, "data")
      child.kill(signal)
      expect(await exit).toEqual([code, null])
    }
  })
})
