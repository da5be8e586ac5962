/**
 * A dry run plans what the real run then does, and leaves everything as it was (R8): pond, caches, host.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { PondFolder, picture } from "../support/cli.ts"

/** What a report may say only after the deed, or says of being dry. */
const plan = (stdout: string): string =>
  stdout.replaceAll(/"(?:dryRun|txn)":[^,}]*/g, "").replaceAll(/, txn \d+|; a dry run, nothing was \w+/g, "")

const CASES: ReadonlyArray<ReadonlyArray<string>> = [
  ["copy", "host:src", "/new"],
  ["copy", "host:src", "/logs", "--json"],
  ["copy", "host:src/", "/logs"],
  ["copy", "/logs/**", "host:out/deep", "--json"],
  ["copy", "/logs/a", "host:src/a"],
  ["prune", "/logs/a", "--keep", "1", "--yes", "--json"],
  ["maintain", "--json"]
]

describe("--dry-run", () => {
  it.each(CASES.map((args) => [args.join(" "), args] as const))("of %s", (_, args) => {
    using home = new PondFolder()
    mkdirSync(join(home.path, "src/deep"), { recursive: true })
    for (const text of ["one", "two"]) {
      writeFileSync(join(home.path, "src/a"), text)
      writeFileSync(join(home.path, "src/deep/b"), Buffer.alloc(100_000, text))
      home.text("copy", "host:src/", "/logs")
    }
    writeFileSync(join(home.path, "src/deep/b"), Buffer.alloc(100_000, "three"))
    writeFileSync(join(home.path, "src/a"), "three")
    const before = picture(home.path)
    const planned = home.run([...args, "--dry-run"])
    expect(picture(home.path)).toEqual(before)
    const done = home.run(args)
    expect([planned.code, planned.stderr]).toEqual([done.code, done.stderr])
    expect(plan(planned.stdout.toString())).toBe(plan(done.stdout.toString()))
    expect(picture(home.path)).not.toEqual(before)
  })

  it("of a destination that does not exist makes nothing", () => {
    using home = new PondFolder()
    writeFileSync(join(home.path, "a"), "text")
    home.text("copy", "host:a", "/a")
    const before = picture(home.path)
    expect(home.text("copy", "/a", "host:no/such/place/", "-n")).toContain("created  4 B")
    expect(picture(home.path)).toEqual(before)
  })
})
