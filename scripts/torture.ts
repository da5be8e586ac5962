/**
 * Kills writers for as long as you like: `npm run torture -- --rounds 1000 [--seed 1]`.
 *
 * Every round starts real processes that write to a pond, kills them at a random moment, and checks everything that is left. Ends with 1 at the
 * first thing that must not be, keeps that pond, and says where it is and with which seed it was made.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { drawing, tortureRound } from "../test/support/tlogfs/torture.ts"

/** Rounds on one pond, before a new one is begun: what is checked grows with it. */
const ROUNDS_PER_POND = 20

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "100" }, seed: { type: "string", default: "1" } }
})
const rounds = Number(values.rounds)
const seed = Number(values.seed)
if (!Number.isSafeInteger(rounds) || rounds < 1 || !Number.isSafeInteger(seed)) {
  console.error("usage: npm run torture -- --rounds N [--seed S], both whole numbers")
  process.exit(2)
}

const draw = drawing(seed)
let kills = 0
let acknowledged = 0
let counter = 0
let directory = ""
for (let round = 1; round <= rounds; round++) {
  if (directory === "") directory = mkdtempSync(join(tmpdir(), "pond-torture-"))
  const done = await tortureRound(directory, round, counter, draw)
  if (done.problems.length > 0) {
    console.error(`round ${round}, seed ${seed}, pond kept at ${directory}:\n  ${done.problems.join("\n  ")}`)
    process.exit(1)
  }
  kills += done.kills
  acknowledged += done.acknowledged
  counter = done.counter
  if (round % 10 === 0) console.log(`round ${round}: ${kills} kills, ${acknowledged} transactions acknowledged`)
  if (round % ROUNDS_PER_POND === 0 || round === rounds) {
    rmSync(directory, { recursive: true, force: true })
    directory = ""
    counter = 0
  }
}
console.log(`${rounds} rounds, ${kills} kills, ${acknowledged} transactions acknowledged, nothing lost (seed ${seed})`)
