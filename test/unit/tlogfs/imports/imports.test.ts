import { describe, expect, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach } from "vitest"
import { noise } from "../../../support/interop/history.ts"
import type { LeaveOut } from "../../../../src/tinyfs/index.ts"
import { maintain, openPlaces, placesAt } from "../../../../src/tlogfs/index.ts"
import { mountAt, pinTo, pondIn, tableIn } from "../../../support/imports/ponds.ts"
import { bytes, failureOf, within } from "../../../support/tlogfs/open.ts"

let folder: string
const at = (name: string): string => join(folder, name)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pond-imports-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const LARGE = noise("import", 300_000)

/** A pond with files of all sizes, and one that imports it at /imports/team. */
const team = Effect.gen(function* () {
  const theirs = yield* pondIn(at("theirs"))
  yield* within(theirs, (open) =>
    Effect.all([
      open.write("/small.txt", bytes("small")),
      open.write("/large.bin", LARGE),
      Effect.andThen(open.mkdir("/logs/app", { parents: true }), open.append("/logs/app/a.log", bytes("one\n"))),
      open.symlink("/small.txt", "/absolute"),
      open.symlink("../small.txt", "/logs/relative"),
      open.symlink("../../../secret", "/logs/above")
    ])
  )
  const ours = yield* pondIn(at("ours"))
  yield* within(ours, (open) => open.write("/secret", bytes("secret")))
  yield* mountAt(ours, "/imports/team", yield* pinTo(at("theirs")))
  return { theirs, ours }
})

