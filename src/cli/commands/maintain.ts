/**
 * `pond maintain`: its grammar and help. What it does is in `../care/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Command } from "effect/cli"

/** `pond maintain`: the thorough version of the maintenance that commits do by themselves. */
export const maintain = Command.make("maintain", {}, () =>
  Effect.flatMap(
    Effect.promise(() => import("../care/maintain.ts")),
    ({ run }) => run()
  )
).pipe(
  Command.withDescription(
    "Merge what many transactions left, write index and checkpoint, and remove what nothing needs any more. " +
      "Changes no content, no history and no hash."
  ),
  Command.withShortDescription("Merge, index, and remove what nothing needs any more."),
  Command.withExamples([
    { command: "pond maintain", description: "Once in a while, by a timer" },
    { command: "pond maintain --dry-run", description: "What it would do" }
  ])
)
