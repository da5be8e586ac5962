/**
 * `pond fsck`: its grammar and help. What it does is in `../care/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Command } from "effect/cli"
import { toggle } from "../grammar.ts"

const config = {
  quick: toggle("quick", "Read no contents: only the log, its chain and roots, and what should be there"),
  repair: toggle(
    "repair",
    "First make a torn newest log entry again or, where that cannot be done, put it aside; everything else stays as it is"
  )
}

/** `pond fsck`: proves that everything in the pond is what it was. */
export const fsck = Command.make("fsck", config, ({ quick, repair }) =>
  Effect.flatMap(
    Effect.promise(() => import("../care/fsck.ts")),
    ({ run }) => run(quick, repair)
  )
).pipe(
  Command.withDescription(
    "Prove that everything in the pond is what it was: every byte against its hash, every transaction against the chain. " +
      "Without --repair nothing is written. Ends with 1 when something is damaged."
  ),
  Command.withShortDescription("Prove that everything in the pond is what it was."),
  Command.withExamples([
    { command: "pond fsck", description: "Read and check everything" },
    { command: "pond fsck --quick", description: "Everything but the contents" },
    { command: "pond fsck --repair --dry-run", description: "What would be done about a torn log" },
    {
      command: "pond clone s3://backups/ponds/web1 restored",
      description: "When something is damaged: a copy from a remote"
    }
  ])
)
