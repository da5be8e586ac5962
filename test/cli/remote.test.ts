/**
 * Copies of ponds, through the real command in fresh processes.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { chmodSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { CloneReport } from "../../src/cli/remote/clone.ts"
import { RemoteEntry } from "../../src/cli/remote/edit.ts"
import { jobsOf } from "../../src/factories/jobs.ts"
import { localStore } from "../../src/store/local/store.ts"
import { writerLock } from "../../src/tlogfs/lock.ts"
import { picture, PondFolder } from "../support/cli.ts"

/** A pond with two files, and a remote in a directory that is not there yet. */
const withRemote = (): PondFolder => {
  const home = new PondFolder()
  writeFileSync(join(home.path, "a.txt"), "a file\n".repeat(30_000))
  home.text("copy", "host:a.txt", "/a.txt")
  home.text("remote", "add", "off-site", "elsewhere")
  return home
}

const rootOf = (home: PondFolder, ...where: ReadonlyArray<string>): string =>
  /root +(\w+)/.exec(home.text(...where, "status"))![1]!

describe("pond remote, push, pull, verify and clone", () => {
  it("carry a pond away, back, and to somebody else, equal to the last bit (LP12)", () => {
    using home = withRemote()
    expect(home.run(["run", "off-site"]).code).toBe(3)
    expect(home.text("push")).toContain("are equal")
    expect(home.text("verify", "off-site")).toContain("are equal")
    expect(home.lines(RemoteEntry, "remote", "list")).toMatchObject([{ name: "off-site", seen: { txn: 2 } }])
    const report = home.json(CloneReport, "clone", "elsewhere", "copy")
    expect(report.tip.root).toBe(rootOf(home))
    expect(rootOf(home, "--pond", "copy")).toBe(rootOf(home))
    expect(home.text("--pond", "copy", "status")).toContain("replica")
    expect(home.text("--pond", "copy", "cat", "/a.txt")).toBe(home.text("cat", "/a.txt"))
    home.text("--pond", "copy", "promote")
    expect(home.text("--pond", "copy", "status")).toContain("primary")
    home.text("mkdir", "/new")
    expect(home.text("push")).toContain("carried 1 transaction")
    expect(home.text("--pond", "copy", "pull")).toContain("are equal")
    expect(rootOf(home, "--pond", "copy")).toBe(rootOf(home))
  })

  it("tell with exit codes who is ahead, and refuse what has parted (RM06)", () => {
    using home = withRemote()
    home.text("push")
    home.text("clone", "elsewhere", "copy")
    home.text("--pond", "copy", "mkdir", "/theirs")
    home.text("--pond", "copy", "push")
    const behind = home.run(["push"])
    expect([behind.code, behind.stdout.toString()]).toEqual([3, expect.stringContaining("is behind")])
    home.text("mkdir", "/mine")
    const parted = home.run(["pull"])
    expect([parted.code, parted.stderr]).toEqual([1, expect.stringContaining("different histories")])
  })

  it("recognise a remote that was rolled back (F31)", () => {
    using home = withRemote()
    home.text("push")
    home.text("clone", "elsewhere", "old")
    home.text("mkdir", "/more")
    home.text("push")
    rmSync(join(home.path, "elsewhere"), { recursive: true })
    renameSync(join(home.path, "old"), join(home.path, "elsewhere"))
    for (const command of ["push", "pull", "verify"]) {
      const { code, stderr } = home.run([command])
      expect([command, code, stderr]).toEqual([
        command,
        1,
        expect.stringContaining("rolled back, replaced or rewritten")
      ])
    }
  })

  it("heal each other: what is lost or damaged in one copy is written again from the other (F30)", () => {
    using home = new PondFolder()
    home.text("remote", "add", "off-site", "elsewhere")
    for (const name of ["a", "b", "c"])
      home.run(["copy", "-", `/${name}`], { input: Buffer.alloc(200_000, `${name} `) })
    home.text("push")
    const spoil = (data: string): void => {
      const blobs = join(home.path, data, "_blobs")
      const [one, other] = readdirSync(blobs, { recursive: true, encoding: "utf8" }).filter((name) =>
        name.includes("/")
      )
      rmSync(join(blobs, one!))
      const bytes = readFileSync(join(blobs, other!))
      bytes[30]! ^= 1
      chmodSync(join(blobs, other!), 0o600)
      writeFileSync(join(blobs, other!), bytes)
    }
    spoil("elsewhere/data")
    expect(home.run(["verify"])).toMatchObject({ code: 1, stderr: expect.stringContaining("push NAME --heal") })
    const before = picture(home.path)
    expect(home.text("push", "--heal", "--dry-run")).toContain("healed 2 blobs")
    expect(picture(home.path)).toEqual(before)
    expect(home.text("push", "--heal")).toContain("healed 2 blobs")
    expect(home.text("verify")).toContain("are equal")
    spoil(".pond/data")
    expect(home.run(["fsck"]).code).toBe(1)
    expect(home.text("pull", "--heal")).toContain("healed 2 blobs")
    expect(home.text("fsck")).toContain("sound")
    expect(home.text("pull", "--heal")).toContain("nothing had to be healed")
    // What neither has stays lost, and is named.
    spoil("elsewhere/data")
    spoil(".pond/data")
    expect(home.run(["push", "--heal"])).toMatchObject({ code: 1, stderr: expect.stringContaining("is damaged") })
  })

  it("change nothing in a dry run, on either side (R8)", () => {
    using home = withRemote()
    const before = picture(home.path)
    expect(home.text("push", "--dry-run")).toContain("are equal")
    home.text("clone", ".pond", "copy", "--dry-run")
    expect(picture(home.path)).toEqual(before)
  })

  it("give all but damaged bytes, name the files with exit code 3, and give the rest once it is whole (F30)", () => {
    using home = withRemote()
    home.text("push")
    const [blob] = readdirSync(join(home.path, "elsewhere/data/_blobs"), {
      recursive: true,
      withFileTypes: true
    }).filter((entry) => entry.isFile())
    const path = join(blob!.parentPath, blob!.name)
    renameSync(path, join(home.path, "aside"))
    const damaged = [{ path: "/a.txt", blob: basename(path), why: "it is missing" }]
    const cloned = home.run(["clone", "elsewhere", "copy", "--json"])
    expect([cloned.code, cloned.stderr, JSON.parse(cloned.stdout.toString())]).toMatchObject([3, "", { damaged }])
    expect(rootOf(home, "--pond", "copy")).toBe(rootOf(home))
    expect(home.run(["--pond", "copy", "cat", "/a.txt"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("was damaged or missing in")
    })
    expect(home.run(["--pond", "copy", "fsck"]).code).toBe(1)
    const pulled = home.run(["--pond", "copy", "pull"])
    expect([pulled.code, pulled.stdout.toString()]).toEqual([3, expect.stringContaining("not brought: /a.txt: ")])
    renameSync(join(home.path, "aside"), path)
    home.text("--pond", "copy", "pull")
    expect(home.text("--pond", "copy", "cat", "/a.txt")).toBe(home.text("cat", "/a.txt"))
    expect(home.text("--pond", "copy", "fsck")).toContain("sound")
    expect(home.run(["clone", "elsewhere", "copy"]).stderr).toContain("exists already")
  })

  it.effect("wait for who writes to the pond before they change it, and are noted in its job history", () =>
    Effect.gen(function* () {
      using home = withRemote()
      home.text("push")
      home.text("clone", "elsewhere", "copy")
      home.text("mkdir", "/new")
      home.text("push")
      const pulling = ["--pond", "copy", "pull"]
      const held = yield* Effect.scoped(
        Effect.andThen(
          writerLock(join(home.path, "copy/control"), 0),
          Effect.sync(() => home.run(pulling, { env: { POND_LOCK_WAIT: "0" } }))
        )
      )
      expect([held.code, held.stderr]).toEqual([1, expect.stringContaining("is being written to by process")])
      home.text(...pulling)
      home.text("--pond", "copy", "verify")
      const jobs = yield* jobsOf(localStore(join(home.path, "copy/local")), "/system/etc/off-site")
      expect(jobs.map(({ command, outcome }) => [command, outcome])).toEqual([
        ["pull", "failed"],
        ["pull", "done"],
        ["verify", "done"]
      ])
    })
  )

  it("take one state alone when it is expected, and a directory from where it was named", () => {
    using home = withRemote()
    home.text("push")
    const root = rootOf(home)
    home.text("mkdir", "/newer")
    home.text("push")
    const other = home.run(["clone", "elsewhere", "copy", "--expect", root])
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("does not have the root")])
    expect(existsSync(join(home.path, "copy"))).toBe(false)
    home.text("clone", "elsewhere", "copy", "--expect", rootOf(home))
    expect(home.run(["--pond", home.path + "/.pond", "push"], { cwd: "/" }).code).toBe(0)
  })

  it("touch nothing outside, wherever links in a pond from elsewhere lead, also when it is copied out (S02)", () => {
    using home = withRemote()
    writeFileSync(join(home.path, "victim"), "keep")
    home.text("mkdir", "/d")
    home.text("ln", "-s", "../../victim", "/d/up")
    home.text("ln", "-s", join(home.path, "victim"), "/d/absolute")
    home.text("ln", "-s", "/../../../../../..", "/d/over")
    home.text("copy", "host:a.txt", "/d/victim")
    home.text("push")
    home.text("clone", "elsewhere", "copy")
    const before = readdirSync(home.path)
    for (const more of [[], ["--follow"]]) {
      home.run(["--pond", "copy", "copy", "/d/", "host:out", ...more])
      expect(readdirSync(home.path).toSorted()).toEqual([...before, "out"].toSorted())
      expect(readFileSync(join(home.path, "victim"), "utf8")).toBe("keep")
      const links = readdirSync(join(home.path, "out"), { recursive: true, withFileTypes: true })
      expect(links.filter((entry) => entry.isSymbolicLink())).toEqual([])
    }
  })

  it("say what is wrong with names, modes and missing remotes", () => {
    using home = withRemote()
    expect(home.run(["remote", "add", "off_site", "x"]).stderr).toContain("too much alike")
    expect(home.run(["remote", "add", "-x", "x"]).code).not.toBe(0)
    expect(home.run(["remote", "add", "a b", "x"]).stderr).toContain("letters, digits")
    home.text("remote", "add", "disk", "disk", "--mode", "backup")
    expect(home.run(["push"]).stderr).toContain("several remotes")
    home.text("push", "disk")
    expect(home.run(["pull", "disk"]).stderr).toContain("is a backup")
    expect(home.run(["pull", "off-site", "--since", "soon"]).stderr).toContain("neither a transaction nor a time")
    expect(home.run(["push", "disk", "--limit-rate", "fast"]).stderr).toContain("10MiB")
    // Names of remotes are those of remotes and imports, whatever else can be run; paths do as well.
    home.text(
      "add",
      "logfile",
      "logs",
      "--active",
      join(home.path, "x.log"),
      "--archived",
      join(home.path, "x.log-*"),
      "--pond-path",
      "/logs"
    )
    for (const command of [["push"], ["pull"], ["verify"], ["remote", "remove"]]) {
      for (const [word, meant] of [
        ["disc", "did you mean `disk`?"],
        ["logs", "There are disk, off-site"]
      ] as const) {
        const { code, stderr } = home.run([...command, word])
        expect([command, code, stderr]).toEqual([command, 1, expect.stringContaining(`no remote called "${word}"`)])
        expect(stderr).toContain(meant)
      }
    }
    expect(home.run(["push", "/system/etc/disk"]).code).toBe(0)
    home.text("remote", "remove", "disk")
    home.text("remote", "remove", "/system/etc/off-site")
    expect(home.run(["push", "disk"]).stderr).toContain("it has none yet")
    expect(home.run(["push"]).stderr).toContain("has no remote")
  })
})
