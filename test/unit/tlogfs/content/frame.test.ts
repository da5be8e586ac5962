import { constants, zstdCompressSync } from "node:zlib"
import { expect, it } from "vitest"
import { sameHash } from "../../../../src/bao/index.ts"
import { compressFrame, decompressFrame, findFrame } from "../../../../src/tlogfs/content/frame.ts"
import { FRAME_BYTES } from "../../../../src/tlogfs/content/limits.ts"
import { COMPRESSED_FRAME_BYTES_MAX } from "../../../../src/tlogfs/content/seekable.ts"
import { noise } from "../../../support/bao/content.ts"
import { logs } from "../../../support/tlogfs/contents.ts"

const SIZES = [1, 255, 256, 257, 65_535, 65_536, 65_792, 300_000, FRAME_BYTES]

it("compresses and decompresses frames of any size, and finds their ends in a row of them", async () => {
  for (const make of [logs, noise]) {
    const contents = SIZES.map((size) => make(size, 3))
    const frames = await Promise.all(contents.map((content) => compressFrame(content, 1)))
    const file = Buffer.concat(frames)
    let at = 0
    for (const [index, content] of contents.entries()) {
      const frame = frames[index]!
      expect(frame.length).toBeLessThanOrEqual(COMPRESSED_FRAME_BYTES_MAX)
      expect(findFrame(file, at)).toEqual({ lengthBytes: frame.length, sizeBytes: content.length })
      expect(sameHash(await decompressFrame(frame, content.length), content)).toBe(true)
      at += frame.length
    }
    expect(findFrame(file, at)).toBeUndefined()
  }
})

it("finds no frame where its end is missing, or something else begins", async () => {
  const frame = await compressFrame(logs(50_000), 1)
  for (const length of [0, 4, 10, frame.length - 1]) expect(findFrame(frame.subarray(0, length), 0)).toBeUndefined()
  expect(findFrame(frame, 1)).toBeUndefined()
  expect(findFrame(noise(5000), 0)).toBeUndefined()
  expect(findFrame(zstdCompressSync(logs(FRAME_BYTES + 1)), 0)).toBeUndefined()
})

it("finds the end of a frame with a checksum and of one of a repeated byte", async () => {
  for (const content of [new Uint8Array(FRAME_BYTES), logs(1000)]) {
    const frame = zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })
    const file = Buffer.concat([frame, Buffer.alloc(100)])
    expect(findFrame(file, 0)).toEqual({ lengthBytes: frame.length, sizeBytes: content.length })
  }
})

it("never gives more or fewer bytes than expected", async () => {
  const frame = await compressFrame(logs(10_000), 1)
  await expect(decompressFrame(frame, 9_999)).rejects.toThrow(/larger than 9999/)
  await expect(decompressFrame(frame, 10_001)).rejects.toThrow(/holds 10000 bytes where 10001/)
  const bomb = zstdCompressSync(new Uint8Array(64 * FRAME_BYTES))
  await expect(decompressFrame(bomb, 1000)).rejects.toThrow(/larger than 1000/)
})

it("refuses a frame that asks for a large window", async () => {
  const frame = zstdCompressSync(new Uint8Array(9 * FRAME_BYTES), { params: { [constants.ZSTD_c_windowLog]: 24 } })
  await expect(decompressFrame(frame, FRAME_BYTES)).rejects.toThrow(/memory/)
})
