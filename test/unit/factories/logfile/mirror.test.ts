/**
 * Syncs of real directories into a pond: what the cases of the policy do not reach.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Effect, Stream } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Mirroring, mirroring } from "../../../support/logfile/mirroring.ts"
import { contentOf } from "../../../support/logfile/content.ts"
import { doOnHost } from "../../../support/logfile/host.ts"

const MiB = 1024 * 1024

let directory = ""
let mirror: Mirroring

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "pond-logs-"))
  mirror = await mirroring(directory)
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe("a sync", () => {
  it("reads nothing of files that are as they were for more than two seconds (P6)", async () => {
    doOnHost(directory, [{ write: ["app.json", "c:900"] }, { write: ["app-1.json", "a:900"] }])
    await mirror.sync({ nowMs: Date.now() + 10_000 })
    const reads: Array<string> = []
    const onRead = (name: string) => void reads.push(name)
    expect((await mirror.sync({ onRead })).codes).toStrictEqual({ "app.json": "unchanged", "app-1.json": "unchanged" })
    expect(reads).toStrictEqual([])
    doOnHost(directory, [{ chmod: ["app-1.json", 0o600] }])
    await mirror.sync({ onRead })
    expect(new Set(reads)).toStrictEqual(new Set(["app-1.json"]))
  })

  it("believes no times that are younger than two seconds, and no record that was lost or damaged", async () => {
    doOnHost(directory, [{ write: ["app.json", "c:900"] }])
    await mirror.sync()
    const reads: Array<string> = []
    const onRead = (name: string) => void reads.push(name)
    await mirror.sync({ onRead })
    expect(reads).not.toStrictEqual([])
    await mirror.sync({ nowMs: Date.now() + 10_000 })
    for (const damage of [(record: Uint8Array) => (record[70]! ^= 1), (record: Uint8Array) => record.fill(0)]) {
      reads.length = 0
      mirror.damageRecord(damage)
      await mirror.sync({ onRead, nowMs: Date.now() + 10_000 })
      expect(reads).not.toStrictEqual([])
    }
  })

  it("compares a large active file that grew at its ends alone, unless it is told otherwise (P6)", async () => {
    doOnHost(directory, [{ write: ["app.json", `c:${5 * MiB}`] }])
    await mirror.sync()
    doOnHost(directory, [{ append: ["app.json", `c:${5 * MiB}-${5 * MiB + 1000}`] }])
    let bytes = 0
    const onRead = (_: string, __: number, lengthBytes: number) => void (bytes += lengthBytes)
    expect((await mirror.sync({ onRead })).codes).toStrictEqual({ "app.json": "appended" })
    expect(bytes).toBe(2 * MiB + 1000)
    doOnHost(directory, [{ append: ["app.json", "q:5"] }])
    bytes = 0
    await mirror.sync({ onRead, isFull: true })
    expect(bytes).toBe(5 * MiB + 1005)
    expect(await mirror.read("app.json")).toStrictEqual(contentOf(`c:${5 * MiB + 1000}+q:5`))
  })

  it("sees by its ends that a large file is another, and compares others whole", async () => {
    doOnHost(directory, [{ write: ["app.json", `c:${3 * MiB}`] }])
    await mirror.sync()
    doOnHost(directory, [{ overwrite: ["app.json", 5, "q:3"] }, { append: ["app.json", "q:10"] }])
    expect((await mirror.sync()).codes["app.json"]).toBe("truncated")
    doOnHost(directory, [{ rename: ["app.json", "app-1.json"] }, { append: ["app-1.json", "q:7"] }])
    let bytes = 0
    await mirror.sync({ onRead: (_, __, lengthBytes) => void (bytes += lengthBytes) })
    expect(bytes).toBeGreaterThanOrEqual(3 * MiB + 17)
  })

  it("stores nothing of an archive that differs, and reads it once a sync", async () => {
    doOnHost(directory, [{ write: ["app-1.json", "a:300000"] }, { write: ["app-2.json", "b:9000"] }])
    await mirror.sync()
    doOnHost(directory, [{ overwrite: ["app-1.json", 1000, "q:9"] }])
    for (const round of [1, 2]) {
      const stored = mirror.storedBytes()
      let bytes = 0
      const onRead = (name: string, _: number, length: number) => void (bytes += name === "app-1.json" ? length : 0)
      const { codes } = await mirror.sync({ onRead })
      expect([round, codes["app-1.json"], codes["app-2.json"]]).toStrictEqual([round, "changed", "unchanged"])
      if (round === 2) expect([bytes, mirror.storedBytes() - stored]).toStrictEqual([300_000, 0])
    }
  })

  it("may overlook for one sync what was rewritten between the ends of a large file that grew (P6, LP19)", async () => {
    doOnHost(directory, [{ write: ["app.json", `c:${4 * MiB}`] }])
    await mirror.sync()
    doOnHost(directory, [{ overwrite: ["app.json", 2 * MiB, "q:3"] }, { append: ["app.json", "q:10"] }])
    expect((await mirror.sync({ nowMs: Date.now() + 10_000 })).codes).toStrictEqual({ "app.json": "appended" })
    expect(await mirror.read("app.json")).toStrictEqual(contentOf(`c:${4 * MiB}+q:10`))
    const later = await mirror.sync({ nowMs: Date.now() + 10_000 })
    expect(later.codes["app.json"]).toBe("truncated")
    expect(await mirror.read("app.json")).toStrictEqual(contentOf(`c:${2 * MiB}+q:3+c:${2 * MiB + 3}-${4 * MiB}+q:10`))
  })

  it("tells errors of one file, and goes on with the others (P4)", async () => {
    doOnHost(directory, [{ write: ["app.json", "c:900"] }, { write: ["app-1.json", "a:900"] }])
    const first = await mirror.sync({ onRead: (name) => (name === "app-1.json" ? "EIO" : undefined) })
    expect(first.codes).toStrictEqual({ "app.json": "new", "app-1.json": "error:EIO" })
    expect(await mirror.list()).toStrictEqual(["app.json"])
    doOnHost(directory, [{ append: ["app.json", "c:900-5000"] }])
    const second = await mirror.sync({ onRead: (name) => (name === "app.json" ? 100 : undefined) })
    expect(second.codes).toStrictEqual({ "app.json": "error:changed-while-read", "app-1.json": "new" })
    expect(await mirror.read("app.json")).toStrictEqual(contentOf("c:900"))
    expect((await mirror.sync()).codes["app.json"]).toBe("appended")
  })

  it("stores no bytes that were others when they were compared", async () => {
    doOnHost(directory, [{ write: ["app-1.json", "a:5000"] }])
    await mirror.sync()
    doOnHost(directory, [{ write: ["app-2.json", `b:${3 * MiB}`] }, { write: ["app-1.json", "a:100"] }])
    let reads = 0
    const { codes } = await mirror.sync({
      onRead: (name) => {
        if (name !== "app-2.json" || ++reads !== 2) return undefined
        doOnHost(directory, [{ overwrite: ["app-2.json", 3, "q:1"] }])
        return undefined
      }
    })
    expect(codes["app-2.json"]).toBe("error:changed-while-read")
  })

  it("tells of directories that are missing, not directories, or empty, and keeps everything (P3)", async () => {
    doOnHost(directory, [{ write: ["app.json", "c:900"] }])
    await mirror.sync()
    doOnHost(directory, [{ rename: ["app.json", "other"] }])
    const empty = await mirror.sync()
    expect(empty).toMatchObject({ codes: { [directory]: "error:empty", "app.json": "preserved" }, isCommitted: false })
    rmSync(directory, { recursive: true })
    expect((await mirror.sync()).codes).toMatchObject({ [directory]: "error:ENOENT" })
    expect(await mirror.read("app.json")).toStrictEqual(contentOf("c:900"))
  })

  it("keeps names that are not UTF-8 out, and tells them in a form that is", async () => {
    doOnHost(directory, [{ write: ["app.json", "c:9"] }])
    mirror.writeBytes(Buffer.concat([Buffer.from("app-"), Buffer.from([0xe9, 0x31]), Buffer.from(".json")]))
    expect((await mirror.sync()).codes).toStrictEqual({ "app.json": "new", "app-\\xe91.json": "error:name" })
  })

  it("gives edited files the host's bytes as their newest version; the edit stays in the history (P15)", async () => {
    doOnHost(directory, [{ write: ["app.json", "c:900"] }, { write: ["app-1.json", "a:900"] }])
    await mirror.sync()
    await mirror.change((open) => open.write("/logs/app.json", contentOf("q:50")))
    await mirror.change((open) => open.append("/logs/app-1.json", contentOf("q:50")))
    expect((await mirror.sync()).codes).toStrictEqual({ "app.json": "changed", "app-1.json": "changed" })
    expect(await mirror.read("app.json")).toStrictEqual(contentOf("c:900"))
    expect(await mirror.read("app-1.json")).toStrictEqual(contentOf("a:900"))
    const edits = await Promise.all(["app.json", "app-1.json"].map((name) => mirror.read(name, 2)))
    expect(edits).toStrictEqual([contentOf("q:50"), contentOf("a:900+q:50")])
    expect(await mirror.sync()).toMatchObject({ isCommitted: false })
  })

  it("stores again what was removed from the pond, and takes over what somebody put there", async () => {
    doOnHost(directory, [
      { write: ["app.json", "c:900"] },
      { write: ["app-1.json", "a:900"] },
      { write: ["app-2.json", "b:9"] }
    ])
    await mirror.sync()
    await mirror.change((open) =>
      Effect.gen(function* () {
        yield* open.remove("/logs/app.json")
        yield* open.remove("/logs/app-1.json")
        yield* open.write("/logs/app-1.json", contentOf("q:50"))
        yield* open.remove("/logs/app-2.json")
        yield* open.mkdir("/logs/app-2.json")
      })
    )
    expect((await mirror.sync()).codes).toStrictEqual({
      "app.json": "new",
      "app-1.json": "changed",
      "app-2.json": "error:EEXIST"
    })
    expect(await mirror.read("app-1.json")).toStrictEqual(contentOf("a:900"))
    doOnHost(directory, [{ append: ["app-1.json", "a:900-950"] }])
    expect((await mirror.sync()).codes["app-1.json"]).toBe("late-append")
  })

  it("renames in circles", async () => {
    doOnHost(directory, [{ write: ["app-1.json", "a:90"] }, { write: ["app-2.json", "b:90"] }])
    await mirror.sync()
    doOnHost(directory, [
      { rename: ["app-1.json", "x"] },
      { rename: ["app-2.json", "app-1.json"] },
      { rename: ["x", "app-2.json"] }
    ])
    expect((await mirror.sync()).codes).toStrictEqual({ "app-1.json": "renamed", "app-2.json": "renamed" })
    expect(await mirror.read("app-1.json")).toStrictEqual(contentOf("b:90"))
    expect(await mirror.list()).toStrictEqual(["app-1.json", "app-2.json"])
  })

  it("refuses equal names in two directories, before it stores anything (P14)", async () => {
    doOnHost(directory, [
      { mkdir: "one" },
      { mkdir: "two" },
      { write: ["one/x.log", "a:1"] },
      { write: ["two/x.log", "b:1"] }
    ])
    const failure = await mirror.failure({ active: `${directory}/*/x.log` })
    expect(failure).toContain(`"x.log" in "${directory}/one" and "${directory}/two"`)
    expect(await mirror.list()).toStrictEqual([])
  })

  it("takes files of several directories, and follows links only when it is told", async () => {
    doOnHost(directory, [
      { mkdir: "one" },
      { mkdir: "two" },
      { write: ["one/x.log", "a:10"] },
      { write: ["two/y.log", "b:10"] },
      { symlink: ["y.log", "two/z.log"] },
      { symlink: ["two", "three"] }
    ])
    const patterns = { active: `${directory}/**/*.log` }
    expect((await mirror.sync(patterns)).codes).toStrictEqual({
      "x.log": "new",
      "y.log": "new",
      "z.log": "skipped:symlink"
    })
    expect((await mirror.sync({ ...patterns, isFollowing: true })).codes["z.log"]).toBe("new")
    const through = await mirror.sync({ active: `${directory}/three/y.log` })
    expect(through.codes["y.log"]).toBe("unchanged")
  })
})

describe("what a mirror holds", () => {
  it("is appended to without the old bytes being stored or read again (R9)", async () => {
    doOnHost(directory, [{ write: ["app.json", `c:${4 * MiB}`] }])
    await mirror.sync()
    const before = mirror.storedBytes()
    doOnHost(directory, [{ append: ["app.json", "c:0-70000"] }])
    await mirror.sync()
    doOnHost(directory, [{ rename: ["app.json", "app-1.json"] }, { append: ["app-1.json", "c:0-70000"] }])
    expect((await mirror.sync()).codes["app-1.json"]).toBe("rotated")
    expect(mirror.storedBytes() - before).toBeLessThan(200_000)
    const history = await mirror.run((head) => head.versions("/logs/app-1.json"))
    expect(history.map(({ sizeBytes }) => sizeBytes)).toStrictEqual([4 * MiB, 4 * MiB + 70_000, 4 * MiB + 140_000])
    expect(await mirror.run((head) => Stream.mkUint8Array(head.read("/logs/app-1.json")))).toHaveLength(
      4 * MiB + 140_000
    )
  })
})
