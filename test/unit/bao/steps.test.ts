/** Scripts: answered from functions and from streams, at once and in time. */
import { describe, expect, it } from "vitest"
import { WrongLength } from "../../../src/bao/errors.ts"
import { concatenate } from "../../../src/bao/outboard.ts"
import type { Steps } from "../../../src/bao/steps.ts"
import { need, run, runAsync } from "../../../src/bao/steps.ts"
import { noise } from "../../support/bao/content.ts"
import { collect } from "../../support/bao/outcome.ts"

const content = noise(1000, 3)

/** Gives the bytes of spans that it asks for one after the other. */
function* copy(spans: ReadonlyArray<readonly [number, number]>): Steps {
  for (const [start, end] of spans) yield yield* need(start, end, "content")
}

const SPANS = [
  [3, 10],
  [10, 11],
  [11, 11],
  [50, 700],
  [999, 1000]
] as const
const EXPECTED = new Uint8Array(Buffer.concat(SPANS.map(([start, end]) => content.subarray(start, end))))

const cut = (step: number): Array<Uint8Array> =>
  Array.from({ length: Math.ceil(content.length / step) }, (_, i) => content.slice(i * step, (i + 1) * step))

const slowly = async function* (pieces: Iterable<Uint8Array>) {
  for (const piece of pieces) {
    await Promise.resolve()
    yield piece
  }
}

describe("a script", () => {
  it("is answered by a function", async () => {
    const read = (start: number, end: number) => content.subarray(start, end)
    expect(concatenate([...run(copy(SPANS), read)])).toEqual(EXPECTED)
    expect(await collect(runAsync(copy(SPANS), async (start, end) => read(start, end)))).toEqual(EXPECTED)
  })

  it.each([1, 7, 100, 999, 1000, 2000])("is answered by a stream in pieces of %i bytes", async (step) => {
    const pieces = [new Uint8Array(0), ...cut(step), new Uint8Array(0)]
    expect(concatenate([...run(copy(SPANS), pieces)])).toEqual(EXPECTED)
    expect(await collect(runAsync(copy(SPANS), slowly(pieces)))).toEqual(EXPECTED)
  })

  it("owns what a stream gave: the producer may use its buffer again", async () => {
    const buffer = new Uint8Array(100)
    const stream = function* () {
      for (const piece of cut(100)) {
        buffer.set(piece)
        yield buffer
        buffer.fill(0)
      }
    }
    expect(concatenate([...run(copy(SPANS), stream())])).toEqual(EXPECTED)
    expect(await collect(runAsync(copy(SPANS), slowly(stream())))).toEqual(EXPECTED)
  })
})

describe("an answer that is too short", () => {
  const beyond = () => copy([[990, 1010]])

  it("is an error of the script", async () => {
    const error = new WrongLength("content", 20, 10)
    expect(() => [...run(beyond(), (start, end) => content.subarray(start, end))]).toThrow(error)
    expect(() => [...run(beyond(), cut(64))]).toThrow(error)
    await expect(collect(runAsync(beyond(), async (start, end) => content.subarray(start, end)))).rejects.toThrow(error)
    await expect(collect(runAsync(beyond(), slowly(cut(64))))).rejects.toThrow(error)
  })

  it("or too long, is one too", () => {
    expect(() => [...run(copy([[0, 5]]), () => content)]).toThrow(new WrongLength("content", 5, 1000))
  })
})

describe("a stream", () => {
  /** A stream that tells whether it was closed. */
  const watched = () => {
    const state = { closed: false, pulled: 0 }
    const sync = function* () {
      try {
        for (const piece of cut(10)) {
          state.pulled += 1
          yield piece
        }
      } finally {
        state.closed = true
      }
    }
    return { state, sync }
  }

  it("is pulled only as far as it is needed, then closed", async () => {
    const one = watched()
    expect([...run(copy([[0, 25]]), one.sync())]).toHaveLength(1)
    expect(one.state).toEqual({ closed: true, pulled: 3 })
    const other = watched()
    await collect(runAsync(copy([[0, 25]]), slowly(other.sync())))
    expect(other.state).toEqual({ closed: true, pulled: 3 })
  })

  it("is closed when the reader of the bytes has enough, and when the script fails", async () => {
    const early = watched()
    for (const _ of run(copy(SPANS), early.sync())) break
    expect(early.state.closed).toBe(true)
    const late = watched()
    for await (const _ of runAsync(copy(SPANS), slowly(late.sync()))) break
    expect(late.state.closed).toBe(true)
    const failed = watched()
    expect(() => [...run(copy([[0, 2000]]), failed.sync())]).toThrow(WrongLength)
    expect(failed.state.closed).toBe(true)
  })

  it("that fails ends the script with its error", async () => {
    const failing = function* (): Generator<Uint8Array> {
      yield content.subarray(0, 20)
      throw new Error("disk gone")
    }
    expect(() => [...run(copy([[0, 30]]), failing())]).toThrow("disk gone")
    await expect(collect(runAsync(copy([[0, 30]]), slowly(failing())))).rejects.toThrow("disk gone")
    await expect(collect(runAsync(copy([[0, 30]]), () => Promise.reject(new Error("disk gone"))))).rejects.toThrow(
      "disk gone"
    )
  })
})
