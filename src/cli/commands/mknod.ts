/**
 * `pond mknod`: its grammar and help. What it does is in `../factories/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { toggle } from "../grammar.ts"

const config = {
  type: Argument.String("TYPE").pipe(Argument.withDescription("Type of the factory; see `pond factories`")),
  path: Argument.String("PATH").pipe(Argument.withDescription("Where the instance is made")),
  configPath: Flag.String("config-path").pipe(
    Flag.withDescription("File with its configuration in YAML; - is standard input"),
    Flag.withMetavar("FILE")
  ),
  isReplacing: toggle("overwrite", "Give an instance that is there another configuration; its history stays")
}

/** `pond mknod`: makes an instance of a factory from a file. */
export const mknod = Command.make("mknod", config, (options) =>
  Effect.flatMap(
    Effect.promise(() => import("../factories/mknod.ts")),
    ({ mknod }) => mknod(options)
  )
).pipe(
  Command.withDescription("Make an instance of a factory from its configuration in YAML."),
  Command.withExamples([
    {
      command: "pond mknod logfile /system/etc/logs --config-path logs.yaml",
      description: "An instance that runs when somebody says so"
    },
    {
      command: "pond mknod logfile /system/run/logs --config-path - --overwrite < logs.yaml",
      description: "One that also runs after each commit, replaced when it is there"
    },
    { command: "pond run logs --dry-run", description: "Then: what it would do" }
  ])
)
