import { afterEach, beforeEach, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { cpSync, mkdtempSync, renameSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ImportReport } from "../../../../src/factories/imports/report.ts"
import { type FactoryPond, Pond } from "../../../../src/factories/pond.ts"
import { fsck } from "../../../../src/tlogfs/index.ts"
import { picture } from "../../../support/cli.ts"
import { noise } from "../../../support/interop/history.ts"
import { pondIn, tableIn } from "../../../support/imports/ponds.ts"
import { bytes, failureOf, within } from "../../../support/tlogfs/open.ts"

let folder: string
const at = (name: string): string => join(folder, name)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pond-imports-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const LARGE = noise("import", 300_000)

const openOurs = Effect.suspend(() => Effect.provide(Pond, Pond.layer({ url: at("ours"), create: true })))

/** Another pond with something in it. */
const theirPond = Effect.gen(function* () {
  const theirs = yield* pondIn(at("theirs"))
  yield* within(theirs, (open) =>
    Effect.all([open.write("/small.txt", bytes("small")), open.write("/large.bin", LARGE)])
  )
  return theirs
})

const pull = (ours: FactoryPond, flags: Readonly<Record<string, unknown>> = {}, dryRun = false) =>
  Effect.map(ours.run("team", "pull", { flags, dryRun }), (report) => report as unknown as ImportReport)

describe("pulling an import", () => {
  it.live("moves the pin forward, and only forward", () =>
    Effect.gen(function* () {
      const theirs = yield* theirPond
      cpSync(at("theirs"), at("early"), { recursive: true })
      const ours = yield* openOurs
      yield* ours.add("import", "team", { url: at("theirs"), path: "/imports/team" })
      expect(yield* pull(ours)).toMatchObject({ state: "mounted", by: 1, before: null, mode: "lazy" })
      yield* within(theirs, (open) => open.write("/small.txt", bytes("changed")))
      expect(yield* (yield* ours.head).readText("/imports/team/small.txt")).toBe("small")
      expect(yield* ours.run("team")).toMatchObject({ state: "behind", by: 1 })
      const dry = yield* pull(ours, {}, true)
      expect(yield* (yield* ours.head).readText("/imports/team/small.txt")).toBe("small")
      const real = yield* pull(ours)
      expect(real).toMatchObject({ state: "moved on", by: 1, before: { txn: 1 }, after: { txn: 2 } })
      const plan = ({ after, before, by, carried, state }: ImportReport) => ({ after, before, by, carried, state })
      expect(plan(dry)).toEqual(plan(real))
      expect(yield* (yield* ours.head).readText("/imports/team/small.txt")).toBe("changed")
      const { txn } = (yield* ours.head).view
      expect(yield* pull(ours)).toMatchObject({ state: "equal", by: 0 })
      expect((yield* ours.head).view.txn).toBe(txn)
      expect(yield* (yield* ours.at(2)).readText("/imports/team/small.txt")).toBe("small")
      // Rolled back, then another pond in its place.
      rmSync(at("theirs"), { recursive: true })
      renameSync(at("early"), at("theirs"))
      const rolled = yield* Effect.flip(pull(ours))
      expect([rolled._tag, rolled.message]).toEqual([
        "RemoteChanged",
        expect.stringMatching(/was at txn 2 .* and is at txn 1 /u)
      ])
      rmSync(at("theirs"), { recursive: true })
      yield* within(yield* pondIn(at("theirs")), (open) => open.write("/other", bytes("other")))
      expect(yield* failureOf(pull(ours))).toBe("OtherPond")
      expect(yield* (yield* ours.head).readText("/imports/team/small.txt")).toBe("changed")
    })
  )

  it.live("refuses another history of the same pond, however long, and a root that is not the expected one", () =>
    Effect.gen(function* () {
      const theirs = yield* theirPond
      const ours = yield* openOurs
      yield* ours.add("import", "team", { url: at("theirs"), path: "/imports/team" })
      cpSync(at("theirs"), at("other"), { recursive: true })
      yield* within(theirs, (open) => open.write("/small.txt", bytes("ours")))
      yield* pull(ours)
      const other = yield* pondIn(at("other"))
      yield* within(other, (open) => open.write("/small.txt", bytes("theirs")))
      for (let more = 0; more < 2; more++) {
        rmSync(at("theirs"), { recursive: true })
        cpSync(at("other"), at("theirs"), { recursive: true })
        const before = picture(at("ours/data"))
        for (const flags of [{}, { whole: true }]) {
          const error = yield* Effect.flip(pull(ours, flags))
          const tips = new RegExp(`was at txn 2 .* and is at txn ${2 + more} `, "u")
          expect([error._tag, error.message]).toEqual(["RemoteChanged", expect.stringMatching(tips)])
        }
        expect(picture(at("ours/data"))).toEqual(before)
        expect(yield* (yield* ours.head).readText("/imports/team/small.txt")).toBe("ours")
        yield* within(other, (open) => open.write("/more", bytes("x")))
      }
      yield* ours.add("import", "again", { url: at("theirs"), path: "/again" })
      const error = yield* Effect.flip(ours.run("again", "pull", { flags: { expect: "0".repeat(64) } }))
      expect(error._tag).toBe("UnexpectedRoot")
      expect(yield* (yield* ours.head).exists("/again")).toBe(false)
    })
  )

  it.live("takes all bytes when it is told to: then nothing else is needed, and fsck reads them", () =>
    Effect.gen(function* () {
      yield* theirPond
      const ours = yield* openOurs
      yield* ours.add("import", "team", { url: at("theirs"), path: "/imports/team" })
      yield* pull(ours)
      expect(yield* pull(ours, { whole: true })).toMatchObject({ mode: "whole", carried: { blobs: 1 } })
      renameSync(at("theirs"), at("gone"))
      rmSync(at("ours/control"), { recursive: true })
      const head = yield* (yield* pondIn(at("ours"))).head
      expect(Buffer.compare(yield* head.readBytes("/imports/team/large.bin"), LARGE)).toBe(0)
      const report = yield* Effect.scoped(fsck(tableIn(at("ours"))))
      expect(report.findings).toEqual([])
      const { id } = yield* pondIn(at("gone"))
      rmSync(join(at("ours/data/_imports"), id, "_blobs"), { recursive: true })
      const damaged = yield* Effect.scoped(fsck(tableIn(at("ours"))))
      expect(damaged.findings.some(({ where }) => where.startsWith("_imports/"))).toBe(true)
      // What is damaged in it is read from the other pond, and comes again when it is told to.
      renameSync(at("gone"), at("theirs"))
      const reading = Effect.flatMap(pondIn(at("ours")), (one) => one.head)
      const read = () => Effect.flatMap(reading, (one) => one.readBytes("/imports/team/large.bin"))
      expect(Buffer.compare(yield* read(), LARGE)).toBe(0)
      expect(yield* pull(ours, { heal: true })).toMatchObject({ state: "equal", healed: { blobs: 1 } })
      expect(yield* pull(ours, { heal: true })).toMatchObject({ state: "equal", healed: { blobs: 0 } })
      rmSync(join(at("ours/data/_imports"), id, "_delta_log"), { recursive: true })
      expect(yield* pull(ours, { heal: true })).toMatchObject({ state: "equal" })
      renameSync(at("theirs"), at("gone"))
      rmSync(at("ours/control"), { recursive: true })
      expect(Buffer.compare(yield* read(), LARGE)).toBe(0)
      const { findings } = yield* Effect.scoped(fsck(tableIn(at("ours"))))
      expect(findings.filter(({ kind }) => kind !== "foreign")).toEqual([])
    })
  )

  it.live("refuses itself, places that are taken or its own, URLs that hold variables or mean a place nowhere", () =>
    Effect.gen(function* () {
      yield* theirPond
      const ours = yield* openOurs
      yield* within(ours, (open) => open.write("/taken", bytes("x")))
      const refused = (config: Readonly<Record<string, unknown>>) => failureOf(ours.add("import", "x", config))
      expect(yield* refused({ url: at("theirs"), path: "/" })).toBe("ConfigInvalid")
      expect(yield* refused({ url: at("theirs"), path: "/system/run" })).toBe("ConfigInvalid")
      expect(yield* refused({ url: at("theirs"), path: "../a" })).toBe("ConfigInvalid")
      expect(yield* refused({ url: "theirs", path: "/a" })).toBe("ConfigInvalid")
      expect(yield* refused({ url: "s3://bucket/${env:SECRET}", path: "/a" })).toBe("ConfigInvalid")
      yield* ours.add("import", "self", { url: at("ours"), path: "/self" })
      expect(yield* failureOf(ours.run("self", "pull"))).toBe("ImportOfItself")
      yield* ours.add("import", "taken", { url: at("theirs"), path: "/taken" })
      expect(yield* failureOf(ours.run("taken", "pull"))).toBe("AlreadyExists")
      yield* ours.add("import", "nowhere", { url: at("nowhere"), path: "/nowhere" })
      expect(yield* failureOf(ours.run("nowhere", "pull"))).toBe("NotAPond")
      expect(yield* refused({ url: at("theirs"), path: "/taken/" })).toBe("ConfigInvalid")
    })
  )

  it.live("runs nothing of what it shows", () =>
    Effect.gen(function* () {
      const theirs = yield* theirPond
      yield* within(theirs, (open) =>
        Effect.andThen(
          open.mkdir("/system/run", { parents: true }),
          open.configure("/system/run/evil", "logfile", bytes("path: /etc\n"))
        )
      )
      const ours = yield* openOurs
      yield* ours.add("import", "team", { url: at("theirs"), path: "/imports/team" })
      yield* pull(ours)
      expect(yield* failureOf(ours.run("/imports/team/system/run/evil"))).toBe("NotAnInstance")
      // Nor where a link or a move makes it look like this pond's own.
      yield* within(ours, (open) => open.symlink("/imports/team/system/run", "/system/run"))
      const { after } = yield* ours.transaction(Effect.void)
      expect(after).toEqual([])
      const told = yield* within(ours, (open) => open.write("/x", bytes("x")))
      expect(told.committed._tag).toBe("Some")
      expect(yield* failureOf(ours.run("evil"))).toBe("NotAnInstance")
    })
  )

  it.live("is dry to the last bit (R8)", () =>
    Effect.gen(function* () {
      yield* theirPond
      const ours = yield* openOurs
      yield* ours.add("import", "team", { url: at("theirs"), path: "/imports/team" })
      const before = [picture(at("ours")), picture(at("theirs"))]
      const dry = yield* pull(ours, { whole: true }, true)
      expect(dry).toMatchObject({ state: "mounted", carried: { blobs: 1 } })
      expect([picture(at("ours")), picture(at("theirs"))]).toEqual(before)
      const real = yield* pull(ours, { whole: true })
      expect([real.state, real.carried, real.after]).toEqual([dry.state, dry.carried, dry.after])
    })
  )
})
