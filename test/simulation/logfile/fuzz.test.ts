/**
 * Random histories of hosts: the short form. `POND_ROUNDS=5000` makes it a long one, and `POND_SEED` begins elsewhere.
 */
import { expect, it } from "vitest"
import { fuzzRound } from "../../support/logfile/fuzz.ts"
import { interleavedRound } from "../../support/logfile/interleaved.ts"

const ROUNDS = Number(process.env["POND_ROUNDS"] ?? 100)
const SEED = Number(process.env["POND_SEED"] ?? 1)
const SYNCS = 8

/** Histories in which something went wrong once. */
const TAUGHT = [6, 59, 144, 291, 477, 575, 20204]

it(
  `the mirror does what the policy says, loses nothing, and rests when nothing changes (seeds from ${SEED})`,
  async () => {
    for (const seed of TAUGHT) expect(await fuzzRound(seed, SYNCS)).toEqual([])
    for (let seed = SEED; seed < SEED + ROUNDS; seed++) expect(await fuzzRound(seed, SYNCS)).toEqual([])
  },
  30_000 + ROUNDS * 1000
)

it(
  `lines that are written and rotated while the mirror looks are there once (seeds from ${SEED})`,
  async () => {
    for (let seed = SEED; seed < SEED + ROUNDS / 3; seed++) expect(await interleavedRound(seed, SYNCS)).toEqual([])
  },
  30_000 + ROUNDS * 1000
)
