/**
 * `pond verify`: its grammar and help. What it does is in `../remote/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Command } from "effect/cli"
import { toggle } from "../grammar.ts"
import { remoteName } from "../remote/name.ts"

const config = { remote: remoteName, quick: toggle("quick", "Read no contents: only whether they are there") }

/** `pond verify`: checks a remote. */
export const verify = Command.make("verify", config, ({ quick, remote }) =>
  Effect.flatMap(
    Effect.promise(() => import("../remote/run.ts")),
    ({ run }) => run(remote, "verify", { quick })
  )
).pipe(
  Command.withDescription("Read everything at a remote and check it against its hashes."),
  Command.withExamples([{ command: "pond verify offsite", description: "Every blob, row and log entry there" }])
)
