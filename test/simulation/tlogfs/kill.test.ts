/**
 * `kill -9` of real writers at random moments, some of them while they open what others left: the short form of `npm run torture` (R2, R3).
 */
import { expect, it } from "vitest"
import { Folder } from "../../support/pond.ts"
import { drawing, tortureRound } from "../../support/tlogfs/torture.ts"

const SEED = 20

it(`a pond whose writers are killed holds what was acknowledged, and its lock stops nobody (seed ${SEED}; R2, R3)`, async () => {
  using folder = new Folder()
  const draw = drawing(SEED)
  let counter = 0
  let kills = 0
  let acknowledged = 0
  for (let round = 1; kills < 10; round++) {
    const done = await tortureRound(folder.path, round, counter, draw)
    expect({ round, problems: done.problems }).toEqual({ round, problems: [] })
    counter = done.counter
    kills += done.kills
    acknowledged += done.acknowledged
  }
  expect(acknowledged).toBeGreaterThan(10)
}, 180_000)
