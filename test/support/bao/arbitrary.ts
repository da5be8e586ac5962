/**
 * Arbitrary contents and ranges for properties of hash trees.
 */
import fc from "fast-check"
import { GROUP_BYTES } from "../../../src/bao/constants.ts"
import { EDGES, noise, SEEDS } from "./content.ts"

/** Sizes up to `max`: around the boundaries as often as anywhere else. */
export const sizes = (max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.constantFrom(...EDGES.filter((size) => size <= max)), fc.nat(max), fc.nat(Math.min(max, 5 * GROUP_BYTES)))

/** Noise of a size up to `max`. */
export const contents = (max: number): fc.Arbitrary<Uint8Array> =>
  fc.tuple(sizes(max), fc.nat(SEEDS - 1)).map(([size, seed]) => noise(size, seed))

/** A content of up to `max` bytes and a range within it. */
export const ranges = (
  max: number
): fc.Arbitrary<{ readonly content: Uint8Array; readonly start: number; readonly end: number }> =>
  contents(max).chain((content) =>
    fc
      .tuple(fc.nat(content.length), fc.nat(content.length))
      .map(([one, other]) => ({ content, start: Math.min(one, other), end: Math.max(one, other) }))
  )

/** A content of up to `max` bytes cut into pieces: many small ones, some empty, or a few large ones. */
export const pieces = (max: number): fc.Arbitrary<ReadonlyArray<Uint8Array>> =>
  contents(max).chain((content) =>
    fc.array(fc.oneof(fc.nat(content.length), fc.constantFrom(...EDGES)), { maxLength: 20 }).map((cuts) => {
      const edges = [0, ...cuts.filter((cut) => cut <= content.length).toSorted((a, b) => a - b), content.length]
      return edges.slice(1).map((end, i) => content.subarray(edges[i], end))
    })
  )
