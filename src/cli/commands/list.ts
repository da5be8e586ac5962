/**
 * `pond list`: its grammar and help. What it does is in `../files/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { atFlag } from "../at.ts"
import { toggle } from "../grammar.ts"

const config = {
  glob: Argument.String("GLOB").pipe(
    Argument.withDescription("A directory, or paths with * ? [a-z] {a,b} and **; the root when it is left out"),
    Argument.withDefault("/")
  ),
  isLong: toggle("long", "Type, size, version, time and hash of each").pipe(Flag.withAlias("l")),
  isAll: toggle("all", "Names that begin with a dot, too").pipe(Flag.withAlias("a")),
  at: atFlag
}

/** `pond list`: what is in a directory, or matches a pattern. */
export const list = Command.make("list", config, (options) =>
  Effect.flatMap(
    Effect.promise(() => import("../files/list.ts")),
    ({ run }) => run(options)
  )
).pipe(
  Command.withAlias("ls"),
  Command.withDescription("List what is in a directory of the pond, or what matches a pattern."),
  Command.withExamples([
    { command: "pond ls -l /logs", description: "A directory, with sizes and hashes" },
    { command: "pond ls '/logs/**/*.log'", description: "Everything that matches, below any directory" },
    { command: "pond ls /logs --at 2026-11-20", description: "As it was at the beginning of that day" },
    { command: "pond describe /logs/app.log", description: "Then: everything about one of them" }
  ])
)
