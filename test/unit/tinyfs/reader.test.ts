import { describe, expect, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import { placePath } from "../../../src/tinyfs/resolve.ts"
import { bytes, emptyPond, within } from "../../support/tlogfs/open.ts"

const NAMES = ["__proto__", "constructor", "e\u0301", "toString", "\u00e9", "\uff5a", "\u{1f600}"]

const filled = Effect.gen(function* () {
  const pond = yield* emptyPond
  yield* within(pond, (open) =>
    Effect.gen(function* () {
      yield* open.mkdir("/names")
      for (const name of NAMES.toReversed()) yield* open.write(`/names/${name}`, bytes(name))
      yield* open.write("/file", bytes("first"))
      yield* open.append("/series", bytes("one\n"))
      yield* open.addVersion("/tables", bytes("T1"))
      yield* open.create("/empty", "file")
      yield* open.symlink("file", "/link")
      yield* open.configure("/dynamic", "logfile", bytes("{}"))
    })
  )
  yield* within(pond, (open) => open.write("/file", bytes("second!")))
  yield* within(pond, (open) => open.append("/series", bytes("two\n")))
  yield* within(pond, (open) => open.addVersion("/tables", bytes("T2")))
  return pond
})

describe("reading a filesystem", () => {
  it.effect("lists names by their bytes, each as it is", () =>
    Effect.gen(function* () {
      const head = yield* (yield* filled).head
      const listed = yield* head.list("/names")
      expect(listed.map(({ node }) => node.name)).toStrictEqual(NAMES)
      for (const { node, path } of listed) expect(yield* head.readText(path)).toBe(node.name)
      expect(listed[0]!.path).toBe("/names/__proto__")
      expect(yield* head.exists("/names/hasOwnProperty")).toBe(false)
    })
  )

  it.effect("reads any version: of a series all bytes up to it, of table series the one", () =>
    Effect.gen(function* () {
      const head = yield* (yield* filled).head
      expect(yield* head.readText("/file")).toBe("second!")
      expect(yield* head.readText("/file", { version: 1 })).toBe("first")
      expect(yield* head.readText("/link", { version: 1 })).toBe("first")
      expect(yield* head.readText("/series")).toBe("one\ntwo\n")
      expect(yield* head.readText("/series", { version: 1 })).toBe("one\n")
      expect(yield* head.readText("/tables")).toBe("T2")
      expect(yield* head.readText("/tables", { version: 1 })).toBe("T1")
      expect(yield* head.readText("/empty")).toBe("")
      const versions = yield* head.versions("/series")
      expect(versions.map(({ sizeBytes, txn, version }) => [version, txn, sizeBytes])).toStrictEqual([
        [1, 1, 4],
        [2, 3, 8]
      ])
    })
  )

  it.effect("reads a range, and refuses one that is not there", () =>
    Effect.gen(function* () {
      const head = yield* (yield* filled).head
      const range = (start: number, end: number) => head.readText("/series", { range: { start, end } })
      expect(yield* range(0, 8)).toBe("one\ntwo\n")
      expect(yield* range(2, 6)).toBe("e\ntw")
      expect(yield* range(8, 8)).toBe("")
      expect(yield* range(0, 0)).toBe("")
      for (const [start, end] of [
        [0, 9],
        [-1, 2],
        [5, 4],
        [9, 9]
      ] as const) {
        const error = yield* Effect.flip(range(start, end))
        expect(error._tag).toBe("InvalidRange")
        expect(error.message).toContain(`"/series" has 8 bytes: bytes ${start} to ${end}`)
      }
      const old = yield* Effect.flip(head.readText("/series", { version: 1, range: { start: 0, end: 5 } }))
      expect(old._tag).toBe("InvalidRange")
    })
  )

  it.effect("says what is wrong with what was asked", () =>
    Effect.gen(function* () {
      const head = yield* (yield* filled).head
      const cases: ReadonlyArray<readonly [Effect.Effect<unknown, { readonly _tag: string }>, string]> = [
        [head.readBytes("/names"), "WrongType"],
        [head.readBytes("/dynamic"), "WrongType"],
        [head.readBytes("/nothing"), "NotFound"],
        [head.readBytes("/file", { version: 3 }), "VersionMissing"],
        [head.readBytes("/file", { version: 0 }), "VersionMissing"],
        [head.readBytes("/empty", { version: 1 }), "VersionMissing"],
        [head.list("/file"), "NotADirectory"],
        [head.list("/nothing"), "NotFound"],
        [head.readLink("/file"), "WrongType"],
        [head.readLink("/nothing"), "NotFound"],
        [head.glob("/../x"), "InvalidPath"],
        [head.exists("/../x"), "InvalidPath"],
        [head.pathOf("01900000-0000-7000-8000-000000000099"), "NotFound"]
      ]
      for (const [question, tag] of cases) expect((yield* Effect.flip(question))._tag).toBe(tag)
    })
  )

  it.effect("finds or does not find, also behind a file", () =>
    Effect.gen(function* () {
      const head = yield* (yield* filled).head
      expect(Option.map(yield* head.find("/link"), ({ name }) => name)).toStrictEqual(Option.some("file"))
      expect(Option.isNone(yield* head.find("/nothing/at/all"))).toBe(true)
      expect(yield* head.exists("/file/below")).toBe(false)
      expect(yield* head.readLink("/link")).toBe("file")
      expect((yield* head.stat("/link", { isFollowing: false })).type).toBe("symlink")
    })
  )

  it.effect("follows symlinks that a pattern names, and only lists those that a wildcard matches", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      yield* within(pond, (open) =>
        Effect.gen(function* () {
          yield* open.mkdir("/a/b", { parents: true })
          yield* open.write("/a/b/x", bytes("x"))
          yield* open.symlink("..", "/a/loop")
          yield* open.symlink("a", "/link")
        })
      )
      const head = yield* pond.head
      const paths = (pattern: string) => Effect.map(head.glob(pattern), (all) => all.map(({ path }) => path))
      expect(yield* paths("/**")).toStrictEqual(["/a", "/a/b", "/a/b/x", "/a/loop", "/link"])
      expect(yield* paths("/link/b/*")).toStrictEqual(["/link/b/x"])
      expect(yield* paths("/a/loop/a/b/x")).toStrictEqual(["/a/loop/a/b/x"])
      expect(yield* paths("/*/x")).toStrictEqual([])
      expect(yield* head.readText("/link/b/x")).toBe("x")
      const [match] = yield* head.glob("/*/*/x")
      expect([match?.path, match?.captures]).toStrictEqual(["/a/b/x", ["a", "b"]])
    })
  )

  it.effect("tells everything that happened to a node, through its renames and after its end", () =>
    Effect.gen(function* () {
      const pond = yield* filled
      yield* within(pond, (open) => open.move("/file", "/names/moved"))
      const head = yield* pond.head
      const history = yield* head.history("/names/moved")
      expect(history.map(({ kind, node }) => [node.txn, kind, node.name])).toStrictEqual([
        [1, "created", "file"],
        [2, "written", "file"],
        [5, "moved", "moved"]
      ])
      expect(yield* head.pathOf(history[0]!.node.id)).toBe("/names/moved")
      yield* within(pond, (open) => open.remove("/names/moved"))
      const gone = yield* (yield* pond.head).source.history(history[0]!.node.id)
      expect(gone.at(-1)?.kind).toBe("removed")
    })
  )

  it.effect("streams bytes in the order of the content", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      const content = new Uint8Array(300_000).map((_, at) => at % 251)
      yield* within(pond, (open) => open.write("/big", content))
      const parts = yield* Stream.runCollect(
        (yield* pond.head).read("/big", { range: { start: 70_000, end: 290_000 } })
      )
      expect(Buffer.concat([...parts]).equals(content.subarray(70_000, 290_000))).toBe(true)
    })
  )

  it.effect("knows where something goes that is sent to a path, with and without a slash", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      yield* within(pond, (open) =>
        Effect.gen(function* () {
          yield* open.mkdir("/d")
          yield* open.write("/d/taken", bytes("x"))
          yield* open.write("/f", bytes("x"))
          yield* open.symlink("d", "/l")
        })
      )
      const head = yield* pond.head
      const goes = (path: string, name: string) =>
        Effect.match(head.destination(path, name), {
          onSuccess: (place) => `${placePath(place)} is ${place.missing === undefined ? "there" : "free"}`,
          onFailure: ({ _tag }) => _tag
        })
      expect(yield* goes("/new", "n")).toBe("/new is free")
      expect(yield* goes("/new/", "n")).toBe("NotFound")
      expect(yield* goes("/f", "n")).toBe("/f is there")
      expect(yield* goes("/f/", "n")).toBe("NotADirectory")
      for (const path of ["/d", "/d/", "/l", "/l/"]) {
        expect(yield* goes(path, "n")).toBe("/d/n is free")
        expect(yield* goes(path, "taken")).toBe("/d/taken is there")
      }
      expect(yield* goes("/", "n")).toBe("/n is free")
    })
  )
})
