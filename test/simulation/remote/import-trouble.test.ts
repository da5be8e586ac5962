/**
 * Imports in bad moments: stopped at any request, read by several at once, with damaged caches, from ponds that somebody made by hand.
 * `POND_ROUNDS` above 1 stops at every request.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { hash, toHex } from "../../../src/bao/index.ts"
import { type FactoryPond, Pond } from "../../../src/factories/pond.ts"
import { storeWithin } from "../../../src/store/within.ts"
import {
  fsck,
  maintain,
  maintainWhole,
  openAt,
  openPersistence,
  openPlaces,
  placesAt
} from "../../../src/tlogfs/index.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import type { Event, LeaveOut } from "../../../src/tinyfs/index.ts"
import { pondIn, tableIn } from "../../support/imports/ponds.ts"
import { noise } from "../../support/interop/history.ts"
import { storeInDouble } from "../../support/s3/subject.ts"
import { temporaryDirectory } from "../../support/store/subjects.ts"
import { eventOf, nodeOf } from "../../support/tinyfs/events.ts"
import { bytes, failureOf, within } from "../../support/tlogfs/open.ts"

const SILENT = Logger.layer([])

/** Every request where there is time, every fourth otherwise. */
const STRIDE = Number(process.env["POND_ROUNDS"] ?? 1) > 1 ? 1 : 4

const LARGE = noise("large", 300_000)

const filesBelow = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

const openPond = (directory: string) =>
  Effect.suspend(() => Effect.provide(Pond, Pond.layer({ url: directory, create: true })))

const pull = (ours: FactoryPond, flags: Readonly<Record<string, unknown>> = {}) => ours.run("team", "pull", { flags })

/** A pond with a history in a directory, and another one that imports it. */
const twoPonds = Effect.gen(function* () {
  const folder = yield* temporaryDirectory
  const theirs = yield* pondIn(join(folder, "theirs"))
  yield* within(theirs, (open) => open.write("/large.bin", LARGE))
  for (let at = 0; at < 12; at++) yield* within(theirs, (open) => open.append("/log", bytes(`line ${at}\n`)))
  const ours = yield* openPond(join(folder, "ours"))
  yield* ours.add("import", "team", { url: join(folder, "theirs"), path: "/team" })
  yield* pull(ours)
  return { folder, theirs, ours, lineCount: 12 }
})

const LOG = Array.from({ length: 12 }, (_, at) => `line ${at}\n`).join("")

describe("an import", () => {
  it.live.each([false, true])(
    "that is stopped at any request is as before, and comes the next time (whole: %s)",
    (whole) =>
      Effect.gen(function* () {
        const { double, store } = yield* storeInDouble
        const theirs = yield* openAt(storeWithin(store, "data/"), true, undefined)
        yield* within(theirs, (open) => open.write("/large.bin", LARGE))
        yield* within(theirs, (open) => open.append("/log", bytes("one\n")))
        const folder = yield* temporaryDirectory
        const { bucketName, endpoint } = double
        const config = { url: `s3://${bucketName}/ponds/a pond`, endpoint, path_style: true, path: "/team", whole }
        const begin = (name: string) =>
          Effect.tap(openPond(join(folder, name)), (ours) => ours.add("import", "team", config))
        double.requests.length = 0
        yield* pull(yield* begin("first"))
        const requests = double.requests.length
        expect(requests).toBeGreaterThan(whole ? 8 : 5)
        for (let stop = 0; stop < requests; stop += STRIDE) {
          const directory = join(folder, `stop-${stop}`)
          const ours = yield* begin(`stop-${stop}`)
          double.script((_, number) => (number >= stop ? { status: 403, code: "AccessDenied" } : undefined))
          expect([stop, (yield* Effect.exit(pull(ours)))._tag]).toEqual([stop, "Failure"])
          double.script(() => undefined)
          expect(yield* (yield* ours.head).exists("/team")).toBe(false)
          yield* pull(yield* openPond(directory))
          const head = yield* (yield* pondIn(directory)).head
          expect(Buffer.compare(yield* head.readBytes("/team/large.bin"), LARGE)).toBe(0)
          expect([stop, (yield* Effect.scoped(fsck(tableIn(directory)))).findings]).toEqual([stop, []])
        }
      }).pipe(Effect.provide(SILENT))
  )

  it.live("is read by several at once who begin with no copy of its names", () =>
    Effect.gen(function* () {
      const { folder } = yield* twoPonds
      for (let round = 0; round < 2; round++) {
        rmSync(join(folder, "ours/control"), { recursive: true, force: true })
        const readers = Array.from({ length: 4 }, () =>
          Effect.gen(function* () {
            const head = yield* (yield* pondIn(join(folder, "ours"))).head
            return [yield* head.readText("/team/log"), (yield* head.readBytes("/team/large.bin")).length]
          })
        )
        const read = yield* Effect.all(readers, { concurrency: "unbounded" })
        expect(read).toEqual(readers.map(() => [LOG, LARGE.length]))
      }
    }).pipe(Effect.provide(SILENT))
  )

  it.live("answers the same with any file of its caches damaged, cut short or gone (R6)", () =>
    Effect.gen(function* () {
      const { folder } = yield* twoPonds
      const directory = join(folder, "ours")
      const read = Effect.gen(function* () {
        const head = yield* (yield* pondIn(directory)).head
        const paths = (yield* head.glob("/**")).map(({ path }) => path)
        return [
          paths,
          yield* head.readText("/team/log"),
          Buffer.compare(yield* head.readBytes("/team/large.bin"), LARGE)
        ]
      })
      const sound = yield* read
      cpSync(join(directory, "control"), join(folder, "control"), { recursive: true })
      const files = filesBelow(join(folder, "control/caches")).map((path) => path.slice(join(folder, "control").length))
      expect(files.length).toBeGreaterThan(5)
      for (const file of files) {
        const before = readFileSync(join(folder, "control", file))
        const flipped = Buffer.from(before)
        flipped[Math.floor(flipped.length / 2)]! ^= 1
        for (const after of [flipped, before.subarray(0, before.length / 2), undefined]) {
          const path = join(directory, "control", file)
          rmSync(path, { force: true })
          if (after !== undefined) writeFileSync(path, after)
          expect([file, after?.length, yield* read]).toEqual([file, after?.length, sound])
          rmSync(join(directory, "control"), { recursive: true })
          cpSync(join(folder, "control"), join(directory, "control"), { recursive: true })
        }
      }
    }).pipe(Effect.provide(SILENT))
  )
})

