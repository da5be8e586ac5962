import { it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { Compressors } from "../../../../src/tlogfs/content/compressors.ts"
import { compressFrame, decompressFrame, findFrame } from "../../../../src/tlogfs/content/frame.ts"
import { FRAME_BYTES } from "../../../../src/tlogfs/content/limits.ts"
import { noise } from "../../../support/bao/content.ts"

it.live.each([1, 3])("give frames that hold what was given and say how much that is, at level %i", (level) =>
  Effect.promise(async () => {
    const compressors = new Compressors(level)
    const text = Uint8Array.from({ length: FRAME_BYTES }, (_, at) => 97 + ((at * at) % 23))
    const contents = [
      noise(FRAME_BYTES, 1),
      text,
      noise(FRAME_BYTES, 2),
      text,
      new Uint8Array(FRAME_BYTES),
      text.subarray(5)
    ]
    // Twice, so that all of them were used before.
    for (const _ of [1, 2]) {
      const frames = await Promise.all(contents.map((content) => compressors.compress(content)))
      for (const [index, frame] of frames.entries()) {
        const content = contents[index]!
        expect(findFrame(frame, 0)).toEqual({ lengthBytes: frame.length, sizeBytes: content.length })
        expect(Buffer.compare(await decompressFrame(frame, content.length), content)).toBe(0)
      }
      expect(frames[1]!.length).toBeLessThan(1.01 * (await compressFrame(text, level)).length)
    }
    compressors.close()
  })
)

it.live("may be closed while they work, and begin anew", () =>
  Effect.promise(async () => {
    const compressors = new Compressors(1)
    const frame = await compressors.compress(new Uint8Array(FRAME_BYTES))
    compressors.compress(noise(FRAME_BYTES)).catch(() => undefined)
    compressors.close()
    compressors.close()
    expect(await compressors.compress(new Uint8Array(FRAME_BYTES))).toEqual(frame)
    compressors.close()
  })
)
