/**
 * `pond status`, `doctor`, `fsck`, `maintain` and `prune`.
 */
import { chmodSync, mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { DoctorReport } from "../../src/cli/care/doctor.ts"
import { MaintainReport } from "../../src/cli/care/maintain.ts"
import { PruneReport } from "../../src/cli/care/prune.ts"
import { StatusReport } from "../../src/cli/care/status.ts"
import { Description } from "../../src/cli/describe/describe.ts"
import { FsckReport } from "../../src/tlogfs/index.ts"
import { picture, PondFolder } from "../support/cli.ts"
import { pond, shell } from "../support/pond.ts"

/** A file with so many versions, each 200,000 bytes that do not compress well. */
const versions = (home: PondFolder, count: number): void => {
  for (let version = 1; version <= count; version++) {
    home.run(["copy", "-", "/file"], { input: Buffer.alloc(200_000, `${version} and others`) })
  }
}

describe("pond init", () => {
  it("makes a pond here, whatever lies further up, and only one", () => {
    using home = new PondFolder()
    mkdirSync(join(home.path, "inside"))
    const inside = (...args: ReadonlyArray<string>) => home.run(args, { cwd: join(home.path, "inside") })
    expect(inside("init", "-n").stdout.toString()).toContain(join("inside", ".pond"))
    expect(inside("ls").code).toBe(0)
    expect(inside("init").code).toBe(0)
    const again = inside("init")
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("is a pond already")])
    const ids = [
      home.json(StatusReport, "status").pond,
      home.json(StatusReport, "--pond", "inside/.pond", "status").pond
    ]
    expect(new Set(ids).size).toBe(2)
  })
})

describe("pond init --name", () => {
  it("gives the pond a name, which goes with its copies", () => {
    using home = new PondFolder()
    const made = home.text("--pond", "named", "init", "--name", "logs of web1")
    expect(made).toBe(`Made an empty pond, logs of web1, at ${join(home.path, "named")}\n`)
    expect(home.json(StatusReport, "--pond", "named", "status")).toMatchObject({ name: "logs of web1", txn: 1 })
    home.text("clone", "named", "copy")
    expect(home.text("--pond", "copy", "status")).toMatch(/^name +logs of web1$/m)
    expect(home.json(StatusReport, "status").name).toBe(null)
    for (const name of ["", "a\nb", "x".repeat(201)]) {
      expect(home.run(["--pond", "other", "init", "--name", name])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("is no name")
      })
    }
    expect(home.run(["--pond", "other", "ls"]).code).toBe(1)
  })
})

describe("pond status", () => {
  it("tells which pond this is and where it stands", () => {
    using home = new PondFolder()
    expect(home.json(StatusReport, "status")).toMatchObject({ role: "primary", txn: 0, time: null, factories: [] })
    expect(home.text("status")).toContain("nothing was ever written")
    versions(home, 1)
    const { stored, time, txn } = home.json(StatusReport, "status")
    expect([txn, time !== null, stored.objects > 2]).toEqual([1, true, true])
    mkdirSync(join(home.path, ".pond/local"), { recursive: true })
    writeFileSync(join(home.path, ".pond/local/role"), "replica\n")
    expect(home.json(StatusReport, "status").role).toBe("replica")
  })

  it("says what to do where there is no pond", () => {
    const ran = pond(["--pond", "/tmp/pond-nowhere", "status"])
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(/not a pond.*pond init/)])
  })
})

describe("pond doctor", () => {
  it("ends with 3 when something needs attention, and says what to do", () => {
    using home = new PondFolder()
    const checks = () => Object.fromEntries(home.json(DoctorReport, "doctor").checks.map((one) => [one.check, one]))
    expect(checks()).toMatchObject({ mode: { state: "ok" }, lock: { state: "ok" }, clock: { state: "ok" } })
    chmodSync(join(home.path, ".pond"), 0o777)
    const ran = home.run(["doctor"])
    expect(ran.code).toBe(3)
    expect(ran.stdout.toString()).toMatch(/!! {2}mode +mode 0777\n +-> others can write here: chmod go-w/)
    mkdirSync(join(home.path, ".pond/control"), { recursive: true })
    writeFileSync(join(home.path, ".pond/control/lock"), "rubbish")
    expect(checks()["lock"]).toMatchObject({ state: "attention", found: "a lock that names no holder" })
  })
})

describe("pond fsck", () => {
  it("ends with 1 when something is damaged, and names it", () => {
    using home = new PondFolder()
    versions(home, 2)
    expect(home.json(FsckReport, "fsck")).toMatchObject({ txn: 2, contents: 2, findings: [] })
    expect(home.text("fsck", "--quick")).toMatch(/^sound: 2 transactions, 1 node, 2 data files, contents not read\n/)
    shell(`for f in .pond/data/_blobs/*/*; do printf XXXX | dd of=$f bs=1 seek=20 conv=notrunc status=none; done`, {
      cwd: home.path
    })
    const ran = home.run(["fsck"])
    expect([ran.code, ran.stderr]).toEqual([1, ""])
    expect(ran.stdout.toString()).toMatch(/^content +.*file.*\n/)
    expect(ran.stdout.toString()).toContain("DAMAGED in ")
    expect(home.run(["fsck", "--quick"]).code).toBe(0)
    rmSync(join(home.path, ".pond/data/_blobs"), { recursive: true })
    expect(home.run(["fsck", "--quick"]).stdout.toString()).toMatch(/^blob .* it is missing\n/)
  })
})

