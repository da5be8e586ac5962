/**
 * What versions say of the times in their bytes.
 */
import { Effect } from "effect"
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterEach, beforeEach, expect, it } from "vitest"
import { type Mirroring, mirroring } from "../../../support/logfile/mirroring.ts"

let directory = ""
let mirror: Mirroring

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "pond-logs-"))
  mirror = await mirroring(directory)
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

const eventTime = { field: "ts", unit: "us" } as const

/** The bounds of each version that has some, oldest first. */
const boundsOf = (name: string): Promise<ReadonlyArray<readonly [number, number]>> =>
  mirror.run((head) =>
    Effect.map(head.history(`/logs/${name}`), (events) =>
      events
        .toSorted((left, right) => left.node.txn - right.node.txn)
        .flatMap(({ times }) => (times === undefined ? [] : [[times.minMicros, times.maxMicros] as const]))
    )
  )

it("each version has the bounds of the lines that ended in it", async () => {
  const at = (name: string) => join(directory, name)
  writeFileSync(at("app.json"), '{"ts":5}\n{"ts":3}\n{"ts":9')
  await mirror.sync({ eventTime })
  appendFileSync(at("app.json"), '}\n{"ts":7}\n')
  await mirror.sync({ eventTime })
  appendFileSync(at("app.json"), "a line of text\n")
  await mirror.sync({ eventTime })
  appendFileSync(at("app.json"), '{"ts":20}\n')
  renameSync(at("app.json"), at("app-1.json"))
  await mirror.sync({ eventTime })
  expect(await boundsOf("app-1.json")).toEqual([
    [3, 5],
    [7, 9],
    [20, 20]
  ])
})

it("what completes an entry from a compressed archive has bounds", async () => {
  writeFileSync(join(directory, "app.json"), '{"ts":1}\n')
  await mirror.sync({ eventTime })
  rmSync(join(directory, "app.json"))
  writeFileSync(join(directory, "app-1.gz"), gzipSync('{"ts":1}\n{"ts":2}\n'))
  expect((await mirror.sync({ eventTime })).codes).toEqual({ "app-1.gz": "rotated" })
  expect(await boundsOf("app-1")).toEqual([
    [1, 1],
    [2, 2]
  ])
})

it("a sync ends with the name of the field when no line has it, and commits nothing", async () => {
  writeFileSync(join(directory, "app.json"), '{"time":1}\n{"time":2}\n')
  expect(await mirror.failure({ eventTime })).toContain('no line that was added to "app.json" has the field "ts"')
  expect(await mirror.list()).toEqual([])
  expect((await mirror.sync()).codes).toEqual({ "app.json": "new" })
})
