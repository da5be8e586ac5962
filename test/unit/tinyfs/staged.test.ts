/**
 * Bytes that a transaction stores before it is known which series gets them.
 */
import { describe, expect, it } from "@effect/vitest"
import { Cause, Effect, Exit, Option } from "effect"
import { bytes, emptyPond, within } from "../../support/tlogfs/open.ts"

describe("staged bytes", () => {
  it.effect("become a new series, or go on from one under whatever name it has then", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      yield* within(pond, (open) => open.append("/a", bytes("one ")))
      const { committed } = yield* within(pond, (open) =>
        Effect.gen(function* () {
          const more = yield* open.stage(bytes("two"), yield* open.stat("/a"))
          const fresh = yield* open.stage(bytes("fresh"))
          expect([more.staged.content.sizeBytes, fresh.staged.content.sizeBytes]).toStrictEqual([7, 5])
          yield* open.move("/a", "/b")
          yield* open.give("/b", more, { times: { minMicros: 1, maxMicros: 2 } })
          yield* open.give("/a", fresh)
          expect(yield* open.readText("/b")).toBe("one two")
        })
      )
      const head = yield* pond.head
      expect([yield* head.readText("/a"), yield* head.readText("/b")]).toStrictEqual(["fresh", "one two"])
      const { events } = Option.getOrThrow(committed)
      expect(events.map(({ kind, node, times }) => [kind, node.name, times?.maxMicros])).toStrictEqual([
        ["moved", "b", undefined],
        ["created", "a", undefined],
        ["appended", "b", 2]
      ])
    })
  )

  it.effect("take the place of what a series holds, when they are for that", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      yield* within(pond, (open) => open.append("/a", bytes("one")))
      yield* within(pond, (open) =>
        Effect.gen(function* () {
          const anew = yield* open.stage(bytes("!"), yield* open.stat("/a"), { isAnew: true })
          expect((yield* open.give("/a", anew)).content?.version).toBe(2)
        })
      )
      const head = yield* pond.head
      expect([yield* head.readText("/a"), yield* head.readText("/a", { version: 1 })]).toStrictEqual(["!", "one"])
    })
  )

  it.effect("go on from what the transaction itself appended", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      yield* within(pond, (open) =>
        Effect.gen(function* () {
          yield* open.append("/a", bytes("1"))
          yield* open.give("/a", yield* open.stage(bytes("2"), yield* open.stat("/a")))
        })
      )
      expect(yield* (yield* pond.head).readText("/a")).toBe("12")
    })
  )

  it.effect("leave nothing when nobody gets them, and change nothing when there are none", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      yield* within(pond, (open) => open.append("/a", bytes("1")))
      const { committed } = yield* within(pond, (open) =>
        Effect.gen(function* () {
          const node = yield* open.stat("/a")
          yield* open.stage(bytes("lost"), node)
          yield* open.give("/a", yield* open.stage(new Uint8Array(), node))
        })
      )
      expect(Option.isNone(committed)).toBe(true)
    })
  )

  it.effect("are not given to a series that changed since: that is a defect; nor to a name that is taken", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      yield* within(pond, (open) => open.append("/a", bytes("1")))
      const changed = yield* Effect.exit(
        within(pond, (open) =>
          Effect.gen(function* () {
            const staged = yield* open.stage(bytes("2"), yield* open.stat("/a"))
            yield* open.append("/a", bytes("3"))
            yield* open.give("/a", staged)
          })
        )
      )
      expect(Exit.isFailure(changed) && Cause.hasDies(changed.cause)).toBe(true)
      const taken = yield* Effect.flip(
        within(pond, (open) => Effect.flatMap(open.stage(bytes("2")), (staged) => open.give("/a", staged)))
      )
      expect(taken._tag).toBe("AlreadyExists")
      expect(yield* (yield* pond.head).readText("/a")).toBe("1")
    })
  )
})
