/**
 * `pond fsck`: its grammar and help. What it does is in `../care/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Command } from "effect/cli"
import { toggle } from "../grammar.ts"

const config = {
  quick: toggle("quick", "Read no contents: only the log, its chain and roots, and what should be there")
}

/** `pond fsck`: proves that everything in the pond is what it was. */
export const fsck = Command.make("fsck", config, ({ quick }) =>
  Effect.flatMap(
    Effect.promise(() => import("../care/fsck.ts")),
    ({ run }) => run(quick)
  )
).pipe(
  Command.withDescription(
    "Prove that everything in the pond is what it was: every byte against its hash, every transaction against the chain. " +
      "Nothing is repaired or written. Ends with 1 when something is damaged."
  ),
  Command.withShortDescription("Prove that everything in the pond is what it was."),
  Command.withExamples([
    { command: "pond fsck", description: "Read and check everything" },
    { command: "pond fsck --quick", description: "Everything but the contents" }
  ])
)
