/**
 * `pond mkdir`: its grammar and help. What it does is in `../files/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { WrongUsage } from "../failure.ts"
import { operands, toggle } from "../grammar.ts"

const config = {
  paths: operands("PATH", "Directories to make", true),
  parents: toggle("parents", "Make those above it too; one that is there is fine").pipe(Flag.withAlias("p"))
}

/** `pond mkdir`: makes directories. */
export const mkdir = Command.make("mkdir", config, ({ parents, paths }) =>
  Effect.gen(function* () {
    if (paths.length === 0) return yield* new WrongUsage({ problem: "PATH is missing", command: "pond mkdir" })
    const change = yield* Effect.promise(() => import("../files/change.ts"))
    yield* change.mkdir(paths, parents)
  })
).pipe(
  Command.withDescription("Make directories in the pond."),
  Command.withExamples([
    { command: "pond mkdir -p /logs/app", description: "A directory and those above it" },
    { command: "pond copy host:app.log /logs/app/", description: "Then: a file into it" }
  ])
)
