/**
 * The meter: quiet at first and in pipes, one line on a terminal, gone when the work ends.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Progress } from "../../../src/factories/progress.ts"
import { Output } from "../../../src/cli/output.ts"
import { layer, meterLine } from "../../../src/cli/progress.ts"

const MIB = 1024 * 1024

/** An output that keeps what is shown on the status line; the empty text stands for clearing it. */
const terminal = (shown: Array<string>, columns = 80) =>
  Layer.mock(Output)({
    colours: false,
    columns: undefined,
    status: {
      columns,
      show: (line) => Effect.sync(() => shown.push(line)),
      clear: Effect.sync(() => shown.push(""))
    }
  })

const work = Effect.gen(function* () {
  const progress = yield* Progress
  progress.expect({ bytes: 100 * MIB, files: 4 })
  yield* TestClock.adjust("400 millis")
  progress.done({ bytes: 25 * MIB, files: 1 })
  yield* TestClock.adjust("600 millis")
})

describe("the meter", () => {
  it.effect("begins after half a second and is cleared at the end", () =>
    Effect.gen(function* () {
      const shown: Array<string> = []
      yield* work.pipe(Effect.provide(layer("copying").pipe(Layer.provide(terminal(shown)))))
      assert.strictEqual(shown[0], "copying  1 of 4 files  25.0 MiB of 100 MiB  25 %  50.0 MiB/s  1 s left")
      assert.strictEqual(shown.length, 7)
      assert.strictEqual(shown.at(-1), "")
    })
  )

  it.effect("shows nothing of short work, and nothing in a pipe", () =>
    Effect.gen(function* () {
      const shown: Array<string> = []
      yield* TestClock.adjust("300 millis").pipe(Effect.provide(layer("copying").pipe(Layer.provide(terminal(shown)))))
      assert.deepStrictEqual(shown, [""])
      const piped = Layer.mock(Output)({ colours: false, columns: undefined, status: undefined })
      yield* work.pipe(Effect.provide(layer("copying").pipe(Layer.provide(piped))))
    })
  )

  it("never fills a line of the terminal", () => {
    const standing = { expected: { bytes: 0, files: 0 }, done: { bytes: 5 * MIB, files: 3 }, elapsedMs: 1000 }
    assert.strictEqual(meterLine("checking", standing, 80), "checking  3 files  5.0 MiB  5.0 MiB/s")
    assert.strictEqual(meterLine("checking", standing, 12), "checking  3")
  })
})