describe("a whole import", () => {
  it.live(
    "of a pond in which a blob is damaged brings everything else, names it, and brings it when it is sound (F30)",
    () =>
      Effect.gen(function* () {
        const { folder, ours, theirs } = yield* twoPonds
        yield* within(theirs, (open) => open.write("/other.bin", noise("other", 300_000)))
        const blobs = filesBelow(join(folder, "theirs/data/_blobs"))
        const sound = blobs.map((file) => readFileSync(file))
        const damaged = toHex(hash(LARGE))
        const at = blobs.findIndex((file) => file.includes(damaged))
        const flipped = Buffer.from(sound[at]!)
        flipped[1000]! ^= 1
        rmSync(blobs[at]!)
        writeFileSync(blobs[at]!, flipped)
        const first = yield* pull(ours, { whole: true })
        expect(first).toMatchObject({ mode: "whole", damaged: [{ path: "/large.bin" }] })
        const again = yield* pull(ours)
        expect(again).toMatchObject({ state: "equal", damaged: [{ path: "/large.bin" }] })
        rmSync(blobs[at]!)
        writeFileSync(blobs[at]!, sound[at]!)
        expect(yield* pull(ours)).not.toHaveProperty("damaged")
        rmSync(join(folder, "theirs"), { recursive: true })
        const head = yield* (yield* pondIn(join(folder, "ours"))).head
        expect(toHex(hash(yield* head.readBytes("/team/large.bin")))).toBe(damaged)
        expect((yield* head.readBytes("/team/other.bin")).length).toBe(300_000)
      }).pipe(Effect.provide(SILENT))
  )

  it.live("of which any file is damaged or gone is read from the other pond; without it, it alone is left out", () =>
    Effect.gen(function* () {
      const { folder, ours } = yield* twoPonds
      yield* pull(ours, { whole: true })
      yield* maintain(tableIn(join(folder, "ours")))
      yield* maintainWhole(tableIn(join(folder, "ours")), 0)
      const directory = join(folder, "ours")
      const left: Array<string> = []
      const leaveOut: LeaveOut = (path) => Effect.sync(() => void left.push(path))
      const read = Effect.gen(function* () {
        rmSync(join(directory, "control"), { recursive: true, force: true })
        const head = yield* (yield* openPlaces(placesAt(directory), false, undefined, leaveOut)).head
        const paths = (yield* head.glob("/**")).map(({ path }) => path)
        const bytesOf = (path: string) =>
          Effect.match(head.readBytes(path), {
            onFailure: ({ _tag }) => _tag,
            onSuccess: (found) => toHex(hash(found))
          })
        return [paths, yield* bytesOf("/team/log"), yield* bytesOf("/team/large.bin")] as const
      })
      const sound = yield* read
      expect(sound[2]).toBe(toHex(hash(LARGE)))
      const copies = join(directory, "data/_imports")
      cpSync(copies, join(folder, "sound"), { recursive: true })
      const own = sound[0].filter((path) => !path.startsWith("/team/"))
      const files = filesBelow(join(folder, "sound")).map((path) => path.slice(join(folder, "sound").length))
      for (const [number, file] of files.entries()) {
        const before = readFileSync(join(folder, "sound", file))
        const flipped = Buffer.from(before)
        flipped[Math.floor(flipped.length / 2)]! ^= 1
        for (const after of number % 2 === 0 ? [flipped] : [undefined]) {
          rmSync(join(copies, file))
          if (after !== undefined) writeFileSync(join(copies, file), after)
          expect([file, yield* read]).toEqual([file, sound])
          renameSync(join(folder, "theirs"), join(folder, "away"))
          const [paths, ...contents] = yield* read
          expect([file, paths.filter((path) => !path.startsWith("/team/"))]).toEqual([file, own])
          expect([file, paths.length < sound[0].length]).toEqual([file, left.splice(0).length > 0])
          for (const [at, content] of contents.entries()) {
            if (content !== sound[at + 1]) expect([file, content]).toEqual([file, "ImportUnavailable"])
          }
          renameSync(join(folder, "away"), join(folder, "theirs"))
          rmSync(copies, { recursive: true })
          cpSync(join(folder, "sound"), copies, { recursive: true })
        }
      }
    }).pipe(Effect.provide(SILENT))
  )
})

