/**
 * Telling what came of a run.
 */
import { Effect } from "effect"
import { encodeOutcome, type RunOutcome } from "../../factories/outcome.ts"
import { Output } from "../output.ts"
import { Session } from "../session.ts"
import { tellAfterRuns } from "./after.ts"

/** Presents what came of a run. */
export const presentOutcome = Effect.fnUntraced(function* (outcome: RunOutcome) {
  const { isJson } = yield* Session
  const { data } = yield* Output
  const lines = isJson ? [JSON.stringify(encodeOutcome(outcome))] : outcome.command.lines(outcome.report)
  yield* data(lines.map((line) => `${line}\n`).join(""))
  yield* tellAfterRuns(outcome.after ?? [])
})
