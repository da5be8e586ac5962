import fc from "fast-check"
import { expect, it } from "vitest"
import { sameHash } from "../../../../src/bao/index.ts"
import { FrameBuffer, FramePool } from "../../../../src/tlogfs/content/frames.ts"
import { FRAME_BYTES } from "../../../../src/tlogfs/content/limits.ts"
import { noise } from "../../../support/bao/content.ts"

it("cuts any pieces into frames of 1 MiB, and keeps what is left", () => {
  const size = fc.oneof(fc.nat(100), fc.nat(3 * FRAME_BYTES), fc.constantFrom(0, FRAME_BYTES - 1, FRAME_BYTES))
  fc.assert(
    fc.property(fc.array(size, { maxLength: 4 }), (sizes) => {
      const buffer = new FrameBuffer(new FramePool())
      const content = noise(
        Math.min(
          9 * FRAME_BYTES,
          sizes.reduce((sum, size) => sum + size, 0)
        )
      )
      const frames: Array<Uint8Array> = []
      let at = 0
      for (const size of sizes) {
        // The producer uses its buffer again.
        const piece = content.slice(at, at + size)
        frames.push(...buffer.push(piece))
        piece.fill(0)
        at += size
      }
      expect(frames.every(({ length }) => length === FRAME_BYTES)).toBe(true)
      const rest = buffer.rest()
      expect(rest.length).toBeLessThan(FRAME_BYTES)
      expect(sameHash(Buffer.concat([...frames, rest]), content)).toBe(true)
      expect(buffer.rest().length).toBe(0)
    }),
    { numRuns: 40 }
  )
})

it("uses frames again that were given back, and only those", () => {
  const pool = new FramePool()
  const buffer = new FrameBuffer(pool)
  const [first, second] = [...buffer.push(noise(2 * FRAME_BYTES))]
  pool.release(first!)
  pool.release(new Uint8Array(7))
  const [third] = [...buffer.push(noise(FRAME_BYTES, 3))]
  expect(third!.buffer).toBe(first!.buffer)
  expect(third!.buffer).not.toBe(second!.buffer)
  expect(pool.take().buffer).not.toBe(second!.buffer)
})