/** Commits events as they are, past every rule of the filesystem. */
const commitRaw = (store: Store, events: ReadonlyArray<Event>) =>
  Effect.gen(function* () {
    const persistence = yield* openPersistence(store)
    const none: ReadonlySet<string> = new Set()
    yield* persistence.commit({
      base: yield* persistence.head,
      changes: events.map((event) => ({ event })),
      reads: { nodes: none, slots: none, listings: none },
      author: "mallory",
      request: "{}"
    })
  })

describe("an import of a pond that somebody made by hand", () => {
  it.live("moves on no further than what is sound: what was shown stays, and the reason is named", () =>
    Effect.gen(function* () {
      const { folder, ours } = yield* twoPonds
      const store = tableIn(join(folder, "theirs"))
      for (const name of ["..", "../../../secret", "a/b", "", "x".repeat(256)]) {
        cpSync(join(folder, "theirs"), join(folder, "kept"), { recursive: true })
        yield* commitRaw(store, [eventOf("created", nodeOf(9, "file", { name }))])
        for (const whole of [false, true]) {
          expect([name, yield* failureOf(pull(ours, { whole }))]).toEqual([name, "HistoryTampered"])
        }
        const head = yield* (yield* pondIn(join(folder, "ours"))).head
        expect([yield* head.readText("/team/log"), (yield* head.list("/team")).length]).toEqual([LOG, 2])
        rmSync(join(folder, "theirs"), { recursive: true })
        cpSync(join(folder, "kept"), join(folder, "theirs"), { recursive: true })
        rmSync(join(folder, "kept"), { recursive: true })
      }
    }).pipe(Effect.provide(SILENT))
  )

  it.live("whose contents claim to be as large as can be is read to where nothing is, in little memory", () =>
    Effect.gen(function* () {
      const { folder, ours } = yield* twoPonds
      const content = { version: 1, sizeBytes: Number.MAX_SAFE_INTEGER, hash: "0".repeat(64) }
      const events = [eventOf("created", nodeOf(9, "file", { name: "huge", content }))]
      const taken = yield* Effect.result(Effect.andThen(commitRaw(tableIn(join(folder, "theirs")), events), pull(ours)))
      if (taken._tag === "Failure") expect(taken.failure._tag).toBe("HistoryTampered")
      const head = yield* (yield* pondIn(join(folder, "ours"))).head
      const ends = { start: Number.MAX_SAFE_INTEGER - 10, end: Number.MAX_SAFE_INTEGER }
      for (const range of [{ start: 0, end: 10 }, ends]) {
        expect(yield* failureOf(head.readBytes("/team/huge", { range }))).toMatch(/^(Damaged|NotFound)$/u)
      }
      expect(yield* failureOf(head.readBytes("/team/huge"))).toMatch(/^(Damaged|NotFound)$/u)
      expect(yield* head.readText("/team/log")).toBe(LOG)
    }).pipe(Effect.provide(SILENT))
  )
})
