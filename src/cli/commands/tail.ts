/**
 * `pond tail`: its grammar and help. What it does is in `../files/tail.ts`, loaded when it runs.
 */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { operands, toggle } from "../grammar.ts"

const config = {
  paths: operands("PATH", "What to look at; with several, each part stands below its path", true),
  lines: Flag.Int("lines").pipe(
    Flag.withAlias("n"),
    Flag.withDescription("How many lines, counted from the end (10)"),
    Flag.withMetavar("N"),
    Flag.filter(
      (lines) => lines >= 0,
      (lines) => `a number of lines cannot be ${lines}`
    ),
    Flag.withDefault(10)
  ),
  isFollowing: toggle("follow", "Go on with what is added, until it is removed or this is interrupted").pipe(
    Flag.withAlias("f")
  )
}

/** `pond tail`: the end of a file, and what comes after it. */
export const tail = Command.make("tail", config, (options) =>
  Effect.flatMap(
    Effect.promise(() => import("../files/tail.ts")),
    ({ run }) => run(options)
  )
).pipe(
  Command.withDescription(
    "Print the last lines of files, and with --follow what transactions add to them. A file that is renamed is followed; where " +
      "another one takes its name, as when logs rotate, that one is next, after all that was still added to those before it."
  ),
  Command.withShortDescription("Print the ends of files, and follow them."),
  Command.withExamples([
    { command: "pond tail logs/app.log", description: "The last ten lines" },
    { command: "pond tail -n 0 -f logs/app.log", description: "Only what is new, as it comes" },
    { command: "pond tail -f logs/app.log logs/web.log", description: "Two of them at once" }
  ])
)
