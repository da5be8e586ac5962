import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Option, Stream } from "effect"
import type { OpenTransaction } from "../../../src/tinyfs/index.ts"
import type { PondInterface } from "../../../src/tlogfs/pond.ts"
import { bytes, emptyPond, within } from "../../support/tlogfs/open.ts"

/** What a transaction did, as its events tell it: kind, name, parent's name. */
const eventsOf = <A, E, R>(pond: PondInterface, program: (open: OpenTransaction) => Effect.Effect<A, E, R>) =>
  Effect.map(within(pond, program), ({ committed }) =>
    Option.match(committed, {
      onNone: () => [],
      onSome: ({ events }) =>
        events.map(({ kind, node }) => {
          const parent = events.find((one) => one.node.id === node.parentId)?.node.name ?? ""
          return `${kind} ${parent}/${node.name}${node.content === undefined ? "" : ` v${node.content.version}`}`
        })
    })
  )

const failing = (tag: string, effect: Effect.Effect<unknown, { readonly _tag: string }>) =>
  Effect.map(Effect.flip(effect), ({ _tag }) => expect(_tag).toBe(tag))

describe("the events of a transaction", () => {
  it.effect("tell what was made as it is in the end, in an order that can be applied", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      const events = yield* eventsOf(pond, (open) =>
        Effect.gen(function* () {
          yield* open.write("/f", bytes("1"))
          yield* open.mkdir("/d")
          yield* open.write("/f", bytes("22"))
          yield* open.move("/f", "/d/g")
          yield* open.setAttributes("/d/g", { a: 1 })
        })
      )
      expect(events).toStrictEqual(["created /f v1", "created /d", "moved d/g v1"])
      const node = yield* (yield* pond.head).stat("/d/g")
      expect([node.content?.sizeBytes, { ...node.attributes }]).toStrictEqual([2, { a: 1 }])
    })
  )

  it.effect("put a name where another one was taken away before", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      yield* within(pond, (open) => open.write("/b", bytes("old")))
      const events = yield* eventsOf(pond, (open) =>
        Effect.gen(function* () {
          yield* open.write("/a", bytes("new"))
          yield* open.remove("/b")
          yield* open.move("/a", "/b")
        })
      )
      expect(events).toStrictEqual(["created /a v1", "removed /b v1", "moved /b v1"])
      expect(yield* (yield* pond.head).readText("/b")).toBe("new")
    })
  )

  it.effect("are none where nothing is changed in the end", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      yield* within(pond, (open) =>
        Effect.gen(function* () {
          yield* open.mkdir("/d")
          yield* open.write("/f", bytes("same"))
          yield* open.append("/s", bytes("line\n"))
          yield* open.addVersion("/t", bytes("T"))
          yield* open.configure("/c", "logfile", bytes("{}"))
          yield* open.setAttributes("/f", { a: 1 })
        })
      )
      const nothings: ReadonlyArray<(open: OpenTransaction) => Effect.Effect<unknown, { readonly _tag: string }>> = [
        (open) => open.write("/f", bytes("same")),
        (open) => open.append("/s", new Uint8Array()),
        (open) => open.addVersion("/t", bytes("T")),
        (open) => open.configure("/c", "logfile", bytes("{}")),
        (open) => open.setAttributes("/f", { a: 1, b: null }),
        (open) => open.mkdir("/d", { parents: true }),
        (open) => Effect.andThen(open.write("/x", bytes("x")), open.remove("/x")),
        (open) => Effect.andThen(open.move("/f", "/g"), open.move("/g", "/f")),
        (open) => Effect.andThen(open.write("/f", bytes("other")), open.write("/f", bytes("same"))),
        (open) => Effect.andThen(open.setAttributes("/f", { a: 2 }), open.setAttributes("/f", { a: 1 }))
      ]
      for (const program of nothings) expect(yield* eventsOf(pond, program)).toStrictEqual([])
      expect((yield* pond.head).view.txn).toBe(1)
    })
  )

  it.effect("give a file one version, a series one for each addition", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      const program = (open: OpenTransaction) =>
        Effect.gen(function* () {
          for (const text of ["1", "2", "3"]) {
            yield* open.write("/f", bytes(text))
            yield* open.append("/s", bytes(text))
            yield* open.addVersion("/t", bytes(text))
          }
          // What was written is seen at once.
          expect(yield* open.readText("/s", { version: 2 })).toBe("12")
          expect(yield* open.readText("/t", { version: 2 })).toBe("2")
        })
      yield* within(pond, program)
      yield* within(pond, (open) => open.append("/s", bytes("4")))
      const head = yield* pond.head
      const versions = (path: string) =>
        Effect.flatMap(head.versions(path), (all) =>
          Effect.forEach(all, ({ version }) => head.readText(path, { version }))
        )
      expect(yield* versions("/f")).toStrictEqual(["3"])
      expect(yield* versions("/s")).toStrictEqual(["1", "12", "123", "1234"])
      expect(yield* versions("/t")).toStrictEqual(["1", "2", "3"])
    })
  )

  it.effect("R2: leave out bounds of times that cannot be held, and stay readable", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      const far = [
        { minMicros: -62_135_596_800_000_000, maxMicros: 0 },
        { minMicros: 0, maxMicros: 253_402_300_800_000_000 },
        { minMicros: 0.5, maxMicros: 1 },
        { minMicros: Number.NaN, maxMicros: 1 }
      ]
      for (const times of far) yield* within(pond, (open) => open.append("/s", bytes("x"), { times }))
      const history = yield* (yield* pond.head).history("/s")
      expect(history.map(({ times }) => times)).toStrictEqual(far.map(() => undefined))
      expect(yield* (yield* pond.head).readText("/s")).toBe("xxxx")
    })
  )

  it.effect("bound the times in what was written", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      const times = { minMicros: -5, maxMicros: 7 }
      const { committed } = yield* within(pond, (open) => open.append("/s", bytes("x"), { times }))
      expect(Option.getOrThrow(committed).events[0]?.times).toStrictEqual(times)
      expect((yield* (yield* pond.head).history("/s"))[0]?.times).toStrictEqual(times)
    })
  )
})

