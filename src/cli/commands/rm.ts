/**
 * `pond rm`: its grammar and help. What it does is in `../files/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { WrongUsage } from "../failure.ts"
import { operands, toggle } from "../grammar.ts"

const config = {
  paths: operands("PATH", "What to remove", true),
  recursive: toggle("recursive", "Directories with everything in them").pipe(Flag.withAlias("r"))
}

/** `pond rm`: removes nodes from the newest state. */
export const rm = Command.make("rm", config, ({ paths, recursive }) =>
  Effect.gen(function* () {
    if (paths.length === 0) return yield* new WrongUsage({ problem: "PATH is missing", command: "pond rm" })
    const change = yield* Effect.promise(() => import("../files/change.ts"))
    yield* change.remove(paths, recursive)
  })
).pipe(
  Command.withDescription(
    "Remove files and directories. History keeps them: read them with --at; `pond prune` forgets bytes."
  ),
  Command.withExamples([
    { command: "pond rm /notes.txt", description: "A file" },
    { command: "pond rm -r /tmp", description: "A directory with everything in it" },
    { command: "pond cat /notes.txt --at 12", description: "What was there after transaction 12, still" }
  ])
)
