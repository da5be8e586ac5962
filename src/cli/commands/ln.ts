/**
 * `pond ln`: its grammar and help. What it does is in `../files/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { toggle } from "../grammar.ts"

const config = {
  symbolic: toggle("symbolic", "Make a symbolic link: the only kind there is").pipe(Flag.withAlias("s")),
  target: Argument.String("TARGET").pipe(Argument.withDescription("What it points to, absolute or seen from the link")),
  path: Argument.String("PATH").pipe(Argument.withDescription("The link"))
}

/** `pond ln`: makes a symbolic link. */
export const ln = Command.make("ln", config, ({ path, target }) =>
  Effect.flatMap(
    Effect.promise(() => import("../files/change.ts")),
    (change) => change.link(target, path)
  )
).pipe(
  Command.withDescription("Make a symbolic link in the pond."),
  Command.withExamples([
    { command: "pond ln -s /logs/app/app.log /current", description: "A link to a file" },
    { command: "pond cat /current", description: "Then: read what it leads to" }
  ])
)
