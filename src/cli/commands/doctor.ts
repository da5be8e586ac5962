/**
 * `pond doctor`: its grammar and help. What it does is in `../care/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Command } from "effect/cli"

/** `pond doctor`: looks at everything around the pond that can go wrong. */
export const doctor = Command.make("doctor", {}, () =>
  Effect.flatMap(
    Effect.promise(() => import("../care/doctor.ts")),
    ({ run }) => run()
  )
).pipe(
  Command.withDescription(
    "Look at everything around the pond that can go wrong (rights, room, clock, lock, store), and say what to do about it. " +
      "Changes nothing. Ends with 3 when something needs attention."
  ),
  Command.withShortDescription("Look for what can go wrong, and say what to do."),
  Command.withExamples([
    { command: "pond doctor", description: "Before the first run, and when something is odd" },
    { command: "pond fsck", description: "What it does not look at: every byte" }
  ])
)
