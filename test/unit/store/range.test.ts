import { describe, expect, it } from "@effect/vitest"
import * as fc from "fast-check"
import { ObjectRangeOutside } from "../../../src/store/errors.ts"
import { resolveRange } from "../../../src/store/range.ts"
import type { ByteRange } from "../../../src/store/range.ts"

const resolve = (range: ByteRange | undefined, sizeBytes: number) =>
  resolveRange(range, { url: "u", key: "k", sizeBytes })

describe("resolveRange", () => {
  it("gives a span inside the object, or an error: never a shorter answer", () => {
    const offset = fc.oneof(fc.integer({ min: -3, max: 40 }), fc.constantFrom(0.5, 2 ** 53, -0))
    fc.assert(
      fc.property(offset, fc.option(offset, { nil: undefined }), fc.nat(30), (start, end, sizeBytes) => {
        const span = resolve({ start, end }, sizeBytes)
        const wantedEnd = end ?? sizeBytes
        const isInside = [start, wantedEnd].every(Number.isSafeInteger) && 0 <= start && start <= wantedEnd
        if (isInside && wantedEnd <= sizeBytes) expect(span).toEqual({ start, end: wantedEnd })
        else expect(span).toBeInstanceOf(ObjectRangeOutside)
      })
    )
  })

  it("gives the last bytes, or all when there are fewer", () => {
    expect(resolve({ last: 8 }, 100)).toEqual({ start: 92, end: 100 })
    expect(resolve({ last: 8 }, 5)).toEqual({ start: 0, end: 5 })
    expect(resolve({ last: 0 }, 5)).toEqual({ start: 5, end: 5 })
    expect(resolve({ last: -1 }, 5)).toBeInstanceOf(ObjectRangeOutside)
    expect(resolve({ last: 2.5 }, 5)).toBeInstanceOf(ObjectRangeOutside)
  })

  it("gives the whole object when nothing was asked for in particular", () => {
    expect(resolve(undefined, 7)).toEqual({ start: 0, end: 7 })
  })
})
