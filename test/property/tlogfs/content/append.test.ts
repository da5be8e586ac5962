/**
 * R4, R5: however bytes arrive in a content, its hash and tree are those of one write, and every range reads as it was written.
 */
import { it } from "@effect/vitest"
import { Effect } from "effect"
import fc from "fast-check"
import { expect } from "vitest"
import { hashTree, PAIR_BYTES, sameHash, stablePairs, toHex } from "../../../../src/bao/index.ts"
import { fsckContent } from "../../../../src/tlogfs/content/fsck/content.ts"
import { pieces } from "../../../support/bao/arbitrary.ts"
import { EDGES, noise } from "../../../support/bao/content.ts"
import { logs, Shelf, SMALL_LIMITS } from "../../../support/tlogfs/contents.ts"

/** Versions of a series, each written in some pieces, some of them resumed from what is stored. */
const versions = (max: number) =>
  fc.tuple(pieces(max), fc.boolean(), fc.infiniteStream(fc.boolean())).map(([parts, asLogs, coins]) => {
    const size = parts.reduce((sum, part) => sum + part.length, 0)
    const content = asLogs ? logs(size) : noise(size)
    const all: Array<{ readonly pieces: Array<Uint8Array>; readonly resumes: boolean }> = []
    let at = 0
    for (const { length } of parts) {
      const piece = content.subarray(at, at + length)
      at += length
      const last = all.at(-1)
      if (last !== undefined && coins.next().value === true) last.pieces.push(piece)
      else all.push({ pieces: [piece], resumes: coins.next().value === true })
    }
    return { content, all }
  })

const sizeOf = (parts: ReadonlyArray<Uint8Array>): number => parts.reduce((sum, { length }) => sum + length, 0)

/** The stable pairs that the rows of a series hold, all in order. */
const storedPairs = Effect.fnUntraced(function* (shelf: Shelf) {
  const parts: Array<Uint8Array> = []
  for (const run of yield* shelf.content().runs({ start: 0, end: Number.MAX_SAFE_INTEGER })) {
    if ("pairs" in run) parts.push(run.pairs)
  }
  return Buffer.concat(parts)
})

it.effect("any sequence of appends gives the hash and the tree of one write, and reads back as written", () =>
  Effect.promise(() =>
    fc.assert(
      fc.asyncProperty(versions(2 * 2 ** 20), fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 5 }), (made, spans) =>
        Effect.runPromise(
          Effect.gen(function* () {
            const shelf = yield* Shelf.make({ limits: SMALL_LIMITS })
            let size = 0
            for (const { pieces, resumes } of made.all) {
              yield* shelf.write("append", pieces, { resumes })
              size += sizeOf(pieces)
              const once = hashTree(made.content.subarray(0, size))
              expect(shelf.last?.content).toMatchObject({ sizeBytes: size, hash: toHex(once.root) })
              const stable = once.outboard.subarray(0, stablePairs(size) * PAIR_BYTES)
              expect(sameHash(yield* storedPairs(shelf), stable)).toBe(true)
            }
            if (made.all.length === 0) return
            const reopened = yield* shelf.reopened
            expect(sameHash(yield* reopened.read(), made.content)).toBe(true)
            for (const [one, other] of spans) {
              const [start, end] = [one % (size + 1), other % (size + 1)].toSorted((a, b) => a - b) as [number, number]
              expect(sameHash(yield* reopened.read({ start, end }), made.content.subarray(start, end))).toBe(true)
            }
            expect((yield* fsckContent(reopened.reader, reopened.content())).damages).toEqual([])
          })
        )
      ),
      { numRuns: 60 }
    )
  )
)

it.effect("every size around a boundary, written at once and in two appends", () =>
  Effect.gen(function* () {
    for (const size of EDGES) {
      const content = noise(size, 3)
      const root = toHex(hashTree(content).root)
      const once = yield* Shelf.make({ type: "file", limits: SMALL_LIMITS })
      expect((yield* once.write("replace", [content])).content.hash).toBe(root)
      expect(sameHash(yield* once.read(), content)).toBe(true)
      const twice = yield* Shelf.make({ limits: SMALL_LIMITS })
      yield* twice.write("append", [content.subarray(0, size >> 1)])
      yield* twice.write("append", [content.subarray(size >> 1)], { resumes: true })
      expect(twice.last?.content.hash).toBe(root)
      expect(sameHash(yield* twice.read(), content)).toBe(true)
    }
  })
)

it.effect("every version of a long series of small appends reads as it was", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make({ limits: SMALL_LIMITS })
    const content = logs(120_000)
    const cuts = [0]
    while (cuts.at(-1)! < content.length)
      cuts.push(Math.min(content.length, cuts.at(-1)! + 200 + (cuts.length % 17) * 40))
    for (let index = 1; index < cuts.length; index++) {
      yield* shelf.write("append", [content.subarray(cuts[index - 1], cuts[index])], { resumes: index % 50 === 0 })
    }
    for (let version = 1; version < cuts.length; version += 23) {
      expect(sameHash(yield* shelf.read(undefined, version), content.subarray(0, cuts[version]))).toBe(true)
    }
    expect(sameHash(yield* shelf.read(), content)).toBe(true)
  })
)
