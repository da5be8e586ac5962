/**
 * `pond describe`: its grammar and help. What it does is in `../describe/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { atFlag } from "../at.ts"
import { toggle } from "../grammar.ts"

const config = {
  glob: Argument.String("GLOB").pipe(
    Argument.withDescription("Paths, with * ? [a-z] {a,b} and **; a format may stand before them: csv:///data/*")
  ),
  at: atFlag,
  isQuick: toggle("quick", "Only what is known without looking into the bytes")
}

/** `pond describe`: everything that is known of nodes, and of the rows in them. */
export const describe = Command.make("describe", config, (options) =>
  Effect.flatMap(
    Effect.promise(() => import("../describe/describe.ts")),
    ({ run }) => run(options)
  )
).pipe(
  Command.withDescription(
    "Describe files and directories: type, size, hash, versions, attributes, history; and of rows their format, number and columns, with ranges and spread."
  ),
  Command.withShortDescription("Describe files, directories, and the rows in them."),
  Command.withExamples([
    { command: "pond describe logs/app.log", description: "Everything about one file" },
    { command: "pond describe --quick '/logs/**'", description: "Everything below /logs, without its rows" },
    { command: "pond describe --at 2026-11-20 csv:///prices", description: "As it was then, read as CSV" },
    { command: "pond versions logs/app.log", description: "Then: every state that it had" }
  ])
)
