/**
 * `pond push`: its grammar and help. What it does is in `../remote/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Command } from "effect/cli"
import { toggle } from "../grammar.ts"
import { limitFlags, limitsOf } from "../remote/flags.ts"
import { remoteName } from "../remote/name.ts"

const config = {
  remote: remoteName,
  heal: toggle("heal", "Read everything there, and write again what is damaged or lost"),
  ...limitFlags
}

/** `pond push`: brings a remote up to this pond. */
export const push = Command.make("push", config, ({ heal, remote, ...limits }) =>
  Effect.flatMap(
    Effect.promise(() => import("../remote/run.ts")),
    ({ run }) => run(remote, "push", { ...limitsOf(limits), ...(heal ? { heal } : {}) })
  )
).pipe(
  Command.withDescription(
    "Carry what is new in this pond to a remote: only what is missing there, all checked, visible at once."
  ),
  Command.withExamples([
    { command: "pond push", description: "To the default remote" },
    { command: "pond push offsite --dry-run", description: "What would be carried there" },
    { command: "pond verify offsite", description: "Then: prove that it arrived" },
    { command: "pond push offsite --heal", description: "Where that names damage: mend it from here" }
  ])
)
