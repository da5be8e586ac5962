import { Effect, Exit, Stream } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as zlib from "node:zlib"
import { decoders } from "../../../src/formats/decoders.ts"

const text = (lines: number, seed = 1): Buffer =>
  Buffer.from(
    Array.from({ length: lines }, (_, line) => `line ${line * seed} of ${(line * 7919 * seed) % 1009}\n`).join("")
  )

const zstd = (bytes: Uint8Array, isChecked = true): Buffer =>
  zlib.zstdCompressSync(bytes, { params: { [zlib.constants.ZSTD_c_checksumFlag]: isChecked ? 1 : 0 } })

/** A frame that decoders skip. */
const skippable = Buffer.from([0x5e, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4])

/** One buffer for all chunks, as readers of files have. */
const chunked = (bytes: Uint8Array, chunkBytes: number): Stream.Stream<Uint8Array> => {
  const buffer = new Uint8Array(chunkBytes)
  return Stream.unfold(0, (at) =>
    Effect.sync(() => {
      if (at >= bytes.length) return undefined
      const part = bytes.subarray(at, at + chunkBytes)
      buffer.fill(0xee)
      buffer.set(part)
      return [buffer.subarray(0, part.length), at + part.length] as const
    })
  )
}

const decode = (name: string, bytes: Uint8Array, chunkBytes = 64 * 1024, limits?: Parameters<typeof decoders>[0]) => {
  const decoder = decoders(limits)(name)
  if (decoder === undefined) throw new Error(`no decoder for ${name}`)
  const chunks: Array<Buffer> = []
  return Stream.runForEach(decoder(chunked(bytes, chunkBytes)), (chunk) =>
    Effect.sync(() => chunks.push(Buffer.from(chunk)))
  ).pipe(Effect.map(() => Buffer.concat(chunks)))
}

const decoded = (...args: Parameters<typeof decode>): Promise<Buffer> => Effect.runPromise(decode(...args))
const failure = (...args: Parameters<typeof decode>) => Effect.runPromise(Effect.flip(decode(...args)))

const formats = [
  { name: "log.gz", pack: (bytes: Uint8Array): Buffer => zlib.gzipSync(bytes) },
  { name: "log.zst", pack: (bytes: Uint8Array): Buffer => zstd(bytes) }
]

describe.each(formats)("$name", ({ name, pack }) => {
  it.each([1, 7, 1000, 1 << 20])("gives back what was compressed, from chunks of %i bytes", async (chunkBytes) => {
    const bytes = text(2000)
    expect((await decoded(name, pack(bytes), chunkBytes)).equals(bytes)).toBe(true)
  })

  it("gives back nothing of nothing", async () => {
    expect(await decoded(name, pack(new Uint8Array(0)))).toHaveLength(0)
  })

  it("decompresses all members, wherever chunks end", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 200 }),
        async (members, chunkBytes) => {
          const packed = Buffer.concat(members.map(pack))
          expect((await decoded(name, packed, chunkBytes)).equals(Buffer.concat(members))).toBe(true)
        }
      ),
      { numRuns: 60 }
    )
  })

  it("is incomplete wherever it is cut off", async () => {
    const packed = Buffer.concat([pack(text(20)), pack(text(30, 3))])
    const first = pack(text(20)).length
    for (let length = 0; length < packed.length; length++) {
      if (length === first) continue
      expect({ length, ...(await failure(name, packed.subarray(0, length), 50)) }).toMatchObject({
        length,
        _tag: "Undecodable",
        isIncomplete: true
      })
    }
  })

  it("never gives other bytes than were compressed, whatever bit is flipped", async () => {
    const bytes = text(40)
    const packed = pack(bytes)
    for (let at = 0; at < packed.length; at++) {
      const damaged = Buffer.from(packed)
      damaged[at]! ^= 1 << (at % 8)
      const exit = await Effect.runPromiseExit(decode(name, damaged, 64))
      if (Exit.isSuccess(exit)) expect(exit.value.equals(bytes)).toBe(true)
      else expect(String(exit)).toContain("Undecodable")
    }
  })

  it("tells files that are not compressed at all", async () => {
    expect(await failure(name, Buffer.from("an ordinary log\n"))).toMatchObject({ isIncomplete: false })
  })

  it("does not pass over other bytes behind the last member", async () => {
    const packed = Buffer.concat([pack(text(50)), Buffer.from("and then something else")])
    expect(await failure(name, packed, 10)).toMatchObject({ _tag: "Undecodable" })
  })

  it("refuses to decompress more than it may", async () => {
    const packed = pack(Buffer.alloc(5_000_000))
    const limits = { decompressedBytes: 4_999_999, ratio: 1_000_000 }
    expect(await failure(name, packed, 1000, limits)).toMatchObject({ isIncomplete: false })
    expect(await decoded(name, packed, 1000, { ...limits, decompressedBytes: 5_000_000 })).toHaveLength(5_000_000)
  })

  it("refuses a bomb before it went off", async () => {
    const packed = pack(Buffer.alloc(300_000_000))
    let most = 0
    const read = Stream.runForEach(
      decoders({ decompressedBytes: 2 ** 40, ratio: 500 })(name)!(chunked(packed, 65536)),
      (chunk) => Effect.sync(() => (most += chunk.length))
    )
    const error = await Effect.runPromise(Effect.flip(read))
    expect(error).toMatchObject({ isIncomplete: false, message: "it decompresses to more than 500 times its size" })
    expect(most).toBeLessThan(160_000_000)
  })

  it("passes on what its source fails with", async () => {
    const source = Stream.concat(chunked(pack(text(50)), 40), Stream.fail("the disk is gone"))
    expect(await Effect.runPromise(Effect.flip(Stream.runDrain(decoders()(name)!(source))))).toBe("the disk is gone")
  })

  it("can be left in the middle", async () => {
    const bytes = text(200_000)
    const start = await Effect.runPromise(
      Stream.runCollect(Stream.take(decoders()(name)!(chunked(pack(bytes), 4096)), 1)).pipe(
        Effect.map((all) => all[0]!)
      )
    )
    expect(bytes.subarray(0, start.length).equals(start)).toBe(true)
  })
})

it("takes zeros behind the last member of gzip for padding, as gzip does", async () => {
  const bytes = text(50)
  const padded = Buffer.concat([zlib.gzipSync(bytes), Buffer.alloc(600)])
  for (const chunkBytes of [1, 100, 1000]) expect((await decoded("a.gz", padded, chunkBytes)).equals(bytes)).toBe(true)
})

it("skips the seek tables of seekable zstd files", async () => {
  const bytes = text(500)
  const packed = Buffer.concat([skippable, zstd(bytes.subarray(0, 900)), zstd(bytes.subarray(900), false), skippable])
  for (const chunkBytes of [1, 13, 4096]) expect((await decoded("a.zst", packed, chunkBytes)).equals(bytes)).toBe(true)
})

it("leaves other suffixes alone", () => {
  for (const name of ["log", "log.bz2", "log.xz", "gz", "log.gzip", "log.GZ"]) expect(decoders()(name)).toBeUndefined()
})
