/**
 * `pond maintain`: its grammar and help. What it does is in `../care/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"

const config = {
  grace: Flag.String("grace").pipe(
    Flag.withMetavar("AGE"),
    Flag.withDescription("How long what is no longer needed stays for those who read now (1h)"),
    Flag.withDefault("1h")
  ),
  cleanUpLog: Flag.String("clean-up-log").pipe(
    Flag.withMetavar("AGE"),
    Flag.withDescription(
      "Remove entries of the log older than this; the checkpoint is truth from then on. Never by itself"
    ),
    Flag.optional
  )
}

/** `pond maintain`: the thorough version of the maintenance that commits do by themselves. */
export const maintain = Command.make("maintain", config, ({ cleanUpLog, grace }) =>
  Effect.flatMap(
    Effect.promise(() => import("../care/maintain.ts")),
    ({ run }) => run(grace, cleanUpLog)
  )
).pipe(
  Command.withDescription(
    "Merge what many transactions left, write index and checkpoint, and remove what nothing needs any more. " +
      "Changes no content, no history and no hash."
  ),
  Command.withShortDescription("Merge, index, and remove what nothing needs any more."),
  Command.withExamples([
    { command: "pond maintain", description: "Once in a while, by a timer" },
    { command: "pond maintain --dry-run", description: "What it would do" },
    { command: "pond maintain --grace 0m", description: "Take the bytes of pruned versions off the disk now" }
  ])
)
