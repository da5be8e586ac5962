/**
 * Logs that are followed while they rotate in every way: the short form. `POND_ROUNDS=5000` makes it a long one, and `POND_SEED` begins elsewhere.
 */
import { expect, it } from "vitest"
import { followedRound } from "../../support/logfile/followed.ts"

const ROUNDS = Number(process.env["POND_ROUNDS"] ?? 20)
const SEED = Number(process.env["POND_SEED"] ?? 1)
const STEPS = 30

it(
  `each line that was written is shown once, in order (seeds from ${SEED})`,
  async () => {
    const lives = { followed: 0, disputed: 0 }
    for (let seed = SEED; seed < SEED + ROUNDS; seed++) {
      const { isDisputed, problems } = await followedRound(seed, STEPS)
      lives[isDisputed ? "disputed" : "followed"] += 1
      if (!isDisputed) expect(problems).toEqual([])
    }
    expect(lives.followed).toBeGreaterThan(lives.disputed)
  },
  30_000 + ROUNDS * 1000
)
