/**
 * `pond factories`: its grammar and help. What it does is in `../factories/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Command } from "effect/cli"

/** `pond factories`: the types of factories there are. */
export const factories = Command.make("factories", {}, () =>
  Effect.flatMap(
    Effect.promise(() => import("../factories/list.ts")),
    ({ list }) => list
  )
).pipe(
  Command.withDescription("Tell which factories there are, and what each can do."),
  Command.withExamples([
    { command: "pond factories", description: "Types, commands and what they are for" },
    { command: "pond add logfile --help", description: "Then: what one of them is told" }
  ])
)
