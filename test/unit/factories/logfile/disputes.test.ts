/**
 * Archives that differ from what was mirrored, for as long as nobody settles it: they cost a comparison, and hide nothing.
 */
import { afterEach, beforeEach, expect, it } from "vitest"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { contentOf } from "../../../support/logfile/content.ts"
import { doOnHost } from "../../../support/logfile/host.ts"
import { type Mirroring, mirroring, type SyncOptions } from "../../../support/logfile/mirroring.ts"

let directory = ""
let mirror: Mirroring

/** A sync that finds every file to be older than two seconds. */
const sync = (options: SyncOptions = {}) => mirror.sync({ ...options, nowMs: Date.now() + 10_000 })

/** Three archives are mirrored, and are others since; the mirror knows. */
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "pond-logs-"))
  mirror = await mirroring(directory)
  doOnHost(directory, [
    { write: ["app-1.json", "a:3000"] },
    { write: ["app-2.json", "b:4000"] },
    { write: ["app-3.gz", "gz(c:5000)"] }
  ])
  await sync()
  doOnHost(directory, [
    { write: ["app-1.json", "x:6000"] },
    { write: ["app-2.json", "y:7000"] },
    { write: ["app-3.gz", "gz(z:9000)"] }
  ])
  expect(await sync()).toEqual({ codes: CHANGED, isCommitted: false })
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

const CHANGED = { "app-1.json": "changed", "app-2.json": "changed", "app-3.gz": "changed" }

it("are compared once a sync, whatever their number, and nothing of them is stored", async () => {
  const bytesRead: Record<string, number> = {}
  const onRead = (name: string, _: number, length: number) => void (bytesRead[name] = (bytesRead[name] ?? 0) + length)
  expect(await sync({ onRead })).toEqual({ codes: CHANGED, isCommitted: false })
  // What is compressed is looked at as it is, and decompressed.
  const packed = 2 * contentOf("gz(z:9000)").length
  expect(bytesRead).toEqual({ "app-1.json": 6000, "app-2.json": 7000, "app-3.gz": packed })
  expect(await sync({ isFull: true })).toEqual({ codes: CHANGED, isCommitted: false })
})

it.each([
  ["app-1.json", "b:4000", "app-2.json"],
  ["app-2.json", "a:3000", "app-1.json"],
  ["app-1.json", "c:0", "app-2.json"]
])("are looked at anew when one of them is: %s with %s", async (name, content, other) => {
  await sync()
  const isFound = content !== "c:0"
  doOnHost(directory, [{ write: [name, isFound ? `${content}+q:50` : content] }])
  const expected = isFound ? { ...CHANGED, [name]: "renamed", [other]: "new" } : CHANGED
  expect((await sync()).codes).toMatchObject(expected)
  if (isFound) expect(await mirror.read(name)).toEqual(contentOf(`${content}+q:50`))
  expect(await sync()).toMatchObject({ isCommitted: false })
})

it("are no longer reported when the host has again what was mirrored", async () => {
  doOnHost(directory, [{ write: ["app-2.json", "b:4000"] }])
  expect((await sync()).codes).toEqual({ ...CHANGED, "app-2.json": "unchanged" })
  expect((await sync()).codes).toEqual({ ...CHANGED, "app-2.json": "unchanged" })
})

it("give up their entry to a new archive that has its bytes, and are stored", async () => {
  doOnHost(directory, [{ write: ["app-4.json", "b:4500"] }])
  const { codes } = await sync()
  expect(codes).toEqual({ ...CHANGED, "app-2.json": "new", "app-4.json": "renamed" })
  expect(await mirror.read("app-2.json")).toEqual(contentOf("y:7000"))
})

it("take the entry of an active file that is gone, when they begin with its bytes", async () => {
  doOnHost(directory, [{ write: ["app.json", "y:900"] }])
  await sync()
  await sync()
  doOnHost(directory, [{ rm: "app.json" }])
  const { codes } = await sync()
  expect(codes).toMatchObject({ ...CHANGED, "app-2.json": "rotated" })
  expect(await mirror.read("app-2.json")).toEqual(contentOf("y:7000"))
})
