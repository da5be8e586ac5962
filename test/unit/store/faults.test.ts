import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Stream } from "effect"
import { crashAfter, crashAt, failOnce, faultyStore } from "../../../src/store/faults.ts"
import type { Plan } from "../../../src/store/faults.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { utf8 } from "../../support/store/bytes.ts"

/** Writes objects 0 to 3 over a faulty store, and tells which requests succeeded and which objects exist. */
const fourWrites = (plan: Plan) =>
  Effect.gen(function* () {
    const memory = memoryStore()
    const { store, requests } = faultyStore(memory, plan)
    const succeeded: Array<boolean> = []
    for (let number = 0; number < 4; number++) {
      const exit = yield* Effect.exit(store.putIfAbsent(String(number), utf8("x")))
      succeeded.push(Exit.isSuccess(exit))
    }
    expect(requests()).toBe(4)
    const existing = (yield* Stream.runCollect(memory.list(""))).map(({ key }) => key)
    return { succeeded, existing }
  })

describe("faults", () => {
  it.effect("fail one request without effect", () =>
    Effect.gen(function* () {
      expect(yield* fourWrites(failOnce(1))).toEqual({
        succeeded: [true, false, true, true],
        existing: ["0", "2", "3"]
      })
    })
  )

  it.effect("lose the answer of one request that took effect (F25)", () =>
    Effect.gen(function* () {
      expect(yield* fourWrites(failOnce(1, "after"))).toEqual({
        succeeded: [true, false, true, true],
        existing: ["0", "1", "2", "3"]
      })
    })
  )

  it.effect("cut everything off before a request", () =>
    Effect.gen(function* () {
      expect(yield* fourWrites(crashAt(2))).toEqual({ succeeded: [true, true, false, false], existing: ["0", "1"] })
    })
  )

  it.effect("cut everything off after a request", () =>
    Effect.gen(function* () {
      expect(yield* fourWrites(crashAfter(2))).toEqual({
        succeeded: [true, true, false, false],
        existing: ["0", "1", "2"]
      })
    })
  )

  it.effect("reach streams, and staged objects while they grow", () =>
    Effect.gen(function* () {
      const memory = memoryStore()
      yield* memory.putIfAbsent("a", utf8("bytes"))
      const streamOf = (plan: Plan) => Stream.runDrain(faultyStore(memory, plan).store.stream("a"))
      expect((yield* Effect.flip(streamOf(failOnce(0))))._tag).toBe("StoreFailed")
      expect((yield* Effect.flip(streamOf(failOnce(0, "after"))))._tag).toBe("StoreFailed")
      const operations: Array<string> = []
      const { store } = faultyStore(memory, ({ operation, number }) => {
        operations.push(`${number} ${operation}`)
        return undefined
      })
      yield* Effect.scoped(
        Effect.gen(function* () {
          const staged = yield* store.stage
          yield* staged.write(utf8("b"))
          yield* staged.publish("b")
        })
      )
      expect(operations).toEqual(["0 stage", "1 write", "2 publish"])
    })
  )
})