describe("an import", () => {
  it.live("is read through: names, bytes, versions, links, globs", () =>
    Effect.gen(function* () {
      const { ours } = yield* team
      const head = yield* ours.head
      const names = (yield* head.list("/imports/team")).map(({ path }) => path)
      expect(names).toEqual(["absolute", "large.bin", "logs", "small.txt"].map((name) => `/imports/team/${name}`))
      expect(yield* head.readText("/imports/team/small.txt")).toBe("small")
      expect(yield* head.readText("/imports/team/absolute")).toBe("small")
      expect(yield* head.readText("/imports/team/logs/relative")).toBe("small")
      expect(yield* failureOf(head.readText("/imports/team/logs/above"))).toBe("SymlinkEscape")
      const read = yield* head.readBytes("/imports/team/large.bin", { range: { start: 100_000, end: 200_000 } })
      expect(Buffer.compare(read, LARGE.subarray(100_000, 200_000))).toBe(0)
      const logs = yield* head.glob("/imports/**/*.log")
      expect(logs.map(({ path }) => path)).toEqual(["/imports/team/logs/app/a.log"])
      expect(yield* head.pathOf(logs[0]!.node.id)).toBe("/imports/team/logs/app/a.log")
      expect(yield* head.versions("/imports/team/logs/app/a.log")).toHaveLength(1)
    })
  )

  it.live("is of the pinned transaction, whatever happens there; what was read is read without it", () =>
    Effect.gen(function* () {
      const { ours, theirs } = yield* team
      yield* within(theirs, (open) => open.write("/small.txt", bytes("changed")))
      const head = yield* ours.head
      expect(yield* head.readText("/imports/team/small.txt")).toBe("small")
      yield* head.readBytes("/imports/team/large.bin", { range: { start: 0, end: 10 } })
      renameSync(at("theirs"), at("gone"))
      const offline = yield* (yield* pondIn(at("ours"))).head
      expect(yield* offline.readText("/imports/team/small.txt")).toBe("small")
      expect(yield* offline.readBytes("/imports/team/large.bin", { range: { start: 0, end: 10 } })).toHaveLength(10)
      rmSync(at("ours/control"), { recursive: true })
      const bare = yield* (yield* pondIn(at("ours"))).head
      const error = yield* Effect.flip(bare.readText("/imports/team/small.txt"))
      expect(error._tag).toBe("ImportUnavailable")
      expect(error.message).toContain(at("theirs"))
      expect(yield* bare.readText("/secret")).toBe("secret")
    })
  )

  it.live("refuses every change below it; the mount itself moves and goes", () =>
    Effect.gen(function* () {
      const { ours } = yield* team
      const inside = "/imports/team/small.txt"
      const changes = [
        within(ours, (open) => open.write(inside, bytes("x"))),
        within(ours, (open) => open.write("/imports/team/new", bytes("x"))),
        within(ours, (open) => open.append("/imports/team/logs/app/a.log", bytes("x"))),
        within(ours, (open) => open.mkdir("/imports/team/a/b", { parents: true })),
        within(ours, (open) => open.remove(inside)),
        within(ours, (open) => open.move(inside, "/mine")),
        within(ours, (open) => open.move("/secret", "/imports/team")),
        within(ours, (open) => open.move("/secret", "/imports/team/mine")),
        within(ours, (open) => open.symlink("x", "/imports/team/link")),
        within(ours, (open) => open.setAttributes(inside, { a: 1 })),
        within(ours, (open) => open.prune(inside, [{ first: 1, last: 1 }])),
        within(ours, (open) => open.configure("/imports/team/f", "logfile", bytes("a: 1"))),
        within(ours, (open) => open.glob("/imports/team/*.txt"))
      ]
      for (const [index, change] of changes.entries()) {
        expect([index, yield* failureOf(change as Effect.Effect<unknown, { readonly _tag: string }>)]).toEqual([
          index,
          "InsideImport"
        ])
      }
      yield* within(ours, (open) => open.move("/imports/team", "/team"))
      expect(yield* (yield* ours.head).readText("/team/small.txt")).toBe("small")
      yield* within(ours, (open) => open.remove("/team", { recursive: true }))
      expect(yield* (yield* ours.head).exists("/team")).toBe(false)
      expect(yield* (yield* ours.at(2)).readText("/imports/team/small.txt")).toBe("small")
    })
  )

  it.live("is read where maintenance of the other pond has put it; what was forgotten there is forgotten here", () =>
    Effect.gen(function* () {
      const { ours, theirs } = yield* team
      const [first, second] = [noise("first", 100_000), noise("second", 100_000)]
      yield* within(theirs, (open) => open.write("/first", first))
      yield* within(theirs, (open) => open.write("/second", second))
      yield* mountAt(ours, "/pruned", yield* pinTo(at("theirs")))
      const head = yield* ours.head
      expect((yield* head.list("/pruned")).length).toBe(6)
      yield* within(theirs, (open) => open.prune("/first", [{ first: 1, last: 1 }]))
      const done = yield* maintain(tableIn(at("theirs")), 0)
      expect(done.erasedRows).toBe(1)
      const read = (path: string) =>
        Effect.match(head.readBytes(path), { onFailure: ({ _tag }) => _tag, onSuccess: (found) => `${found.length}` })
      expect([yield* read("/pruned/second"), yield* read("/pruned/first")]).toEqual(["100000", "Pruned"])
    })
  )

  it.live("of which a blob is damaged or gone says so, and shows the rest", () =>
    Effect.gen(function* () {
      const { ours } = yield* team
      const head = yield* ours.head
      yield* head.list("/imports/team")
      const folders = join(at("theirs"), "data/_blobs")
      const blob = (readdirSync(folders, { recursive: true }) as Array<string>).find((name) => name.length > 40)!
      const kept = readFileSync(join(folders, blob))
      const flipped = Buffer.from(kept)
      flipped[150_000]! ^= 1
      rmSync(join(folders, blob))
      writeFileSync(join(folders, blob), flipped)
      expect(yield* failureOf(head.readBytes("/imports/team/large.bin"))).toBe("Damaged")
      rmSync(at("ours/control"), { recursive: true })
      rmSync(join(folders, blob))
      const again = yield* (yield* pondIn(at("ours"))).head
      expect(yield* failureOf(again.readBytes("/imports/team/large.bin"))).toBe("Damaged")
      expect(yield* again.readText("/imports/team/small.txt")).toBe("small")
      writeFileSync(join(folders, blob), kept)
      expect(Buffer.compare(yield* again.readBytes("/imports/team/large.bin"), LARGE)).toBe(0)
    })
  )

  it.live("whose copied names are damaged makes them anew (R6)", () =>
    Effect.gen(function* () {
      const { ours, theirs } = yield* team
      expect(yield* (yield* ours.head).readText("/imports/team/small.txt")).toBe("small")
      const copy = join(at("ours/control/caches/imports"), theirs.id)
      for (const name of readdirSync(copy, { recursive: true }) as Array<string>) {
        if (/json$|parquet$/u.test(name)) writeFileSync(join(copy, name), "damaged")
      }
      const again = yield* (yield* pondIn(at("ours"))).head
      expect(yield* again.readText("/imports/team/small.txt")).toBe("small")
    })
  )

  it.live("of another history than the pinned one shows nothing", () =>
    Effect.gen(function* () {
      const { ours } = yield* team
      const pin = yield* pinTo(at("theirs"), { root: "0".repeat(64) })
      yield* mountAt(ours, "/other/root", pin)
      yield* mountAt(ours, "/other/chain", { ...(yield* pinTo(at("theirs"))), chain: "1".repeat(64) })
      yield* mountAt(ours, "/other/later", { ...(yield* pinTo(at("theirs"))), txn: 77 })
      const head = yield* ours.head
      for (const name of ["root", "chain", "later"]) {
        expect(yield* failureOf(head.list(`/other/${name}`))).toBe("ImportUnavailable")
      }
    })
  )
})

