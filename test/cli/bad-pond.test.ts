/**
 * What the command says of places that hold no pond, or one that cannot be written: what, where, why and what to do; reads go on wherever the
 * bytes are there, and nothing acknowledged is lost.
 */
import { spawnSync } from "node:child_process"
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { picture, PondFolder } from "../support/cli.ts"
import { noise } from "../support/interop/history.ts"
import { ENVIRONMENT, Folder, pond, POND, type Ran, shell } from "../support/pond.ts"

const READS: ReadonlyArray<ReadonlyArray<string>> = [
  ["ls"],
  ["cat", "/x"],
  ["log"],
  ["status"],
  ["versions", "/x"],
  ["fsck"],
  ["describe", "/x"]
]

describe("a place without a pond", () => {
  const kinds: Readonly<Record<string, (path: string) => void>> = {
    "that does not exist": () => undefined,
    "that is empty": (path) => mkdirSync(path),
    "with files of somebody else": (path) => {
      mkdirSync(join(path, "data"), { recursive: true })
      writeFileSync(join(path, "data/notes.txt"), "mine")
    },
    "whose making was stopped": (path) => mkdirSync(join(path, "data/_delta_log"), { recursive: true })
  }
  it.each(Object.entries(kinds))("%s is named by every command, and nothing is made there", (_, make) => {
    using home = new Folder()
    const place = join(home.path, "place")
    make(place)
    const before = picture(home.path)
    for (const args of [...READS, ["mkdir", "/d"], ["maintain"]]) {
      const ran = pond(["--pond", place, ...args])
      expect([args, ran.code, ran.stderr]).toEqual([
        args,
        1,
        expect.stringMatching(/place.* is not a pond: .*pond init/)
      ])
    }
    expect(picture(home.path)).toEqual(before)
    expect(pond(["--pond", place, "init"]).code).toBe(0)
    expect(pond(["--pond", place, "fsck"]).code).toBe(0)
  })

  it("that is a file says so", () => {
    using home = new Folder()
    const place = join(home.path, "file")
    writeFileSync(place, "x")
    for (const args of [["ls"], ["init"], ["mkdir", "/d"]]) {
      const ran = pond(["--pond", place, ...args])
      expect([args, ran.code, ran.stderr]).toEqual([args, 1, expect.stringContaining(place)])
      expect(ran.stderr).toMatch(/not a directory|is a file/)
    }
  })
})

/** Runs `pond` as a person who may read the folder and write nothing in it. */
const asReader = (directory: string, args: ReadonlyArray<string>): Ran => {
  const uid = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const options = { cwd: directory, env: { ...ENVIRONMENT, HOME: "/nonexistent" }, ...uid }
  const { status, stderr, stdout } = spawnSync(POND, args, options)
  return { code: status, stdout, stderr: stderr.toString() }
}

/** Makes everything below a directory readable for all and writable for nobody. */
const lockDown = (directory: string): void => {
  for (const entry of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    const path = join(directory, entry)
    chmodSync(path, statSync(path).isDirectory() ? 0o555 : 0o444)
  }
  chmodSync(directory, 0o555)
}

describe("a pond that may not be written", () => {
  it("is read by every command as always; changes are refused by name (F09)", () => {
    using home = new PondFolder()
    home.run(["copy", "-", "/x"], { input: "kept" })
    home.run(["copy", "-", "/large"], { input: Buffer.alloc(300_000, "large ") })
    lockDown(home.path)
    try {
      for (const args of READS) {
        const ran = asReader(home.path, args)
        expect([args, ran.code, ran.stderr]).toEqual([args, 0, ""])
      }
      expect(asReader(home.path, ["cat", "/large"]).stdout.length).toBe(300_000)
      for (const args of [["mkdir", "/d"], ["rm", "/x"], ["maintain"]]) {
        const ran = asReader(home.path, args)
        expect([args, ran.code, ran.stderr]).toEqual([args, 1, expect.stringMatching(/EACCES.*writable|not permitted/)])
      }
    } finally {
      spawnSync("chmod", ["-R", "u+w", home.path])
    }
    expect(home.text("cat", "/x")).toBe("kept")
  })
})

describe("a full disk", () => {
  it("ends the command with the reason; what was there stays, and there is no half of what was not (F10)", () => {
    using home = new PondFolder()
    home.run(["copy", "-", "/x"], { input: "kept" })
    writeFileSync(join(home.path, "big"), noise("big", 3_000_000))
    const ran = shell(`trap '' XFSZ; ulimit -f 512; pond copy host:big /big`, { cwd: home.path })
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(/full|too large|EFBIG|space/i)])
    expect(home.text("ls")).not.toContain("big")
    expect(home.text("cat", "/x")).toBe("kept")
    expect(home.run(["fsck"]).code).toBe(0)
    home.text("copy", "host:big", "/big")
    expect(home.run(["cat", "/big"]).stdout.length).toBe(3_000_000)
  })
})

describe("a lock", () => {
  it("of another host is named, with what to do; reads do not care (F18)", () => {
    using home = new PondFolder()
    home.run(["copy", "-", "/x"], { input: "kept" })
    const lock = join(home.path, ".pond/control/lock")
    const holder = { pid: 4711, host: "elsewhere.example", boot: "b", started: "1", sinceMs: 0, token: "t" }
    writeFileSync(lock, JSON.stringify(holder))
    const ran = home.run(["mkdir", "/d"], { env: { POND_LOCK_WAIT: "1.2" } })
    expect(ran.stderr).toMatch(/waiting up to 1\.2 s for process 4711/)
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringMatching(/being written to by process 4711.*elsewhere\.example/s)
    ])
    expect(home.text("cat", "/x")).toBe("kept")
    rmSync(lock)
    home.text("mkdir", "/d")
  })
})

describe("a copy of a pond with a piece missing", () => {
  it("is read as far as it goes, and fsck names what is missing", () => {
    using home = new PondFolder()
    for (const name of ["a", "b"])
      home.run(["copy", "-", `/${name}`], { input: Buffer.alloc(200_000, `${name} bytes`) })
    const copy = mkdtempSync(join(tmpdir(), "pond-test-"))
    try {
      cpSync(join(home.path, ".pond"), copy, { recursive: true })
      const blobs = readdirSync(join(copy, "data/_blobs"), { recursive: true, encoding: "utf8" })
      const one = blobs.find((name) => name.includes("/"))!
      rmSync(join(copy, "data/_blobs", one))
      const codes = ["/a", "/b"].map((path) => pond(["--pond", copy, "cat", path]))
      expect(codes.map(({ code }) => code).toSorted()).toEqual([0, 1])
      expect(codes.find(({ code }) => code === 1)!.stderr).toContain(one.slice(3, 67))
      const checked = pond(["--pond", copy, "fsck"])
      expect([checked.code, checked.stdout.toString()]).toEqual([1, expect.stringContaining(one.slice(3, 67))])
    } finally {
      rmSync(copy, { recursive: true })
    }
  })
})
