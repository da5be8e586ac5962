/**
 * `--follow`: running a command until somebody stops it.
 */
import { Effect, Option } from "effect"
import { Flag } from "effect/cli"
import { follow } from "../../factories/follow.ts"
import type { RunRequest } from "../../factories/run.ts"
import { WrongUsage } from "../failure.ts"
import { toggle } from "../grammar.ts"
import { Output } from "../output.ts"
import { Session } from "../session.ts"
import { presentOutcome } from "./outcome.ts"

/** Runs a command of an instance until a signal comes, and presents the reports of runs that did something. */
export const followOne = (asked: RunRequest, intervalMs: number) =>
  Effect.gen(function* () {
    const { isDryRun } = yield* Session
    const { message } = yield* Output
    if (isDryRun) return yield* new WrongUsage({ problem: "--follow cannot be dry", command: "pond run" })
    let told = ""
    return yield* follow(asked, {
      intervalMs,
      onFailure: (problem) =>
        Effect.andThen(
          Effect.sync(() => (told = problem)),
          message(`${problem} (trying again)`)
        ),
      onOutcome: (outcome) => {
        const text = JSON.stringify(outcome.command.encodeReport(outcome.report))
        const isNews = outcome.txn !== undefined || (outcome.needsAttention && text !== told)
        told = text
        return isNews ? presentOutcome(outcome) : Effect.void
      }
    })
  })

const INTERVAL = /^([0-9]+)(ms|s|m|h)$/u
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

const intervalFlag = Flag.String("interval").pipe(
  Flag.withDescription("With --follow: how often it runs where nothing seems to change; 500ms, 5s, 2m, 1h"),
  Flag.withMetavar("TIME"),
  Flag.withDefault("5s"),
  Flag.filterMap(
    (text) => {
      const [, count, unit] = INTERVAL.exec(text) ?? []
      const intervalMs = Number(count) * (UNIT_MS[unit ?? ""] ?? NaN)
      return intervalMs > 0 ? Option.some(intervalMs) : Option.none()
    },
    (text) => `${JSON.stringify(text)} is not a time such as 5s`
  )
)

/** The flags of commands that can be followed. */
export const followFlags = {
  isFollowing: toggle("follow", "Keep running: again when something changes, until it is stopped"),
  interval: intervalFlag
}
