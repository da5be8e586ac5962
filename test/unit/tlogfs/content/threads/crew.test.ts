import { describe, expect, it } from "vitest"
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { zstdCompressSync } from "node:zlib"
import { hashTree, OutboardBuilder, subtreeCv, toHex } from "../../../../../src/bao/index.ts"
import { concatenate } from "../../../../../src/bao/outboard.ts"
import { FRAME_BYTES } from "../../../../../src/tlogfs/content/limits.ts"
import { Crew, ThreadLost } from "../../../../../src/tlogfs/content/threads/crew.ts"
import type { Packed } from "../../../../../src/tlogfs/content/threads/unpack.ts"
import { noise } from "../../../../support/bao/content.ts"
import { ROOT } from "../../../../support/root.ts"
import { logs } from "../../../../support/tlogfs/contents.ts"

const FRAMES = 12
const content = concatenate([logs(FRAMES * FRAME_BYTES), noise(70_000)])
const LEVEL = 6

const frameAt = (index: number, isCompressed: boolean): Packed => {
  const offset = index * FRAME_BYTES
  const bytes = content.slice(offset, offset + FRAME_BYTES)
  const frame = zstdCompressSync(bytes)
  return {
    ...(isCompressed ? { bytes: frame, frameEnds: [frame.length] } : { bytes }),
    sizeBytes: bytes.length,
    offset,
    wantsBytes: false,
    wantsPairs: true
  }
}

const frames = (isCompressed: boolean) => Array.from({ length: FRAMES }, (_, index) => frameAt(index, isCompressed))

/** Waits until threads do the work: until then the asking thread does it. */
const warm = async (crew: Crew): Promise<Crew> => {
  while (!crew.isReady) await crew.unpack(frameAt(0, true))
  return crew
}

it("starts threads at once where it is known that enough will follow", async () => {
  const crew = new Crew(2, 64 * FRAME_BYTES)
  await crew.unpack({ ...frameAt(0, true), aheadBytes: 63 * FRAME_BYTES })
  while (!crew.isReady) await new Promise((next) => setImmediate(next))
  const few = new Crew(2, 64 * FRAME_BYTES)
  for (const one of frames(true)) await few.unpack({ ...one, aheadBytes: 40 * FRAME_BYTES })
  expect(few.isReady).toBe(false)
  await Promise.all([crew.end(), few.end()])
})