describe("pond fsck --repair", () => {
  it("makes a torn newest log entry again, or puts it aside, and tells which; others are refused (F14)", () => {
    using home = new PondFolder()
    for (const text of ["one", "two"]) home.run(["copy", "-", `/${text}`], { input: text })
    const entry = (version: number) => join(home.path, `.pond/data/_delta_log/0000000000000000000${version}.json`)
    truncateSync(entry(2), 700)
    const refused = home.run(["ls"])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/0002\.json.*pond fsck --repair/)])
    expect(home.run(["fsck"]).stdout.toString()).toContain("`pond fsck --repair` makes it again")
    const before = picture(home.path)
    const told = home.text("fsck", "--repair", "--dry-run")
    expect(picture(home.path)).toEqual(before)
    expect(home.text("fsck", "--repair")).toBe(told)
    expect(told).toMatch(
      /^repaired {2}_delta_log\/0+2\.json: line 2.*\n +made again.*nothing is lost\n[^]*\nsound: 2 tr/
    )
    expect(home.text("cat", "/two")).toBe("two")
    expect(home.json(FsckReport, "fsck", "--repair").repaired).toBeNull()
    truncateSync(entry(2), 0)
    const { repaired, txn } = home.json(FsckReport, "fsck", "--repair")
    expect([txn, repaired]).toMatchObject([
      1,
      { outcome: "putAside", lostTxns: null, leftovers: [expect.stringMatching(/^0+2-/)] }
    ])
    expect(home.text("ls")).toBe("/one\n")
    truncateSync(entry(1), 0)
    truncateSync(entry(0), 100)
    const nothing = home.run(["fsck", "--repair"])
    expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringMatching(/is not repaired.*Nothing was changed/)])
  })
})

describe("pond prune and pond maintain", () => {
  const pruned = (home: PondFolder, ...args: ReadonlyArray<string>) =>
    home.json(PruneReport, "prune", ...args).files.map(({ bytes, path, versions: spans }) => [path, spans, bytes])

  it("tells first, does with --yes, and lets the rest be", () => {
    using home = new PondFolder()
    versions(home, 4)
    const plan = [["/file", [{ first: 1, last: 2 }], 400_000]]
    expect(pruned(home, "/*", "--keep", "2")).toEqual(plan)
    expect(home.text("prune", "/file", "--keep", "2")).toContain("nothing was pruned: this cannot be undone, add --yes")
    expect(pruned(home, "/*", "--keep", "2", "--yes")).toEqual(plan)
    expect(pruned(home, "/*", "--keep", "2", "--yes")).toEqual([])
    expect(home.text("log", "--limit", "1")).toContain("1 pruned  prune /* --keep 2")
    expect(home.run(["diff", "/file@1", "/file"]).stderr).toContain("was pruned: its bytes are gone on purpose")
    expect(pruned(home, "/file", "--versions", "1,3-4")).toEqual([["/file", [{ first: 3, last: 4 }], 400_000]])
    const planned = home.json(MaintainReport, "maintain", "--grace", "0m", "--dry-run")
    const report = home.json(MaintainReport, "maintain", "--grace", "0m")
    expect({ ...planned, dryRun: false }).toEqual(report)
    expect(report).toMatchObject({ dryRun: false, txn: 5, erasedRows: 2 })
    expect(report.removedObjects).toBeGreaterThanOrEqual(2)
    expect(home.lines(Description, "describe", "/file")[0]?.extents).toEqual([
      { kind: "blob", count: 2, bytes: 400_000 },
      { kind: "pruned", count: 2, bytes: 400_000 }
    ])
    expect(home.json(FsckReport, "fsck").findings).toEqual([])
    expect(home.json(MaintainReport, "maintain").erasedRows).toBe(0)
  })

  it("goes by age, and never takes the newest", () => {
    using home = new PondFolder()
    versions(home, 2)
    expect(pruned(home, "/file", "--older-than", "1d")).toEqual([])
    expect(pruned(home, "/file", "--older-than", "0m")).toEqual([["/file", [{ first: 1, last: 1 }], 200_000]])
    expect(pruned(home, "/file", "--older-than", "0m", "--keep", "2")).toEqual([])
    expect(pruned(home, "/file", "--keep", "1")).toEqual([["/file", [{ first: 1, last: 1 }], 200_000]])
  })

  it.each([
    [["/file"], "say which versions"],
    [["/file", "--keep", "0"], "cannot be 0"],
    [["/file", "--older-than", "soon"], "is not an age"],
    [["/file", "--versions", "2-1"], "names no versions"],
    [["/file", "--versions", "1", "--keep", "1"], "goes alone"]
  ])("refuses %j", (args, problem) => {
    using home = new PondFolder()
    const ran = home.run(["prune", ...args])
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(problem)])
  })
})
