/**
 * A sync that is stopped, or meets an error, at every request of its store: the pond is as before it or as after it, and the next sync
 * makes it what an undisturbed one makes it (LP01, LP03).
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Effect, Exit, Result } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { decoders } from "../../../src/formats/decoders.ts"
import { sync } from "../../../src/factories/logfile/mirror.ts"
import { HostFiles } from "../../../src/factories/host/files.ts"
import { crashAfter, crashAt, failOnce, faultyStore, type Plan } from "../../../src/store/faults.ts"
import { MemoryDisk } from "../../../src/store/memory/disk.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { parseGlob } from "../../../src/tinyfs/index.ts"
import { fsck } from "../../../src/tlogfs/index.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"
import { doOnHost } from "../../support/logfile/host.ts"
import { escaped } from "../../support/logfile/mirroring.ts"
import { within } from "../../support/tlogfs/open.ts"

let directory = ""
/** The pond after the first sync. */
const disk = new MemoryDisk()

/** A disk that holds the same. */
const copyOf = (from: MemoryDisk): MemoryDisk => {
  const copy = new MemoryDisk()
  for (const key of from.keys()) {
    copy.create(key, from.read(key)!)
    copy.sync(key)
  }
  return copy
}

const syncIn = (store: Store, isNew = false) =>
  Effect.gen(function* () {
    const pond = yield* openAt(store, isNew, undefined)
    const mirror = {
      active: Result.getOrThrow(parseGlob(join(escaped(directory), "app.json"))),
      archived: Result.getOrThrow(parseGlob(join(escaped(directory), "app-*"))),
      directory: "/logs",
      isFollowing: false,
      isFull: false,
      decoderOf: decoders()
    }
    return yield* within(pond, (open) => sync(mirror, open, new Map()))
  }).pipe(Effect.provide(HostFiles.layer))

/** What a pond holds: its names and bytes, its newest transaction, what is wrong with it but for leftovers. */
const stateOf = (on: MemoryDisk) =>
  Effect.gen(function* () {
    const store = memoryStore(on)
    const pond = yield* openAt(store, false, undefined)
    const head = yield* pond.head
    const files: Record<string, string> = {}
    for (const { node, path } of yield* head.list("/logs"))
      files[node.name] = `${(yield* head.readBytes(path)).length} ${node.content?.hash}`
    return {
      files,
      txn: head.view.txn,
      findings: (yield* fsck(store)).findings.filter(({ kind }) => kind !== "foreign")
    }
  })

const run = <A, E>(effect: Effect.Effect<A, E>): Promise<A> => Effect.runPromise(effect)

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "pond-logs-"))
  doOnHost(directory, [{ write: ["app.json", "c:200000"] }, { write: ["app-1.json", "a:5000"] }])
  await run(syncIn(memoryStore(disk), true))
  doOnHost(directory, [
    { append: ["app.json", "c:200000-300000"] },
    { rename: ["app.json", "app-2.json"] },
    { write: ["app.json", "d:90000"] },
    { append: ["app-1.json", "a:5000-6000"] },
    { write: ["app-3.json", "zero:4300000"] }
  ])
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe("a sync", () => {
  const kinds: ReadonlyArray<readonly [string, (number: number) => Plan]> = [
    ["that dies before a request", crashAt],
    ["that dies after a request", crashAfter],
    ["whose request fails once", failOnce]
  ]
  for (const [what, plan] of kinds) {
    it(`${what} leaves a pond as it was or as it will be, and the next one completes it`, async () => {
      const before = await run(stateOf(copyOf(disk)))
      const undisturbed = copyOf(disk)
      await run(syncIn(memoryStore(undisturbed)))
      const after = await run(stateOf(undisturbed))
      expect(Object.keys(after.files)).toStrictEqual(["app-1.json", "app-2.json", "app-3.json", "app.json"])
      let stopped = 0
      for (let number = 0; ; number++) {
        const attempt = copyOf(disk)
        const faulty = faultyStore(memoryStore(attempt), plan(number))
        const exit = await Effect.runPromiseExit(syncIn(faulty.store))
        const state = await run(stateOf(attempt))
        expect([before.files, after.files]).toContainEqual(state.files)
        if (Exit.isSuccess(exit)) expect(state.files).toStrictEqual(after.files)
        else stopped += 1
        await run(syncIn(memoryStore(attempt)))
        const completed = await run(stateOf(attempt))
        expect({ files: completed.files, findings: completed.findings }).toStrictEqual({
          files: after.files,
          findings: []
        })
        expect(completed.txn).toBeLessThanOrEqual(after.txn + 1)
        if (faulty.requests() <= number) break
      }
      expect(stopped).toBeGreaterThan(5)
    })
  }
})
