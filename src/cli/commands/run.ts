/**
 * `pond run`: its grammar and help. What it does is in `../factories/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { operands } from "../grammar.ts"

const config = {
  instance: Argument.String("NAME").pipe(
    Argument.withDescription("Name of an instance in /system/run or /system/etc, or its path")
  ),
  words: operands("COMMAND FLAGS", "What it is to do, with that command's flags; see `pond run NAME --help`")
}

/** `pond run`: runs a command of a factory's instance. */
export const run = Command.make("run", config, ({ instance, words }) =>
  Effect.flatMap(
    Effect.promise(() => import("../factories/run.ts")),
    (factories) => factories.run(instance, words)
  )
).pipe(
  Command.withDescription("Run a factory: mirror logs, push, pull. One run is one transaction."),
  Command.withExamples([
    { command: "pond run logs sync", description: "Bring the mirror `logs` up to date" },
    { command: "pond run logs sync --dry-run", description: "Tell what that would do, and change nothing" },
    { command: "pond run logs --help", description: "The commands of that factory" },
    { command: "pond status", description: "Then: when each factory last did its work, and what is open" },
    { command: "pond why /logs/app.log.1", description: "Which runs brought which bytes of a file" }
  ])
)
