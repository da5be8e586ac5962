/**
 * Damage to any file of the log or the data: a reader gets the right answer or a typed error, never a wrong byte (R4, F11 to F14), and fsck finds
 * every damage, and nothing in a sound pond.
 *
 * `POND_ROUNDS` multiplies the number of flipped bits; 60 make it more than 300 in each file.
 */
import { Effect, Stream } from "effect"
import { describe, expect, it } from "vitest"
import { fsck, maintain } from "../../../src/tlogfs/index.ts"
import { entryKey, MAINTAINED, othersOf } from "../../support/tlogfs/maintained.ts"
import { damagesOf, findingsIn, runQuietly, survey, withDamage } from "../../support/tlogfs/pond-damage.ts"
import { storeOf } from "../../support/tlogfs/golden.ts"

const FLIPS = 6 * Number(process.env["POND_ROUNDS"] ?? 1)

const { checkpoints, data, files, known, newest, pieces, published } = MAINTAINED

it("is tried on a pond that has everything", () => {
  expect(data.length).toBeGreaterThanOrEqual(3)
  expect([pieces.length, checkpoints.length, published]).toEqual([expect.any(Number), 2, newest - 2])
  expect(pieces.length).toBeGreaterThan(0)
})

it("is not seen where there is none: a sound pond is answered right, and fsck finds nothing", async () => {
  expect(await runQuietly(findingsIn(files))).toEqual([])
  expect(await runQuietly(survey(storeOf(files), known))).toEqual({ wrong: [], failed: [] })
})

describe("damage of what is true", () => {
  const entries = [0, 5, published, newest].map(entryKey)
  const truth = [
    ...entries.map((key) => [key, othersOf(key, [entryKey(5), entryKey(newest - 1)])] as const),
    ...[data[0]!, data.at(-1)!].map((key) => [key, othersOf(key, data)] as const)
  ]

  it.each(truth)("never gives a wrong answer, and is found: %s (R4)", { timeout: 600_000 }, async (key, others) => {
    const problems: Array<string> = []
    for (const damage of damagesOf(files.get(key)!, FLIPS, others)) {
      // A log without its newest entry is the log before it.
      if (key === entryKey(newest) && damage.bytes === undefined) continue
      const damaged = withDamage(files, key, damage)
      const { wrong } = await runQuietly(survey(storeOf(damaged), known))
      for (const what of wrong) problems.push(`${damage.name}: ${what}`)
      const findings = await runQuietly(findingsIn(damaged))
      if (findings.length === 0) problems.push(`${damage.name}: fsck finds nothing`)
    }
    expect(problems).toEqual([])
  })

  it("of the newest entry, when it is missing, is as if its transaction had not been: whole (R2)", async () => {
    const damaged = withDamage(files, entryKey(newest), { name: "missing", bytes: undefined })
    const { 13: last, ...before } = known
    const { "/thirteen": _, ...without } = last!
    expect(await runQuietly(survey(storeOf(damaged), { ...before, 12: without }))).toEqual({ wrong: [], failed: [] })
  })
})

it("foreign files are left alone and told of (F13)", async () => {
  const foreign = [
    "notes.txt",
    "_delta_log/notes.json",
    "_blobs/ab/notes",
    "_index/notes",
    "_delta_log/.tmp-7",
    "data/x.parquet"
  ]
  const more = new Map([
    ...files,
    ...foreign.map((key) => [key, new TextEncoder().encode("not of this pond")] as const)
  ])
  const store = storeOf(more)
  expect(await runQuietly(survey(store, known))).toEqual({ wrong: [], failed: [] })
  const { findings } = await runQuietly(Effect.orDie(fsck(store)))
  expect(findings.map(({ kind }) => kind)).toEqual(findings.map(() => "foreign"))
  expect(findings.map(({ where }) => where)).toEqual(expect.arrayContaining(foreign))
  await runQuietly(Effect.orDie(maintain(store, 0)))
  const after = await runQuietly(Effect.orDie(Stream.runCollect(store.list(""))))
  expect(after.map(({ key }) => key)).toEqual(expect.arrayContaining(foreign.slice(0, 2)))
})
