/**
 * `pond versions`: its grammar and help. What it does is in `../files/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"

const config = { path: Argument.String("PATH").pipe(Argument.withDescription("A file, series or table")) }

/** `pond versions`: the versions of a file. */
export const versions = Command.make("versions", config, ({ path }) =>
  Effect.flatMap(
    Effect.promise(() => import("../files/versions.ts")),
    ({ run }) => run(path)
  )
).pipe(
  Command.withDescription("List the versions of a file, oldest first, through all its renames."),
  Command.withExamples([
    { command: "pond versions /report.csv", description: "Every state that it had" },
    { command: "pond cat /report.csv --version 1", description: "Then read one of them" }
  ])
)