describe.each([
  ["threads", (): Promise<Crew> => warm(new Crew(2, 0))],
  ["no thread", (): Promise<Crew> => Promise.resolve(new Crew(1))]
])("a crew of %s", (_, make) => {
  it.each([true, false])("makes of frames the tree that their content has; compressed: %s", async (isCompressed) => {
    const crew = await make()
    const builder = new OutboardBuilder()
    const pairs: Array<Uint8Array> = []
    for (const [unpacked] of await Promise.all(frames(isCompressed).map((packed) => crew.unpack(packed)))) {
      expect(unpacked!.bytes).toHaveLength(0)
      pairs.push(builder.addSubtree(unpacked!.cv, LEVEL, unpacked!.pairs))
    }
    pairs.push(builder.update(content.subarray(builder.sizeBytes)), builder.edge())
    const tree = hashTree(content)
    expect(toHex(builder.root())).toBe(toHex(tree.root))
    expect(toHex(concatenate(pairs))).toBe(toHex(tree.outboard))
    await crew.end()
  })

  it("gives bytes, and values in a part of the content, when they are asked for", async () => {
    const crew = await make()
    const last = { ...frameAt(FRAMES, true), wantsBytes: true, wantsPairs: false, below: (FRAMES - 1) * FRAME_BYTES }
    const { bytes, cv, cvBelow, pairs } = (await crew.unpack(last))[0]!
    const expected = content.subarray(FRAMES * FRAME_BYTES)
    expect(Buffer.compare(bytes, expected)).toBe(0)
    expect(pairs).toHaveLength(0)
    expect(toHex(cv)).toBe(toHex(subtreeCv(expected, FRAMES * FRAME_BYTES)))
    expect(toHex(cvBelow)).toBe(toHex(subtreeCv(expected, FRAME_BYTES)))
    await crew.end()
  })

  it.each([true, false])(
    "takes several MiB at once, and gives each by itself; compressed: %s",
    async (isCompressed) => {
      const crew = await make()
      const all = [10, 11, 12].map((index) => frameAt(index, isCompressed))
      let end = 0
      const frameEnds = all.map(({ bytes }) => (end += bytes.length))
      const packed: Packed = {
        bytes: concatenate(all.map(({ bytes }) => bytes)),
        ...(isCompressed ? { frameEnds } : {}),
        sizeBytes: 2 * FRAME_BYTES + 70_000,
        offset: 10 * FRAME_BYTES,
        wantsBytes: true,
        wantsPairs: true
      }
      const parts = await crew.unpack(packed)
      expect(Buffer.compare(concatenate(parts.map(({ bytes }) => bytes)), content.subarray(10 * FRAME_BYTES))).toBe(0)
      for (const [index, { cv }] of parts.entries()) {
        const [one] = await crew.unpack(frameAt(10 + index, isCompressed))
        expect(toHex(cv)).toBe(toHex(one!.cv))
      }
      await crew.end()
    }
  )

  it("takes bytes that lie in the middle of a buffer, and leaves the rest of that alone", async () => {
    const crew = await make()
    const around = Buffer.concat([Buffer.alloc(10, 1), frameAt(0, true).bytes, Buffer.alloc(10, 2)])
    const packed = { ...frameAt(0, true), bytes: around.subarray(10, -10).subarray(0), wantsBytes: true }
    const small = Buffer.from("twelve bytes")
    const tiny = { ...frameAt(0, false), bytes: small, sizeBytes: small.length, wantsBytes: true }
    expect(Buffer.compare((await crew.unpack(packed))[0]!.bytes, content.subarray(0, FRAME_BYTES))).toBe(0)
    expect(Buffer.from((await crew.unpack(tiny))[0]!.bytes).toString()).toBe("twelve bytes")
    expect(Buffer.from("another").toString()).toBe("another")
    await crew.end()
  })

  it("rejects what is no frame, or another one, and goes on", async () => {
    const crew = await make()
    const wrong = [
      { ...frameAt(0, true), bytes: noise(5000) },
      { ...frameAt(0, true), frameEnds: [] },
      { ...frameAt(0, true), bytes: frameAt(0, true).bytes.subarray(0, 1000) },
      { ...frameAt(0, true), sizeBytes: FRAME_BYTES - 1 },
      { ...frameAt(FRAMES, true), sizeBytes: FRAME_BYTES }
    ]
    const results = await Promise.allSettled(wrong.map((packed) => crew.unpack(packed)))
    expect(results.map(({ status }) => status)).toEqual(wrong.map(() => "rejected"))
    expect((await crew.unpack(frameAt(1, true)))[0]!.cv).toHaveLength(32)
    await crew.end()
  })
})

describe("threads", () => {
  it("that end fail what they were doing, or have done it, and new ones begin", async () => {
    const crew = await warm(new Crew(2, 0))
    const pending = frames(true).map((packed) => crew.unpack(packed))
    const settled = Promise.allSettled(pending)
    await crew.end()
    for (const [index, outcome] of (await settled).entries()) {
      if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(ThreadLost)
      else expect(toHex(outcome.value[0]!.cv)).toBe(toHex(subtreeCv(frameAt(index, false).bytes, index * FRAME_BYTES)))
    }
    await warm(crew)
    expect((await crew.unpack(frameAt(1, true)))[0]!.cv).toHaveLength(32)
    await crew.end()
  })

  it("keep no process alive, and none waits in vain for them", () => {
    const script = `
      import { Crew } from ${JSON.stringify(join(ROOT, "src/tlogfs/content/threads/crew.ts"))}
      const crew = new Crew(2, 0)
      const packed = () => ({ bytes: new Uint8Array(1048576), sizeBytes: 1048576, offset: 0, wantsBytes: true, wantsPairs: false })
      while (!crew.isReady) { await crew.unpack(packed()); await new Promise((next) => setImmediate(next)) }
      const [{ bytes }] = await crew.unpack(packed())
      console.log(bytes.length)`
    const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" })
    expect([status, stdout]).toEqual([0, "1048576\n"])
  })
})
