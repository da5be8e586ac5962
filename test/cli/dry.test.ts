/**
 * A dry run plans what the real run then does, and leaves everything as it was (R8): the pond, and the machine around it, which is its
 * home with configuration, caches and state, the logs that are mirrored, and the directories that are copied from and to.
 */
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { picture, PondFolder } from "../support/cli.ts"
import { ENVIRONMENT, Folder, type Place, pond } from "../support/pond.ts"

/** What a report may say only after the deed, or says of being dry. */
const plan = (stdout: string): string =>
  stdout
    .replaceAll(/"(?:dryRun|txn)":[^,}]*/g, "")
    .replaceAll(/, txn \d+|; a dry run, nothing was \w+/g, "")
    .replaceAll(/"pond":(?:null|"[^"]*")/g, "")
    .replace(/nothing was changed: this was a dry run\n/, "")

/**
 * The environment of a machine whose home is `home`. Compiled code of the command is kept elsewhere, where all tests find it: it has a
 * test of its own.
 */
const environmentOf = (home: string): Readonly<Record<string, string>> => ({
  HOME: home,
  XDG_CACHE_HOME: join(ENVIRONMENT["HOME"]!, ".cache"),
  XDG_CONFIG_HOME: join(home, "config"),
  XDG_STATE_HOME: join(home, "state"),
  POND_AUTHOR: "test"
})

/** A machine with a pond that has files of several versions, a mirror, and a copy of it elsewhere. Paths are those of its home. */
class Machine extends Folder {
  run(args: ReadonlyArray<string>, place: Place = {}) {
    const { code, stderr, stdout } = pond(args, { cwd: this.path, env: environmentOf(this.path), ...place })
    return { code, stderr, stdout: stdout.toString() }
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.path, path), text)
  }

  static template(): Machine {
    const home = new Machine()
    for (const directory of ["src/deep", "log", "inside", "config/pond"]) {
      mkdirSync(join(home.path, directory), { recursive: true })
    }
    home.run(["init"])
    for (const text of ["one", "two"]) {
      home.write("src/a", text)
      home.write("src/deep/b", text.repeat(33_000))
      home.run(["copy", "host:src/", "/logs"])
    }
    home.write("config/pond/config.yaml", "log:\n  limit: 5\n")
    home.write("log/app.log", "begin\n")
    home.write("log/app.log.1", "past\n")
    home.write("mirror.yaml", MIRROR)
    home.run(["mknod", "logfile", "/system/etc/mirror", "--config-path", "mirror.yaml"])
    home.run(["run", "mirror"])
    home.run(["remote", "add", "disk", "${env:HOME}/disk"])
    home.run(["push", "disk"])
    // Work for every command that follows.
    home.write("src/a", "three")
    home.write("src/deep/b", "three".repeat(20_000))
    home.write("log/app.log", "begin\nmore\n")
    home.write("log/app.log.1", "another\n")
    return home
  }

  static copyOf({ path }: Machine): Machine {
    const home = new Machine()
    cpSync(path, home.path, { recursive: true, preserveTimestamps: true })
    return home
  }
}

const MIRROR = `archived_pattern: \${env:HOME}/log/app.log.*
active_pattern: \${env:HOME}/log/app.log
pond_path: /mirror
`

const template = Machine.template()
afterAll(() => template[Symbol.dispose]())

/** What a command line needs beside what every machine has. */
interface Special {
  readonly before?: (home: Machine) => void
  readonly place?: Place
  /** It changes nothing when it is run for real either. */
  readonly isReading?: boolean
}

const runningByItself = (home: Machine): void => {
  home.run(["mv", "/system/etc/mirror", "/system/run/mirror"])
  home.write("log/app.log", "begin\nmore\nand more\n")
}

