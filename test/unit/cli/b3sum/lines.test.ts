import { it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import fc from "fast-check"
import { describe, expect } from "vitest"
import { LONGEST_LINE_BYTES, splitLines } from "../../../../src/cli/b3sum/lines.ts"

const split = (...chunks: ReadonlyArray<Uint8Array>) => Stream.runCollect(splitLines(Stream.fromIterable(chunks)))

/** Cuts bytes into pieces at some places. */
const cut = (bytes: Buffer, places: ReadonlyArray<number>): ReadonlyArray<Buffer> => {
  const ends = [...new Set([...places.map((place) => place % (bytes.length + 1)), bytes.length])].toSorted(
    (a, b) => a - b
  )
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end))
}

describe("splitLines", () => {
  it("gives the same lines however the bytes arrive", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "binary" })),
        fc.boolean(),
        fc.array(fc.nat()),
        async (texts, ended, places) => {
          const lines = texts.map((text) => text.replaceAll("\n", "␤"))
          const text = lines.join("\n") + (ended && lines.length > 0 ? "\n" : "")
          const expected = text.split("\n")
          if (expected.at(-1) === "") expected.pop()
          expect(await Effect.runPromise(split(...cut(Buffer.from(text), places)))).toEqual(expected)
        }
      )
    ))

  it.effect("keeps bytes that are not text apart from all text", () =>
    Effect.gen(function* () {
      expect(yield* split(Buffer.from("a\xff\n\xf0\n", "latin1"))).toEqual(["a\udcff", "\udcf0"])
    })
  )

  it.effect("gives up lines that are too long, without keeping them", () =>
    Effect.gen(function* () {
      const long = Buffer.alloc(LONGEST_LINE_BYTES, "x")
      expect(yield* split(long, Buffer.from("\nnext\n"))).toEqual([long.toString(), "next"])
      expect(yield* split(long, Buffer.from("x"), long, Buffer.from("\nnext\n"))).toEqual(["\0", "next"])
      expect(yield* split(Buffer.from("first\n"), long, Buffer.from("x"))).toEqual(["first", "\0"])
    })
  )
})
