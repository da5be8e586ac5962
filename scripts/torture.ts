/**
 * Kills writers for as long as you like: `npm run torture -- --rounds 1000 [--seed 1] [--only engine|mirror|histories|exports]`.
 *
 * Every round does one thing of each kind: real processes that write to a pond are killed at random moments (engine); so are syncs beside a program
 * that writes and rotates (mirror, each tenth round); random histories of a host are mirrored beside an oracle (histories);
 * exports are stopped at every request to their target, and random histories exported (exports, each twentieth round). Ends with 1 at the first
 * thing that must not be, and says what it is and with which seed it was made; a pond of the engine is kept.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { setup } from "../test/support/build.ts"
import { exportHistory } from "../test/support/export/history.ts"
import { stopExports } from "../test/support/export/stopped.ts"
import { fuzzRound } from "../test/support/logfile/fuzz.ts"
import { interleavedRound } from "../test/support/logfile/interleaved.ts"
import { mirrorRound } from "../test/support/logfile/torture.ts"
import { drawing, tortureRound } from "../test/support/tlogfs/torture.ts"

/** Rounds on one pond, before a new one is begun: what is checked grows with it. */
const ROUNDS_PER_POND = 20

/** A mirror under torture takes some ten times as long as the rest of a round. */
const ROUNDS_PER_MIRROR = 10

/** All requests of an export are stopped at, one after the other: each round is the same. */
const ROUNDS_PER_EXPORT = 20
const STEPS_PER_EXPORT = 20

const KILLED_SYNCS = 8
const HISTORIES = 10
const SYNCS_PER_HISTORY = 8

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    only: { type: "string" }
  }
})
const rounds = Number(values.rounds)
const seed = Number(values.seed)
const KINDS = ["engine", "mirror", "histories", "exports"]
const kinds = new Set(values.only === undefined ? KINDS : values.only.split(","))
if (
  !Number.isSafeInteger(rounds) ||
  rounds < 1 ||
  !Number.isSafeInteger(seed) ||
  [...kinds].some((kind) => !KINDS.includes(kind))
) {
  console.error(`usage: npm run torture -- --rounds N [--seed S] [--only ${KINDS.join(",")}], whole numbers`)
  process.exit(2)
}

const draw = drawing(seed)
const sums = { kills: 0, acknowledged: 0, mirroredLines: 0, histories: 0, exports: 0 }
let counter = 0
let directory = ""

const stopAt = (problems: ReadonlyArray<string>, where: string): void => {
  if (problems.length === 0) return
  console.error(`${where}:\n  ${problems.join("\n  ")}`)
  process.exit(1)
}

const engine = async (round: number): Promise<void> => {
  if (directory === "") directory = mkdtempSync(join(tmpdir(), "pond-torture-"))
  const done = await tortureRound(directory, round, counter, draw)
  stopAt(done.problems, `round ${round}, seed ${seed}, pond kept at ${directory}`)
  sums.kills += done.kills
  sums.acknowledged += done.acknowledged
  counter = done.counter
  if (round % ROUNDS_PER_POND > 0 && round < rounds) return
  rmSync(directory, { recursive: true, force: true })
  directory = ""
  counter = 0
}

const mirror = async (round: number): Promise<void> => {
  if (kinds.has("engine") && round % ROUNDS_PER_MIRROR > 0) return
  const done = await mirrorRound(KILLED_SYNCS, draw)
  stopAt(done.problems, `round ${round}, seed ${seed}, a mirror`)
  sums.kills += done.kills
  sums.mirroredLines += done.lines
}

const histories = async (round: number): Promise<void> => {
  for (let index = 0; index < HISTORIES; index++) {
    const own = (seed + round) * HISTORIES + index
    stopAt(await fuzzRound(own, SYNCS_PER_HISTORY), `round ${round}, a history`)
    stopAt(await interleavedRound(own, SYNCS_PER_HISTORY), `round ${round}, rotations in the middle of syncs`)
    sums.histories += 2
  }
}

const exports = async (round: number): Promise<void> => {
  if (kinds.size > 1 && round % ROUNDS_PER_EXPORT > 0) return
  for (const format of ["delta", "parquet"] as const) {
    const { problems, stops } = await Effect.runPromise(stopExports(format, 1))
    stopAt(problems, `round ${round}, an export`)
    stopAt(await Effect.runPromise(exportHistory(format, seed + round, STEPS_PER_EXPORT)), `round ${round}, an export`)
    sums.exports += stops
  }
}

const told = (): string =>
  `${sums.kills} kills, ${sums.acknowledged} transactions acknowledged, ` +
  `${sums.mirroredLines} lines mirrored, ${sums.histories} histories, ${sums.exports} exports stopped`

await setup()
for (let round = 1; round <= rounds; round++) {
  if (kinds.has("engine")) await engine(round)
  if (kinds.has("mirror")) await mirror(round)
  if (kinds.has("histories")) await histories(round)
  if (kinds.has("exports")) await exports(round)
  if (round % 10 === 0) console.log(`round ${round}: ${told()}`)
}
console.log(`${rounds} rounds: ${told()}; nothing was lost (seed ${seed})`)
