import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Stream } from "effect"
import {
  layerMemory,
  type OpenTransaction,
  Persistence,
  runTransaction,
  Transaction,
  type View
} from "../../../src/tinyfs/index.ts"
import { bytes, newest, within } from "../../support/tinyfs/program.ts"
import { fullRoot } from "../../support/tinyfs/root.ts"

/** A stream that gives something, says so, and waits. */
const slow = Effect.gen(function* () {
  const begun = yield* Deferred.make<void>()
  const go = yield* Deferred.make<void>()
  const waiting = Effect.andThen(Deferred.succeed(begun, undefined), Effect.as(Deferred.await(go), bytes("end")))
  return {
    begun: Deferred.await(begun),
    go: Deferred.succeed(go, undefined),
    stream: Stream.concat(Stream.make(bytes("begin ")), Stream.fromEffect(waiting))
  }
})

/** A view that lets other fibers go first whenever it is asked. */
const yielding = (view: View): View => ({
  ...view,
  node: (id) => Effect.andThen(Effect.yieldNow, view.node(id)),
  child: (parentId, name) => Effect.andThen(Effect.yieldNow, view.child(parentId, name)),
  children: (parentId) => Effect.andThen(Effect.yieldNow, view.children(parentId))
})

const tagOf = (effect: Effect.Effect<unknown, { readonly _tag: string }>) =>
  Effect.match(effect, { onSuccess: () => "fine", onFailure: ({ _tag }) => _tag })

describe("storing bytes", () => {
  it.effect("keeps others from reading and writing what is being written, new or not, and from nothing else", () =>
    Effect.gen(function* () {
      yield* within((open) => Effect.andThen(open.append("/log", bytes("old ")), open.write("/other", bytes("x"))))
      yield* within((open) =>
        Effect.gen(function* () {
          const one = yield* slow
          const two = yield* slow
          const fibers = [
            yield* Effect.forkChild(open.append("/log", one.stream)),
            yield* Effect.forkChild(open.write("/new", two.stream))
          ]
          yield* Effect.andThen(one.begun, two.begun)
          expect(yield* tagOf(open.append("/log", bytes("x")))).toBe("WriterConflict")
          expect(yield* tagOf(open.readText("/log"))).toBe("WriterConflict")
          expect(yield* tagOf(open.write("/new", bytes("x")))).toBe("WriterConflict")
          expect(yield* tagOf(open.readText("/new"))).toBe("NotFound")
          expect(yield* open.readText("/other")).toBe("x")
          expect(yield* tagOf(open.write("/third", bytes("3")))).toBe("fine")
          yield* Effect.andThen(one.go, two.go)
          for (const fiber of fibers) yield* Fiber.join(fiber)
          expect(yield* open.readText("/log")).toBe("old begin end")
          expect(yield* open.readText("/new")).toBe("begin end")
          expect(yield* tagOf(open.append("/log", bytes("!")))).toBe("fine")
        })
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("goes to the node, wherever it was moved meanwhile, and fails when it was removed", () =>
    Effect.gen(function* () {
      yield* within((open) => Effect.forEach(["/a", "/b"], (path) => open.append(path, bytes("old "))))
      yield* within((open) =>
        Effect.gen(function* () {
          const one = yield* slow
          const two = yield* slow
          const moved = yield* Effect.forkChild(open.append("/a", one.stream))
          const removed = yield* Effect.forkChild(open.append("/b", two.stream))
          yield* Effect.andThen(one.begun, two.begun)
          yield* open.move("/a", "/moved")
          yield* open.remove("/b")
          yield* Effect.andThen(one.go, two.go)
          expect((yield* Fiber.join(moved)).name).toBe("moved")
          expect(yield* tagOf(Fiber.join(removed))).toBe("NotFound")
        })
      )
      const reader = yield* newest
      expect((yield* reader.list("/")).map(({ path }) => path)).toStrictEqual(["/moved"])
      expect(yield* reader.readText("/moved")).toBe("old begin end")
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("does not take a name that was taken meanwhile, nor one in a directory that is gone", () =>
    Effect.gen(function* () {
      yield* within((open) =>
        Effect.gen(function* () {
          yield* open.mkdir("/d")
          const one = yield* slow
          const two = yield* slow
          const taken = yield* Effect.forkChild(open.write("/f", one.stream))
          const gone = yield* Effect.forkChild(open.write("/d/f", two.stream))
          yield* Effect.andThen(one.begun, two.begun)
          yield* open.mkdir("/f")
          yield* open.remove("/d")
          yield* Effect.andThen(one.go, two.go)
          expect(yield* tagOf(Fiber.join(taken))).toBe("AlreadyExists")
          expect(yield* tagOf(Fiber.join(gone))).toBe("NotFound")
        })
      )
      expect((yield* (yield* newest).list("/")).map(({ node, path }) => [path, node.type])).toStrictEqual([
        ["/f", "dir"]
      ])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("lets go of what it wrote to when it fails or is interrupted", () =>
    Effect.gen(function* () {
      yield* within((open) =>
        Effect.gen(function* () {
          const broken = Stream.concat(Stream.make(bytes("x")), Stream.fail({ _tag: "Broken" }))
          expect(yield* tagOf(open.write("/f", broken))).toBe("Broken")
          const one = yield* slow
          const fiber = yield* Effect.forkChild(open.write("/f", one.stream))
          yield* one.begun
          yield* Fiber.interrupt(fiber)
          expect(yield* open.exists("/f")).toBe(false)
          yield* open.write("/f", bytes("whole"))
        })
      )
      expect(yield* (yield* newest).readText("/f")).toBe("whole")
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("and changing names by many fibers at once comes to a pond in order", () =>
    Effect.gen(function* () {
      const persistence = yield* Persistence
      const work = (open: OpenTransaction, at: number) =>
        Effect.gen(function* () {
          const directory = `/${at % 3}/${at % 2}`
          yield* open.mkdir(directory, { parents: true })
          yield* Effect.exit(open.write(`${directory}/${at % 5}`, Stream.make(bytes(`${at}`), bytes("!"))))
          yield* Effect.exit(open.move(directory, `/m${at % 4}`))
          yield* Effect.exit(open.move(`/m${at % 4}`, `/${(at + 1) % 3}`))
          return yield* Effect.exit(open.remove(`/${at % 3}`, { recursive: at % 7 === 0 }))
        })
      const slowly = { ...persistence, head: Effect.map(persistence.head, yielding) }
      for (let round = 0; round < 20; round++) {
        const crowd = Effect.forEach(
          Array.from({ length: 30 }, (_, at) => at + round),
          (at) => Transaction.use((open) => Effect.exit(work(open, at))),
          { concurrency: "unbounded" }
        )
        const exit = yield* Effect.exit(runTransaction(slowly, crowd))
        expect(Exit.isSuccess(exit)).toBe(true)
        const view = yield* persistence.head
        expect(view.root).toBe(yield* fullRoot(view))
      }
    }).pipe(Effect.provide(layerMemory))
  )
})
