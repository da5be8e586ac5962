/**
 * Lines go to threads in orders of several MiB: every line comes out once and in order, however the bytes come and wherever lines end.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { openDatabase } from "../../../src/query/database.ts"
import { shred } from "../../../src/query/shred/shred.ts"
import { handOver } from "../../../src/tlogfs/content/handed.ts"
import { scopedFolder } from "../../support/query/asking.ts"

const MiB = 1024 * 1024

/** Lines with numbers and texts whose length changes; some are several MiB long. */
const lines = (longBytes: ReadonlyMap<number, number>): Uint8Array => {
  const all: Array<string> = []
  for (let at = 0; at < 40_000; at += 1) {
    all.push(`{"n":${at},"text":"${"x".repeat(longBytes.get(at) ?? 100 + (at % 613))}"}\n`)
  }
  return new TextEncoder().encode(all.join(""))
}

/** Bytes in chunks of so many; those that are handed over have a buffer of their own. */
const chunksOf = (bytes: Uint8Array, size: number, isHanded: boolean): ReadonlyArray<Uint8Array> => {
  const chunks: Array<Uint8Array> = []
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size))
  return isHanded ? handOver(chunks.map((chunk) => ({ bytes: chunk }))) : chunks
}

/** What chunks become: whether all lines came in order, how many, and of how many bytes. */
const shredded = (chunks: ReadonlyArray<Uint8Array>, isGrowing = false, partBytes = 1e9) =>
  Effect.gen(function* () {
    const work = yield* scopedFolder
    const found = yield* shred(Stream.fromIterable(chunks), { work, partBytes, isGrowing, columns: [], isLarge: true })
    if (found === undefined) return undefined
    const { parts, unfinishedBytes } = found
    const files = parts.map(({ file }) => file)
    const database = yield* openDatabase({ memoryMb: 256, threads: 1, spill: work, spillMb: 64, files })
    const [row] = yield* database.rows<{ readonly count: string; readonly isSame: boolean; readonly bytes: string }>(
      `SELECT count(*) AS count, bool_and(n = place) AS "isSame", sum(length(text) + length(n::VARCHAR) + 17) AS bytes
      FROM (SELECT *, row_number() OVER () - 1 AS place
      FROM read_parquet([${files.map((file) => `'${file}'`).join(", ")}]))`
    )
    const sum = (one: (part: (typeof parts)[number]) => number) => parts.reduce((total, part) => total + one(part), 0)
    expect([row?.count, row?.isSame]).toStrictEqual([String(sum((part) => part.lines)), true])
    return {
      lines: sum((part) => part.lines),
      sizeBytes: sum((part) => part.sizeBytes),
      bytes: Number(row?.bytes),
      unfinishedBytes
    }
  }).pipe(Effect.scoped)

describe("lines in orders", () => {
  it.live.each([
    { name: "in one piece", size: 64 * MiB, isHanded: false },
    { name: "by MiB that are handed over", size: MiB, isHanded: true },
    { name: "by odd sizes", size: 777_777, isHanded: false },
    { name: "by parts of a MiB", size: 65_536, isHanded: false }
  ])("come out as they went in, $name", ({ isHanded, size }) =>
    Effect.gen(function* () {
      const text = lines(
        new Map([
          [5, 3 * MiB],
          [20_000, 6 * MiB],
          [20_001, 5 * MiB]
        ])
      )
      const whole = { lines: 40_000, sizeBytes: text.length, bytes: text.length, unfinishedBytes: 0 }
      expect(yield* shredded(chunksOf(text, size, isHanded))).toStrictEqual(whole)
    })
  )

  it.live("may end within a line, which is a line, or goes on later", () =>
    Effect.gen(function* () {
      const text = lines(new Map([[39_999, 3 * MiB]])).subarray(0, -1)
      const last = text.length - text.lastIndexOf(10) - 1
      expect(last).toBeGreaterThan(3 * MiB)
      const chunks = () => chunksOf(text, MiB, true)
      const whole = { lines: 40_000, sizeBytes: text.length, bytes: text.length + 1, unfinishedBytes: 0 }
      expect(yield* shredded(chunks())).toStrictEqual(whole)
      const rest = text.length - last
      expect(yield* shredded(chunks(), true)).toStrictEqual({
        lines: 39_999,
        sizeBytes: rest,
        bytes: rest,
        unfinishedBytes: last
      })
      // Several files hold the same.
      expect(yield* shredded(chunks(), false, 4 * MiB)).toStrictEqual(whole)
    })
  )

  it.live("are left to the engine where one is longer than an order", () =>
    Effect.gen(function* () {
      const text = lines(new Map([[20_000, 9 * MiB]]))
      expect(yield* shredded(chunksOf(text, MiB, true))).toBeUndefined()
      expect(yield* shredded(chunksOf(text, 64 * MiB, false))).toBeUndefined()
    })
  )
})
