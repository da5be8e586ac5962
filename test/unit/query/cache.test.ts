/**
 * What queries keep stays within its bounds: what was not used for longest goes first.
 */
import { expect, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Part, QueryCache } from "../../../src/query/cache.ts"
import { scopedFolder } from "../../support/query/asking.ts"

const PART_BYTES = 10_000

/** Keeps something of a content, used so many seconds ago. */
const keep = (cache: QueryCache, content: string, ageSeconds: number) =>
  Effect.gen(function* () {
    const work = yield* cache.work
    const file = join(work, "part")
    writeFileSync(file, content.repeat(PART_BYTES / content.length))
    const taken = yield* cache.takePart(file)
    const part: Part = {
      ...taken,
      start: 0,
      end: PART_BYTES,
      firstLine: 1,
      lines: 1,
      isNumbered: false,
      firstRowLine: 1,
      columns: [],
      badLines: 0,
      bad: []
    }
    const parsed = {
      format: "lines",
      sizeBytes: PART_BYTES,
      unfinishedBytes: 0,
      columns: [],
      parts: [part],
      dialect: null
    } as const
    yield* cache.keep(content, parsed, work)
    const time = Date.now() / 1000 - ageSeconds
    for (const path of [cache.fileOf(taken.name), join(cache.directory, `${content}-lines.json`)]) {
      utimesSync(path, time, time)
    }
    return cache.fileOf(taken.name)
  })

const sizeOf = (directory: string): number =>
  readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)

it.live("what was not used for longest goes first, and what is used stays", () =>
  Effect.gen(function* () {
    const cache = new QueryCache(yield* scopedFolder)
    const files = yield* Effect.scoped(
      Effect.forEach(["aaaa", "bbbb", "cccc", "dddd"], (content, at) => keep(cache, content, 400 - 100 * at))
    )
    expect(Option.isSome(yield* cache.find("bbbb", "lines"))).toBe(true)
    // Used a moment ago, "bbbb" is the newest; "aaaa" is the oldest, and in use.
    yield* cache.trim(25_000, new Set([files[0]!]))
    expect(files.map((file) => existsSync(file))).toStrictEqual([true, true, false, true])
    expect(sizeOf(cache.directory)).toBeLessThan(25_000 + PART_BYTES + 4096)
    expect(Option.isNone(yield* cache.find("cccc", "lines"))).toBe(true)
    expect(Option.isSome(yield* cache.find("bbbb", "lines"))).toBe(true)
    expect(Option.isSome(yield* cache.find("dddd", "lines"))).toBe(true)
    yield* cache.trim(0, new Set())
    expect(readdirSync(cache.directory)).toStrictEqual([])
    expect(Option.isNone(yield* cache.find("dddd", "lines"))).toBe(true)
  })
)
