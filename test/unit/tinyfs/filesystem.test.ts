import { describe, expect, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Option, Schedule, Stream } from "effect"
import { layerMemory, type OpenTransaction, Persistence, Transaction } from "../../../src/tinyfs/index.ts"
import { bytes, committing, newest, within } from "../../support/tinyfs/program.ts"

describe("running a transaction", () => {
  it.effect("gives the program's value, and the commit unless nothing was changed", () =>
    Effect.gen(function* () {
      const changed = yield* within((open) => Effect.as(open.write("/f", bytes("1")), "value"), { author: "ada" })
      expect([changed.value, Option.getOrThrow(changed.committed).header.author]).toStrictEqual(["value", "ada"])
      const unchanged = yield* within((open) => open.readText("/f"))
      expect(unchanged).toStrictEqual({ value: "1", committed: Option.none() })
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("tells nothing of a file that got back what it had, beside what did change", () =>
    Effect.gen(function* () {
      yield* within((open) => open.write("/f", bytes("1")))
      const { events } = yield* committing((open) =>
        Effect.gen(function* () {
          yield* open.write("/f", bytes("2"))
          yield* open.write("/g", bytes("g"))
          yield* open.write("/f", bytes("1"))
          expect(yield* open.readText("/f")).toBe("1")
          expect((yield* open.stat("/f")).content?.version).toBe(1)
        })
      )
      expect(events.map(({ kind, node }) => `${kind} ${node.name}`)).toStrictEqual(["created g"])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("is refused while something is still being written, and then leaves nothing", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const endless = Stream.concat(Stream.make(bytes("x")), Stream.fromEffect(Effect.never)).pipe(
        Stream.tap(() => Deferred.succeed(started, undefined))
      )
      const error = yield* Effect.flip(
        Effect.scoped(
          within((open) =>
            Effect.gen(function* () {
              yield* open.write("/other", bytes("x"))
              yield* Effect.forkScoped(open.append("/log", endless))
              yield* Deferred.await(started)
            })
          )
        )
      )
      expect(error).toMatchObject({ _tag: "WriterConflict", path: "/log" })
      expect(yield* (yield* newest).list("/")).toStrictEqual([])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("is over when it is over: changing anything afterwards is a defect", () =>
    Effect.gen(function* () {
      const { value: leaked } = yield* within((open) => Effect.as(open.write("/f", bytes("1")), open))
      const exit = yield* Effect.exit((leaked as OpenTransaction).write("/g", bytes("2")))
      expect(Exit.isFailure(exit) && Cause.hasDies(exit.cause)).toBe(true)
      expect(yield* (yield* newest).exists("/g")).toBe(false)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("leaves nothing when it is interrupted in the middle of a write (R2)", () =>
    Effect.gen(function* () {
      const { head } = yield* Persistence
      const started = yield* Deferred.make<void>()
      const endless = Stream.concat(Stream.make(bytes("x")), Stream.fromEffect(Effect.never)).pipe(
        Stream.tap(() => Deferred.succeed(started, undefined))
      )
      const fiber = yield* Effect.forkChild(
        within((open) => Effect.andThen(open.mkdir("/d"), open.write("/d/f", endless)))
      )
      yield* Deferred.await(started)
      yield* Fiber.interrupt(fiber)
      expect((yield* head).txn).toBe(0)
      yield* within((open) => open.mkdir("/d"))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("may be repeated by who likes to, as often as they like", () =>
    Effect.gen(function* () {
      yield* within((open) => open.append("/log", bytes("0")))
      let runs = 0
      const appending = within((open) =>
        Effect.gen(function* () {
          runs += 1
          yield* open.append("/log", bytes("mine"))
          if (runs < 3) yield* committing((other) => other.append("/log", bytes(`${runs}`)))
        })
      )
      const repeated = Effect.retry(appending, {
        schedule: Schedule.recurs(5),
        while: ({ _tag }) => _tag === "TransactionConflict"
      })
      yield* repeated
      expect([runs, yield* (yield* newest).readText("/log")]).toStrictEqual([3, "012mine"])
      runs = -1
      const once = yield* Effect.flip(Effect.retry(appending, { schedule: Schedule.recurs(0) }))
      expect(once._tag).toBe("TransactionConflict")
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("keeps what it is given as it was given", () =>
    Effect.gen(function* () {
      const config = bytes("a: 1")
      yield* within((open) =>
        Effect.andThen(
          open.configure("/factory", "logfile", config),
          Effect.sync(() => config.fill(0))
        )
      )
      expect((yield* (yield* newest).stat("/factory")).config).toStrictEqual(bytes("a: 1"))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("gives the program the transaction as a service", () =>
    Effect.gen(function* () {
      const program = Transaction.use((open) => open.write("/f", bytes("1")))
      yield* within(() => program)
      expect(yield* (yield* newest).readText("/f")).toBe("1")
    }).pipe(Effect.provide(layerMemory))
  )
})