describe("a walk over an import that cannot be read", () => {
  /** A pond with two imports, one of which is gone, as it is opened with somebody who is told. */
  const half = Effect.gen(function* () {
    const { ours } = yield* team
    const other = yield* pondIn(at("other"))
    yield* within(other, (open) => open.write("/there.txt", bytes("there")))
    yield* mountAt(ours, "/imports/other", yield* pinTo(at("other")))
    yield* within(ours, (open) => open.symlink("/imports/team/logs", "/link"))
    renameSync(at("theirs"), at("gone"))
    const told: Array<string> = []
    const leaveOut: LeaveOut = (path, error) => Effect.sync(() => void told.push(`${path} ${error._tag}`))
    const open = openPlaces(placesAt(at("ours")), false, undefined, leaveOut)
    return { told, head: yield* (yield* open).head }
  })

  it.live("leaves it out and tells of it; what is named is an error", () =>
    Effect.gen(function* () {
      const { head, told } = yield* half
      const paths = (yield* head.glob("/**")).map(({ path }) => path)
      const own = ["/", "/imports", "/imports/other", "/imports/other/there.txt", "/imports/team", "/link", "/secret"]
      expect(["/", ...paths].filter((path, index, all) => all.indexOf(path) === index)).toEqual(own)
      expect(told).toEqual(["/imports/team ImportUnavailable"])
      expect((yield* head.glob("/imports/*/*.txt")).map(({ path }) => path)).toEqual(["/imports/other/there.txt"])
      expect(yield* head.glob("/link/*")).toEqual([])
      expect(told.slice(1)).toEqual(["/imports/team ImportUnavailable", "/link ImportUnavailable"])
      const node = yield* head.stat("/imports/team")
      expect(yield* head.inside({ path: "/imports/team", node })).toEqual(Option.none())
      expect(yield* failureOf(head.list("/imports/team"))).toBe("ImportUnavailable")
      expect(yield* failureOf(head.readText("/link/app/a.log"))).toBe("ImportUnavailable")
    })
  )

  it.live("fails where nobody would be told", () =>
    Effect.gen(function* () {
      yield* half
      const strict = yield* (yield* pondIn(at("ours"))).head
      expect(yield* failureOf(strict.glob("/**"))).toBe("ImportUnavailable")
      expect((yield* strict.glob("/*")).map(({ path }) => path)).toEqual(["/imports", "/link", "/secret"])
    })
  )
})

describe("imports of an import", () => {
  /** Three ponds: ours imports theirs, theirs imports the third and ours. */
  const chain = (transitive: boolean) =>
    Effect.gen(function* () {
      const third = yield* pondIn(at("third"))
      yield* within(third, (open) =>
        Effect.all([
          open.write("/deep.txt", bytes("deep")),
          open.symlink("../../secret", "/above"),
          open.symlink("/deep.txt", "/link")
        ])
      )
      const ours = yield* pondIn(at("ours"))
      yield* within(ours, (open) => open.write("/secret", bytes("secret")))
      const theirs = yield* pondIn(at("theirs"))
      yield* mountAt(theirs, "/third", yield* pinTo(at("third"), { transitive }))
      yield* mountAt(theirs, "/loop", yield* pinTo(at("ours"), { transitive }))
      yield* within(theirs, (open) => open.symlink("/third/link", "/across"))
      yield* mountAt(ours, "/team", yield* pinTo(at("theirs"), { transitive }))
      return yield* ours.head
    })

  it.live("do not appear unless they are asked for", () =>
    Effect.gen(function* () {
      const head = yield* chain(false)
      expect((yield* head.list("/team")).map(({ node }) => [node.name, node.type])).toEqual([
        ["across", "symlink"],
        ["loop", "dynamic"],
        ["third", "dynamic"]
      ])
      expect(yield* failureOf(head.list("/team/third"))).toBe("NotADirectory")
    })
  )

  it.live("appear when they are, each within itself; no pond below itself", () =>
    Effect.gen(function* () {
      const head = yield* chain(true)
      expect(yield* head.readText("/team/third/deep.txt")).toBe("deep")
      expect(yield* head.readText("/team/third/link")).toBe("deep")
      expect(yield* head.readText("/team/across")).toBe("deep")
      expect(yield* failureOf(head.readText("/team/third/above"))).toBe("SymlinkEscape")
      expect(yield* failureOf(head.list("/team/loop"))).toBe("NotADirectory")
      const [found] = yield* head.glob("/**/deep.txt")
      expect(yield* head.pathOf(found!.node.id)).toBe("/team/third/deep.txt")
    })
  )
})
