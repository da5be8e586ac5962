/**
 * Compressed archives of real directories (P12a): what a rotator that compresses leaves behind.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { mkdtempSync, rmSync, truncateSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { contentOf } from "../../../support/logfile/content.ts"
import { doOnHost, type HostOperation } from "../../../support/logfile/host.ts"
import { type Mirroring, mirroring } from "../../../support/logfile/mirroring.ts"

let directory = ""
let mirror: Mirroring

const patterns = (text: string) => ({ active: join(text, "log"), archived: join(text, "log.*") })
const sync = async (...deeds: ReadonlyArray<HostOperation>) => {
  doOnHost(directory, deeds)
  return (await mirror.sync(patterns(directory))).codes
}
const contents = async () => {
  const names = await mirror.list()
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await mirror.read(name)] as const)))
}

/** A file is compressed, as logrotate does it: the other one beside it first. */
const packed = (name: string): ReadonlyArray<HostOperation> => [{ gzip: [name, `${name}.gz`] }, { rm: name }]

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "pond-logs-"))
  mirror = await mirroring(directory)
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe("compressed archives", () => {
  it("are followed through numbers, whether they were completed or stored as they are", async () => {
    await sync({ write: ["log.1", "a:5000"] }, { write: ["log", "b:900"] }, ...packed("log.1"))
    const second = await sync(
      { rename: ["log.1.gz", "log.2.gz"] },
      { append: ["log", "b:900-70000"] },
      { rename: ["log", "log.1"] },
      { write: ["log", "c:10"] },
      ...packed("log.1")
    )
    expect(second).toStrictEqual({ "log.1.gz": "rotated", "log.2.gz": "renamed", log: "new" })
    const third = await sync(
      { rename: ["log.2.gz", "log.3.gz"] },
      { rename: ["log.1.gz", "log.2.gz"] },
      { rename: ["log", "log.1"] },
      { write: ["log", "d:10"] },
      ...packed("log.1")
    )
    expect(third).toStrictEqual({ "log.1.gz": "rotated", "log.2.gz": "renamed", "log.3.gz": "renamed", log: "new" })
    expect(await contents()).toStrictEqual({
      log: contentOf("d:10"),
      "log.1": contentOf("c:10"),
      "log.2": contentOf("b:70000"),
      "log.3.gz": contentOf("gz(a:5000)")
    })
    expect(await sync()).toStrictEqual({
      log: "unchanged",
      "log.1.gz": "unchanged",
      "log.2.gz": "unchanged",
      "log.3.gz": "unchanged"
    })
  })

  it("are read no more once they are known (P6)", async () => {
    await sync({ write: ["log", "b:900"] })
    await sync({ rename: ["log", "log.1"] }, ...packed("log.1"), { write: ["log", "c:10"] })
    const later = { ...patterns(directory), nowMs: Date.now() + 10_000 }
    await mirror.sync(later)
    const reads: Array<string> = []
    const { codes } = await mirror.sync({ ...later, onRead: (name) => void reads.push(name) })
    expect([codes, reads]).toStrictEqual([{ "log.1.gz": "unchanged", log: "unchanged" }, []])
  })

  it("wait until they are whole, beside the file that they are made of, and are then the same", async () => {
    await sync({ write: ["log.1", "a:90000"] })
    doOnHost(directory, [{ gzip: ["log.1", "log.1.gz"] }])
    truncateSync(join(directory, "log.1.gz"), 10_000)
    expect(await sync()).toStrictEqual({ "log.1": "unchanged", "log.1.gz": "skipped:incomplete" })
    expect(await sync({ gzip: ["log.1", "log.1.gz"] })).toStrictEqual({ "log.1": "unchanged", "log.1.gz": "unchanged" })
    expect(await sync({ rm: "log.1" })).toStrictEqual({ "log.1.gz": "unchanged" })
    expect(await contents()).toStrictEqual({ "log.1": contentOf("a:90000") })
  })

  it("give lines that came after the last sync to the archive that they take the place of", async () => {
    await sync({ write: ["log.1", "a:90000"] })
    expect(await sync({ append: ["log.1", "a:90000-95000"] }, ...packed("log.1"))).toStrictEqual({
      "log.1.gz": "late-append"
    })
    expect(await contents()).toStrictEqual({ "log.1": contentOf("a:95000") })
    expect(await sync()).toStrictEqual({ "log.1.gz": "unchanged" })
  })

  it("are bytes like any other when nothing begins them, when they are damaged, and when they are not what they say", async () => {
    await sync({ write: ["log", "b:900"] })
    const codes = await sync(
      { write: ["log.1.gz", "gz(a:5000)"] },
      { write: ["log.2.gz", "a:100"] },
      { write: ["log.3.gz", "gz(b:950)"] },
      { truncate: ["log.3.gz", 300] }
    )
    expect(codes).toStrictEqual({ log: "unchanged", "log.1.gz": "new", "log.2.gz": "new", "log.3.gz": "new" })
    expect(await mirror.read("log.2.gz")).toStrictEqual(contentOf("a:100"))
    expect(await mirror.read("log.1.gz")).toStrictEqual(contentOf("gz(a:5000)"))
    expect(await mirror.read("log.3.gz")).toHaveLength(300)
  })

  it("may equal an active file that was not rotated yet: then they are stored as they are", async () => {
    await sync({ write: ["log", "b:900"] })
    expect(await sync({ gzip: ["log", "log.1.gz"] })).toStrictEqual({ log: "unchanged", "log.1.gz": "new" })
    expect(await contents()).toStrictEqual({ log: contentOf("b:900"), "log.1.gz": contentOf("gz(b:900)") })
  })
})