/** Bytes to erase, entries to remove, what dead writers left, and a hint and a piece of the index that are damaged. */
const muchToMaintain = (home: Machine): void => {
  home.run(["prune", "/logs/a", "--keep", "1", "--yes"])
  home.run(["maintain"])
  for (const text of ["four", "five"]) home.run(["copy", "-", "/logs/a"], { input: text })
  const data = join(home.path, ".pond/data")
  mkdirSync(join(data, ".staging"), { recursive: true })
  for (const name of ["half", "another"]) {
    writeFileSync(join(data, ".staging", name), "left by a writer that died")
    utimesSync(join(data, ".staging", name), 1_700_000_000, 1_700_000_000)
  }
  writeFileSync(join(data, "_index/_head"), "nonsense")
  for (const name of readdirSync(join(data, "_index")).filter((one) => one.endsWith(".parquet"))) {
    chmodSync(join(data, "_index", name), 0o600)
    truncateSync(join(data, "_index", name), 10)
  }
}

const CASES: ReadonlyArray<readonly [line: string, special: Special]> = [
  ["copy host:src /new", {}],
  ["copy host:src /logs --json", {}],
  ["copy host:src/ /logs", {}],
  ["copy /logs/** host:out/deep --json", {}],
  ["copy /logs/a host:src/a", {}],
  ["mkdir -p /x/y/z", {}],
  ["mkdir /x --json", { before: runningByItself }],
  ["mv /logs /archive", {}],
  ["rm -r /logs --json", {}],
  ["ln -s /logs/a /newest", {}],
  ["init --name here --json", { place: { cwd: "inside" } }],
  ["config set author somebody", {}],
  ["config set url elsewhere --project --json", { place: { cwd: "inside" } }],
  ["add logfile other --archived ${env:HOME}/o.* --active ${env:HOME}/o --pond-path /o --json", {}],
  [
    "mknod logfile /system/run/other --config-path mirror.yaml",
    { before: (home) => home.run(["rm", "/system/etc/mirror"]) }
  ],
  ["remote add far ${env:HOME}/far --default", {}],
  ["remote remove disk", {}],
  ["promote --json", { before: (home) => home.write(".pond/local/role", "replica\n") }],
  ["run mirror", { before: (home) => rmSync(join(home.path, ".pond/control"), { recursive: true }) }],
  ["run mirror accept app.log.1 --take", {}],
  ["run mirror accept app.log.1 --keep --json", {}],
  ["push --json", { before: (home) => home.run(["mkdir", "/x"]) }],
  ["prune /logs/a --keep 1 --yes --json", {}],
  ["maintain --grace 0m --json", {}],
  ["maintain --grace 0m --clean-up-log 0m --json", { before: muchToMaintain }],
  ["maintain --json", { before: (home) => home.run(["maintain", "--grace", "0m"]), isReading: true }],
  ["fsck --quick --json", { isReading: true }],
  ["fsck", { isReading: true }],
  ["list -l /logs", { isReading: true }],
  ["run mirror verify --json", { isReading: true }]
]

describe("--dry-run (R8)", () => {
  it.each(CASES)("of %s", (line, { before, isReading = false, place = {} }) => {
    using home = Machine.copyOf(template)
    before?.(home)
    const args = line.split(" ")
    const here = { ...place, ...(place.cwd === undefined ? {} : { cwd: join(home.path, place.cwd) }) }
    const began = picture(home.path)
    const planned = home.run([...args, "--dry-run"], here)
    expect(picture(home.path)).toEqual(began)
    const done = home.run(args, here)
    expect({ ...planned, stdout: plan(planned.stdout), stderr: plan(planned.stderr) }).toEqual({
      ...done,
      stdout: plan(done.stdout)
    })
    expect(done.code).not.toBe(1)
    expect(done.code).not.toBe(2)
    if (isReading) expect(picture(home.path)).toEqual(began)
    else expect(picture(home.path)).not.toEqual(began)
  })

  it("keeps nothing of the command itself", () => {
    using home = new Folder()
    const empty = picture(home.path)
    const planned = pond(["init", "--dry-run"], { cwd: home.path, env: { HOME: home.path } })
    expect([planned.code, picture(home.path)]).toEqual([0, empty])
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
