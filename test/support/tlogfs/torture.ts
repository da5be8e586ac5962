/**
 * Torture of a pond: real processes write to it and are killed at random moments, some while they open what others left; after every round the
 * pond must hold what was acknowledged and at most what was in flight, be sound, and go on at once (R2, R3).
 */
import { Effect, Logger } from "effect"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { localStore } from "../../../src/store/local/store.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"
import { WriterProcess } from "./process.ts"
import { count, countedIn, problemsAfterCounting } from "./writers.ts"

/** Rounds that one writer would need for longer than any round lasts. */
const ENDLESS = 1_000_000

/** What one round did and found. */
export interface TortureRound {
  readonly kills: number
  /** Transactions that were acknowledged to writers which are dead now. */
  readonly acknowledged: number
  readonly counter: number
  readonly problems: ReadonlyArray<string>
}

/** Numbers below a bound, in an order that a seed gives. */
export type Draw = (bound: number) => number

/** Draws by a seed. */
export const drawing = (seed: number): Draw => {
  let state = seed >>> 0
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state >>> 8) % bound
  }
}

interface Claim {
  readonly count: number
  readonly writer: string
}

/** Opens the pond as the next program would, looks for what must not be, and writes to it. */
const check = (directory: string, claims: ReadonlyArray<Claim>, atMost: number) =>
  Effect.gen(function* () {
    const store = localStore(join(directory, "data"))
    const pond = yield* openAt(store, true, join(directory, "control"))
    const problems: Array<string> = []
    const { counter, lines } = yield* countedIn(pond)
    if (counter > atMost) problems.push(`the counter says ${counter}, but at most ${atMost} transactions were begun`)
    for (const claim of claims) {
      const line = lines[claim.count - 1]
      if (line?.[1] !== claim.writer)
        problems.push(`count ${claim.count} of ${claim.writer} was acknowledged, and is gone`)
    }
    problems.push(...(yield* problemsAfterCounting(pond, store)))
    const next = yield* count(pond, "checker")
    if (next !== counter + 1) problems.push(`the next count is ${next} after ${counter}`)
    return { counter: next, problems }
  }).pipe(Effect.provide(Logger.layer([])))

/** Starts writers, kills them after `lines` lines and a moment, and gives what they were told. */
const killed = async (directory: string, writers: ReadonlyArray<string>, lines: number, momentMs: number) => {
  // Alone, a writer may remove at once what nothing refers to; others would still be working with theirs.
  const graceMs = writers.length === 1 ? -60_000 : 3_600_000
  const processes = writers.map((writer) => new WriterProcess(directory, writer, ENDLESS, graceMs))
  await Promise.all(processes.map((one) => one.wrote(lines)))
  await setTimeout(momentMs)
  const ends = await Promise.all(processes.map((one) => one.kill()))
  return {
    claims: processes.flatMap(({ acknowledged }, at) =>
      acknowledged.map((number): Claim => ({ count: number, writer: writers[at]! }))
    ),
    // Whoever ended by itself did so with an error.
    problems: ends.flatMap(({ code, signal, stderr }) =>
      signal === "SIGKILL" && stderr === "" ? [] : [`a writer ended by itself (${code}): ${stderr}`]
    )
  }
}

/** One round: one or two writers are killed, now and then also one that opens what they left. `counter` is that of the last round. */
export const tortureRound = async (
  directory: string,
  round: number,
  counter: number,
  draw: Draw
): Promise<TortureRound> => {
  const writers = draw(2) === 0 ? [`${round}a`] : [`${round}a`, `${round}b`]
  const first = await killed(directory, writers, 1 + draw(24), draw(25))
  const isRecoveryKilled = draw(2) === 0
  const second = isRecoveryKilled
    ? await killed(directory, [`${round}r`], 1 + draw(2), draw(15))
    : { claims: [], problems: [] }
  const claims = [...first.claims, ...second.claims]
  const begun = counter + claims.length + writers.length + (isRecoveryKilled ? 1 : 0)
  const checked = await Effect.runPromise(check(directory, claims, begun))
  return {
    kills: writers.length + (isRecoveryKilled ? 1 : 0),
    acknowledged: claims.length,
    counter: checked.counter,
    problems: [...first.problems, ...second.problems, ...checked.problems]
  }
}
