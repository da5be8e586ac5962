/**
 * Threads keep what they unpacked of a content until it was checked, and take it apart then. Whoever asks sees nothing of that.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { randomBytes } from "node:crypto"
import { gzipSync } from "node:zlib"
import { Crew } from "../../../src/query/shred/crew.ts"
import { Holding } from "../../../src/query/shred/holding.ts"
import { ThreadLost } from "../../../src/tlogfs/content/threads/crew.ts"
import { unpackHere } from "../../../src/tlogfs/content/threads/unpack.ts"
import { asking } from "../../support/query/asking.ts"

const MiB = 1024 * 1024

/** Lines with numbers from 0 on, some of them of several MiB, with texts that are said again only for those. */
const lines = (count: number, long: ReadonlyMap<number, number> = new Map()): Uint8Array => {
  const noise = randomBytes(count * 24).toString("hex")
  const text = (at: number) => "é".repeat(long.get(at) ?? 0) + noise.slice(48 * at, 48 * at + 48)
  return Buffer.from(Array.from({ length: count }, (_, at) => `{"n":${at},"text":"${text(at)}"}\n`).join(""))
}

const count = (table: string) => `SELECT count(*), sum(n), bool_and(n = _line - 1), max(length(text)) FROM '${table}'`

/** Threads of their own. */
const entered = Effect.acquireRelease(
  Effect.sync(() => {
    const made = new Crew()
    made.enter()
    return made
  }),
  (made) => Effect.sync(() => made.leave())
)

describe("what threads keep", () => {
  it.live("becomes rows in order, through lines of several MiB and archives", () =>
    Effect.gen(function* () {
      const { rows, write } = yield* asking
      const text = lines(
        120_000,
        new Map([
          [7, 2 * MiB],
          [60_000, 1.5 * MiB],
          [60_001, 3 * MiB]
        ])
      )
      const plain = lines(160_000)
      yield* write({
        "/long.jsonl": text,
        "/cut.jsonl": plain.subarray(0, -1),
        "/old.jsonl.gz": gzipSync(plain, { level: 1 })
      })
      const all = (most: number) => [(most * (most - 1)) / 2, true]
      expect(yield* rows(count("/long.jsonl"))).toStrictEqual([[120_000, ...all(120_000), 3 * MiB + 48]])
      expect(yield* rows(count("/cut.jsonl"))).toStrictEqual([[160_000, ...all(160_000), 48]])
      expect(yield* rows(count("/old.jsonl.gz"))).toStrictEqual([[160_000, ...all(160_000), 48]])
    })
  )

  it.live(
    "goes with its thread: bytes are unpacked in another way then, lines are left to the engine, and nobody waits for ever",
    () =>
      Effect.gen(function* () {
        const crew = yield* entered
        const text = lines(20_000).slice(0, MiB)
        const packed = (offset: number) => ({
          bytes: Uint8Array.from(text),
          sizeBytes: text.length,
          offset,
          wantsBytes: true,
          wantsPairs: false
        })
        const holding = new Holding(crew, 0)
        const hold = (offset: number) => Effect.promise(() => holding.unpack(packed(offset)))
        const first = holding.take((yield* hold(0))[0]!.bytes)!
        const other = holding.take((yield* hold(8 * MiB))[0]!.bytes)!
        yield* Effect.promise(() => first.thread.worker.terminate())
        const shred = (held: typeof first) =>
          Effect.promise(() => crew.begin(0).then(() => crew.shred([held], held.linesBytes)))
        // More often than there are places for orders.
        for (let at = 0; at < 20; at += 1) expect(yield* shred(first)).toBeUndefined()
        if (other.thread !== first.thread) expect(yield* shred(other)).toHaveLength(1)
        yield* Effect.promise(() => other.thread.worker.terminate())
        const refused = yield* Effect.promise(() =>
          holding.unpack(packed(0)).then(
            () => undefined,
            (cause: unknown) => cause
          )
        )
        expect(refused).toBeInstanceOf(ThreadLost)
      })
  )

  it.live("is what was given, also where it was not compressed, and can be forgotten", () =>
    Effect.gen(function* () {
      const crew = yield* entered
      const text = lines(80_000).slice(0, 4 * MiB)
      const end = text.lastIndexOf(10) + 1
      const packed = () => ({
        bytes: Uint8Array.from(text),
        sizeBytes: text.length,
        offset: 8 * MiB,
        wantsBytes: true,
        wantsPairs: false
      })
      const holding = new Holding(crew, 0)
      const unpacked = yield* Effect.promise(() => holding.unpack(packed()))
      const expected = yield* Effect.promise(() => unpackHere(packed()))
      expect(unpacked.map(({ cv }) => cv)).toStrictEqual(expected.map(({ cv }) => cv))
      const [token] = unpacked
      expect(holding.take(text)).toBeUndefined()
      const held = holding.take(token!.bytes)!
      expect([held.linesBytes, Buffer.from(held.tail)]).toStrictEqual([end, Buffer.from(text.subarray(end))])
      yield* Effect.promise(() => crew.begin(0))
      const groups = yield* Effect.promise(() => crew.shred([held], held.linesBytes))
      expect(groups?.map(({ rows }) => rows).reduce((sum, rows) => sum + rows, 0)).toBe(
        text.subarray(0, end).filter((byte) => byte === 10).length
      )
      // What was forgotten is no lines any more.
      const again = yield* Effect.promise(() => holding.unpack(packed()))
      const other = holding.take(again[0]!.bytes)!
      crew.forget(other)
      yield* Effect.promise(() => crew.begin(0))
      expect(yield* Effect.promise(() => crew.shred([other], other.linesBytes))).toBeUndefined()
    })
  )
})
