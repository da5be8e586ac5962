/**
 * `pond copy`: its grammar and help. What it does is in `../copy/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { operands, toggle } from "../grammar.ts"

const config = {
  words: operands("SRC... DST", "What to copy, and where to; what lies on this machine is written host:PATH", true),
  stripPrefix: Flag.String("strip-prefix").pipe(
    Flag.withDescription("Out of the pond: leave this beginning of the paths away"),
    Flag.withMetavar("PATH"),
    Flag.optional
  ),
  follow: toggle("follow", "Copy what symbolic links lead to, instead of leaving them out")
}

/** `pond copy`: files and directories into the pond, and out of it. */
export const copy = Command.make("copy", config, (options) =>
  Effect.flatMap(
    Effect.promise(() => import("../copy/run.ts")),
    ({ run }) => run(options)
  )
).pipe(
  Command.withAlias("cp"),
  Command.withDescription(
    "Copy files and directories into the pond, in one transaction, or out of it, every byte checked. " +
      "A directory is copied with all that is in it; DIR/ means what is in it. Content that is there already makes no version."
  ),
  Command.withShortDescription("Copy files into the pond, or out of it."),
  Command.withExamples([
    {
      command: "pond copy host:report.csv /reports/",
      description: "A file into a directory, which is made if need be"
    },
    {
      command: "pond copy host:/var/log/nginx/ /logs/nginx",
      description: "What is in a directory, under another name"
    },
    { command: "date | pond copy - /now.txt", description: "Standard input" },
    { command: "pond copy '/logs/**/*.log' host:out", description: "What a pattern matches, each under its path" },
    {
      command: "pond copy '/logs/**' host:out --strip-prefix /logs",
      description: "The same without the beginning of the paths"
    },
    { command: "pond copy /reports/report.csv host:copy.csv", description: "One file, under another name" },
    { command: "pond ls -l /reports", description: "Then: see what is there now" }
  ])
)
