/**
 * `pond add`: its grammar and help. What it does is in `../factories/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { operands } from "../grammar.ts"

const config = {
  type: Argument.String("TYPE").pipe(Argument.withDescription("Type of the factory; see `pond factories`")),
  words: operands(
    "NAME KEYS",
    "What it is called, a name in /system/etc or a path; then its configuration, one flag for each key: `pond add TYPE --help`"
  )
}

/** `pond add`: makes an instance of a factory from flags. */
export const add = Command.make("add", config, ({ type, words }) =>
  Effect.flatMap(
    Effect.promise(() => import("../factories/add.ts")),
    (factories) => factories.add(type, words)
  )
).pipe(
  Command.withDescription("Make an instance of a factory: what `pond run` runs."),
  Command.withExamples([
    {
      command: "pond add logfile logs --archived '/var/log/app-*.log' --active /var/log/app.log --pond-path /logs/app",
      description: "A mirror of one application's logs"
    },
    { command: "pond add logfile --suggest /var/log", description: "Lines like that one for all logs of a directory" },
    { command: "pond add logfile --help", description: "The keys of that factory's configuration" },
    { command: "pond run logs sync --dry-run", description: "Then: what the instance would do" }
  ])
)
