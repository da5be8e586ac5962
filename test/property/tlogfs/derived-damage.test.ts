/**
 * Damage to what is derived, index, checkpoints, hints: it changes no answer and stops nobody (R6), and the next publication heals it.
 *
 * `POND_ROUNDS` multiplies the number of flipped bits; 80 make it more than 300 in each file.
 */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { maintain, openAt } from "../../../src/tlogfs/index.ts"
import { blake3 } from "../../support/reader/hashes.ts"
import { diskOf, storeOf } from "../../support/tlogfs/golden.ts"
import { MAINTAINED, othersOf } from "../../support/tlogfs/maintained.ts"
import { damagesOf, findingsIn, runQuietly, survey, withDamage } from "../../support/tlogfs/pond-damage.ts"

const FLIPS = 4 * Number(process.env["POND_ROUNDS"] ?? 1)

const { checkpoints, data, files, known, pieces, published } = MAINTAINED

const hints = ["_index/_head", "_delta_log/_last_checkpoint"]
const older = { older: new TextEncoder().encode(String(published - 3)), newer: new TextEncoder().encode("99") }
const lastOf = (version: number): Uint8Array => new TextEncoder().encode(`{"version":${version},"size":1}`)
const derived = [
  ...pieces.map((key) => [key, othersOf(key, [...pieces, data[0]!])] as const),
  ...checkpoints.map((key) => [key, othersOf(key, [...checkpoints, data[0]!])] as const),
  [hints[0]!, older] as const,
  [hints[1]!, { older: lastOf(published - 3), newer: lastOf(99), other: lastOf(5) }] as const
]

it.each(derived)("damage changes no answer: %s (R6)", { timeout: 600_000 }, async (key, others) => {
  const problems: Array<string> = []
  for (const damage of damagesOf(files.get(key)!, FLIPS, others)) {
    const damaged = withDamage(files, key, damage)
    const { failed, wrong } = await runQuietly(survey(storeOf(damaged), known))
    for (const what of [...wrong, ...failed]) problems.push(`${damage.name}: ${what}`)
    const findings = await runQuietly(findingsIn(damaged))
    const isPiece = pieces.includes(key)
    if (isPiece && findings.length === 0) problems.push(`${damage.name}: fsck finds nothing`)
    if (findings.some((finding) => !/^(?:index|checkpoint) /.test(finding)))
      problems.push(`${damage.name}: ${findings}`)
  }
  expect(problems).toEqual([])
})

it.each(derived)("damage keeps nobody from committing: %s (R3, R6)", async (key, others) => {
  const problems: Array<string> = []
  for (const damage of damagesOf(files.get(key)!, 2, others).filter(({ name }) =>
    /^(?:bit|cut to 0|missing|replaced)/.test(name)
  )) {
    const store = storeOf(withDamage(files, key, damage))
    const bytes = new TextEncoder().encode("more")
    const program = Effect.gen(function* () {
      const pond = yield* openAt(store, false, undefined)
      yield* pond.transaction(Effect.flatMap(Transaction, (open) => open.write("/ten", bytes)))
      yield* maintain(store, 0)
    })
    await runQuietly(program).catch((error: unknown) => problems.push(`${damage.name}: ${String(error)}`))
    const head = { ...known[13], "/ten": { type: "file", size: 4, hash: blake3("more") } }
    const { failed, wrong } = await runQuietly(survey(store, { ...known, 14: head }))
    for (const what of [...wrong, ...failed]) problems.push(`${damage.name}, after a commit: ${what}`)
  }
  expect(problems).toEqual([])
})

it("damage heals: who commits on a damaged index publishes a sound one (R6)", { timeout: 60_000 }, async () => {
  for (const [key, bytes] of files) {
    if (!pieces.includes(key)) continue
    const disk = diskOf(withDamage(files, key, { name: "cut", bytes: bytes.slice(1) }))
    const text = new TextEncoder().encode("many times")
    const program = Effect.gen(function* () {
      const pond = yield* openAt(memoryStore(disk), false, undefined)
      for (let at = 0; at < 64; at++) {
        const write = Effect.flatMap(Transaction, (open) =>
          open.write("/ten", Buffer.concat([text, Buffer.from([at])]))
        )
        yield* pond.transaction(write)
      }
    })
    await runQuietly(Effect.orDie(program))
    expect(await runQuietly(findingsIn(new Map(disk.keys().map((one) => [one, disk.read(one)!.bytes]))))).toEqual([])
  }
})

it("damage of all of it at once changes no answer (R1, R6)", async () => {
  const isDerived = (key: string): boolean =>
    key.startsWith("_index/") || checkpoints.includes(key) || hints.includes(key)
  const truth = new Map([...files].filter(([key]) => !isDerived(key)))
  expect(await runQuietly(survey(storeOf(truth), known))).toEqual({ wrong: [], failed: [] })
})
