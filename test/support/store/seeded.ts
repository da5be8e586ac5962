/**
 * Choices that can be made again: the same seed gives the same ones.
 */
import type { Choose } from "../../../src/store/memory/disk.ts"

/** Makes a generator of choices (a linear congruential one: enough to vary, and short enough to read). */
export const seeded = (seed: number): Choose => {
  let state = (seed * 2_654_435_769 + 1) >>> 0
  return (alternatives) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * alternatives)
  }
}
