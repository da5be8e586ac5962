/**
 * `pond promote`: its grammar and help. What it does is in `../factories/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Command } from "effect/cli"

/** `pond promote`: makes this copy the primary. */
export const promote = Command.make("promote", {}, () =>
  Effect.flatMap(
    Effect.promise(() => import("../factories/promote.ts")),
    (factories) => factories.promote
  )
).pipe(
  Command.withDescription(
    "Make this copy of the pond a primary: factories in /system/run then run by themselves after each commit. Make sure the former primary is gone."
  ),
  Command.withShortDescription("Make this copy of the pond a primary."),
  Command.withExamples([
    { command: "pond promote", description: "Take over from a machine that will not come back" },
    { command: "pond status", description: "Which role this copy has" }
  ])
)
