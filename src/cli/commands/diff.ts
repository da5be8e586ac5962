/**
 * `pond diff`: its grammar and help. What it does is in `../diff/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"

const config = {
  left: Argument.String("A").pipe(
    Argument.withDescription(
      "A transaction, `head`, a time (2026-11-21, 2026-11-21T08:00), or a file as PATH[@VERSION]"
    )
  ),
  right: Argument.String("B").pipe(
    Argument.withDescription("What it is compared with; `head` when it is left out"),
    Argument.withDefault("head")
  )
}

/** `pond diff`: what changed between two states of the pond, or between two files. */
export const diff = Command.make("diff", config, ({ left, right }) =>
  Effect.flatMap(
    Effect.promise(() => import("../diff/run.ts")),
    ({ run }) => run(left, right)
  )
).pipe(
  Command.withDescription("Tell what changed between two states of the pond, by path, or between two files."),
  Command.withExamples([
    { command: "pond diff 3 7", description: "What transactions 4 to 7 changed, all together" },
    { command: "pond diff 2026-11-20", description: "What changed since the beginning of that day" },
    { command: "pond diff notes.txt@1 notes.txt@3", description: "Two versions of a file, line by line" },
    { command: "pond log --limit 5", description: "Which transactions there are" }
  ])
)
