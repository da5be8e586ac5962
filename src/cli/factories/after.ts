/**
 * Telling what ran by itself after a commit.
 */
import { Effect } from "effect"
import { runAfterCommit } from "../../factories/after.ts"
import type { AfterRun } from "../../factories/outcome.ts"
import { Factories } from "../../factories/registry.ts"
import { Workplace } from "../../factories/workplace.ts"
import { Attention } from "../attention.ts"
import type { Configured } from "../config/layers.ts"
import { Output } from "../output.ts"
import { configuredFactories } from "./registry.ts"

/** Tells what ran by itself; what failed or needs a person makes the command end with exit code 3. */
export const tellAfterRuns = Effect.fnUntraced(function* (runs: ReadonlyArray<AfterRun>) {
  const { message } = yield* Output
  const { note } = yield* Attention
  for (const { committed, instance, outcome, problem } of runs) {
    if (outcome === "done" && committed) yield* message(`${instance} ran after this commit`)
    if (outcome === "attention") yield* message(`${instance} ran after this commit and needs attention`)
    if (outcome === "failed") yield* message(`${instance} runs after each commit and failed: ${problem}`)
    if (outcome !== "done") yield* note(instance)
  }
})

/** Runs what runs by itself after a commit that no run made, and tells about it. */
export const afterCommit = (workplace: Workplace["Service"], configured: ReadonlyArray<Configured>) =>
  Effect.gen(function* () {
    const factories = yield* configuredFactories(configured)
    yield* tellAfterRuns(yield* Effect.provideService(runAfterCommit(), Factories, factories))
  }).pipe(Effect.provideService(Workplace, Workplace.of(workplace)))
