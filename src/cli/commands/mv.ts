/**
 * `pond mv`: its grammar and help. What it does is in `../files/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"

const config = {
  from: Argument.String("A").pipe(Argument.withDescription("What to move")),
  to: Argument.String("B").pipe(Argument.withDescription("Its new path, or a directory that it goes into"))
}

/** `pond mv`: moves or renames a node. */
export const mv = Command.make("mv", config, ({ from, to }) =>
  Effect.flatMap(
    Effect.promise(() => import("../files/change.ts")),
    (change) => change.move(from, to)
  )
).pipe(
  Command.withDescription("Move or rename a file or directory. Its history goes with it."),
  Command.withExamples([
    { command: "pond mv /logs/old.log /archive/", description: "Into a directory, under its name" },
    { command: "pond mv /a.txt /b.txt", description: "Another name" },
    { command: "pond log /b.txt", description: "Then: what happened to it, under both names" }
  ])
)