describe("a transaction", () => {
  it.effect("refuses what cannot be, and goes on", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      yield* within(pond, (open) =>
        Effect.gen(function* () {
          yield* open.mkdir("/d/e", { parents: true })
          yield* open.write("/f", bytes("f"))
          yield* failing("AlreadyExists", open.mkdir("/d"))
          yield* failing("AlreadyExists", open.mkdir("/"))
          yield* failing("NotADirectory", open.mkdir("/f"))
          yield* failing("NotADirectory", open.mkdir("/f/x", { parents: true }))
          yield* failing("NotFound", open.mkdir("/x/y"))
          yield* failing("NotFound", open.write("/x/y", bytes("")))
          yield* failing("NotFound", open.write("/x/", bytes("")))
          yield* failing("WrongType", open.write("/d", bytes("")))
          yield* failing("WrongType", open.append("/f", bytes("")))
          yield* failing("WrongType", open.addVersion("/f", bytes("")))
          yield* failing("WrongType", open.configure("/f", "logfile", bytes("")))
          yield* failing("AlreadyExists", open.create("/f", "file"))
          yield* failing("AlreadyExists", open.symlink("x", "/f"))
          yield* failing("InvalidPath", open.symlink("", "/l"))
          yield* failing("InvalidPath", open.move("/", "/x"))
          yield* failing("MoveIntoItself", open.move("/d", "/d/e"))
          yield* failing("MoveIntoItself", open.move("/d", "/d"))
          yield* failing("AlreadyExists", open.move("/f", "/f"))
          yield* failing("NotFound", open.move("/x", "/y"))
          yield* failing("NotFound", open.move("/f", "/y/"))
          yield* failing("InvalidPath", open.remove("/", { recursive: true }))
          yield* failing("DirectoryNotEmpty", open.remove("/d"))
          yield* failing("NotFound", open.remove("/x"))
          yield* failing("InvalidAttributes", open.setAttributes("/f", { a: 0.5 }))
          yield* failing("InvalidAttributes", open.setAttributes("/f", { "pond.pruned": "1" }))
          yield* failing("VersionMissing", open.prune("/f", [{ first: 1, last: 1 }]))
        })
      )
      const head = yield* pond.head
      expect((yield* head.glob("/**")).map(({ path }) => path)).toStrictEqual(["/d", "/d/e", "/f"])
    })
  )

  it.effect("leaves nothing when it fails or is interrupted (R2)", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      const failed = within(pond, (open) => Effect.andThen(open.write("/a", bytes("a")), Effect.fail("no" as const)))
      expect(yield* Effect.flip(failed)).toBe("no")
      const written = yield* Deferred.make<void>()
      const hanging = within(pond, (open) =>
        Effect.gen(function* () {
          yield* open.write("/a", bytes("a"))
          yield* Deferred.succeed(written, undefined)
          return yield* Effect.never
        })
      )
      const fiber = yield* Effect.forkChild(hanging)
      yield* Deferred.await(written)
      yield* Fiber.interrupt(fiber)
      const head = yield* pond.head
      expect([head.view.txn, yield* head.list("/")]).toStrictEqual([0, []])
      yield* within(pond, (open) => open.write("/a", bytes("b")))
      expect(yield* (yield* pond.head).readText("/a")).toBe("b")
    })
  )

  it.effect("keeps what was there when the bytes of a write break off", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      yield* within(pond, (open) => open.append("/s", bytes("kept")))
      const broken = Stream.concat(Stream.make(bytes("lost")), Stream.fail("broken" as const))
      yield* within(pond, (open) =>
        Effect.gen(function* () {
          expect(yield* Effect.flip(open.append("/s", broken))).toBe("broken")
          expect(yield* Effect.flip(open.write("/new", broken))).toBe("broken")
          expect(yield* open.readText("/s")).toBe("kept")
          expect(yield* open.exists("/new")).toBe(false)
          yield* open.append("/s", bytes("!"))
        })
      )
      expect(yield* (yield* pond.head).readText("/s")).toBe("kept!")
    })
  )

  it.effect("lets one writer at a time write to a file, and others to other files", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      yield* within(pond, (open) =>
        Effect.gen(function* () {
          const begun = yield* Deferred.make<void>()
          const go = yield* Deferred.make<void>()
          const slow = Stream.fromEffect(
            Effect.andThen(Deferred.succeed(begun, undefined), Effect.as(Deferred.await(go), bytes("slow")))
          )
          const first = yield* Effect.forkChild(open.write("/f", slow))
          yield* Deferred.await(begun)
          const error = yield* Effect.flip(open.write("/f", bytes("other")))
          expect(error._tag).toBe("WriterConflict")
          yield* open.write("/g", bytes("g"))
          yield* Deferred.succeed(go, undefined)
          yield* Fiber.join(first)
          yield* open.write("/f", bytes("then"))
        })
      )
      const head = yield* pond.head
      expect([yield* head.readText("/f"), yield* head.readText("/g")]).toStrictEqual(["then", "g"])
    })
  )

  it.effect("undoes a part that fails by itself", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      yield* within(pond, (open) =>
        Effect.gen(function* () {
          yield* open.write("/kept", bytes("1"))
          const part = Effect.gen(function* () {
            yield* open.write("/kept", bytes("2"))
            yield* open.mkdir("/gone")
            yield* open.move("/kept", "/gone/kept")
            return yield* Effect.fail("no" as const)
          })
          expect(yield* Effect.flip(open.attempt(part))).toBe("no")
          expect(yield* open.readText("/kept")).toBe("1")
          expect((yield* open.list("/")).length).toBe(1)
          yield* open.mkdir("/gone")
        })
      )
      const head = yield* pond.head
      expect((yield* head.glob("/**")).map(({ path }) => path)).toStrictEqual(["/gone", "/kept"])
    })
  )

  it.effect("removes a directory with everything in it, the deepest first", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      yield* within(pond, (open) =>
        Effect.gen(function* () {
          yield* open.mkdir("/a/b/c", { parents: true })
          yield* open.write("/a/b/f", bytes("f"))
          yield* open.symlink("b", "/a/l")
        })
      )
      const { committed, value } = yield* within(pond, (open) => open.remove("/a", { recursive: true }))
      expect(value).toBe(5)
      const { events } = Option.getOrThrow(committed)
      expect(events.map(({ kind }) => kind)).toStrictEqual(Array.from({ length: 5 }, () => "removed"))
      expect(events.at(-1)?.node.name).toBe("a")
      // The symlink goes, not what it leads to: and nothing is left of either.
      expect(yield* (yield* pond.head).list("/")).toStrictEqual([])
      expect(yield* (yield* pond.at(1)).readText("/a/l/f")).toBe("f")
    })
  )

  it.effect("forgets versions on purpose, and says so to whoever reads them", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      for (const text of ["1", "2", "3"]) yield* within(pond, (open) => open.write("/f", bytes(text)))
      yield* within(pond, (open) => open.prune("/f", [{ first: 1, last: 2 }]))
      const head = yield* pond.head
      const error = yield* Effect.flip(head.readText("/f", { version: 2 }))
      expect(error._tag).toBe("Pruned")
      expect(error.message).toContain('version 2 of "/f"')
      expect(yield* head.readText("/f")).toBe("3")
      expect((yield* head.versions("/f")).map(({ isPruned }) => isPruned)).toStrictEqual([true, true, false])
    })
  )
})
