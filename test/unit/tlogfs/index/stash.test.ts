import { expect, it } from "@effect/vitest"
import * as fc from "fast-check"
import { Stash } from "../../../../src/tlogfs/index/stash.ts"

const pieceOf = (index: number, sizeBytes: number): Uint8Array => Buffer.alloc(sizeBytes, `piece ${index}, `)

it("gives every piece back, in any order, while more are put aside", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat(300), fc.nat(70_000), fc.constant(1_100_000)), { maxLength: 24 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (sizes, asked) => {
        const stash = new Stash()
        const places: Array<number> = []
        const check = (index: number): void => {
          const piece = stash.get(places[index]!, sizes[index]!)
          expect(Buffer.compare(piece, pieceOf(index, sizes[index]!))).toBe(0)
          // What is given belongs to who asked.
          piece.fill(0)
        }
        for (const [index, sizeBytes] of sizes.entries()) {
          places.push(stash.add(pieceOf(index, sizeBytes)))
          check((asked[index] ?? 0) % (index + 1))
        }
        for (const index of asked) if (sizes.length > 0) check(index % sizes.length)
        for (const index of places.keys()) check(index)
        for (const stride of [2, 3]) for (let at = 0; at < sizes.length; at += stride) check(at)
        stash.close()
      }
    ),
    { numRuns: 12 }
  )
})
