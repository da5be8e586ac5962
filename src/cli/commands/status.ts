/**
 * `pond status`: its grammar and help. What it does is in `../care/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Command } from "effect/cli"

/** `pond status`: which pond this is and how it stands. */
export const status = Command.make("status", {}, () =>
  Effect.flatMap(
    Effect.promise(() => import("../care/status.ts")),
    ({ run }) => run()
  )
).pipe(
  Command.withDescription("Tell which pond this is, where it stands, and what its factories are."),
  Command.withExamples([
    { command: "pond status", description: "The pond that the current directory belongs to" },
    { command: "pond doctor", description: "Then: what to do about what is open" }
  ])
)
