/**
 * `pond pull`: its grammar and help. What it does is in `../remote/`, loaded when it runs.
 */
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { toggle } from "../grammar.ts"
import { limitFlags, limitsOf, partialFlags, partialOf } from "../remote/flags.ts"
import { remoteName } from "../remote/name.ts"

const config = {
  remote: remoteName,
  expect: Flag.String("expect").pipe(
    Flag.withDescription("The root hash that must be there; otherwise nothing is taken"),
    Flag.withMetavar("ROOT"),
    Flag.optional
  ),
  ...partialFlags,
  all: toggle("all", "All contents, whatever is configured, and those that were left out before"),
  heal: toggle(
    "heal",
    "Read everything here, or in the whole copy of an import, and write again what is damaged or lost"
  ),
  isWhole: toggle("whole", "Of an import: bring all bytes, now and from now on"),
  ...limitFlags
}

/** `pond pull`: brings this pond up to a remote. */
export const pull = Command.make("pull", config, ({ all, expect, heal, isWhole, remote, ...given }) =>
  Effect.flatMap(
    Effect.promise(() => import("../remote/run.ts")),
    ({ run }) =>
      run(remote, "pull", {
        ...Option.match(expect, { onNone: () => ({}), onSome: (root) => ({ expect: root }) }),
        ...(all ? { all } : {}),
        ...(heal ? { heal } : {}),
        ...(isWhole ? { whole: true } : {}),
        ...partialOf(given),
        ...limitsOf(given)
      })
  )
).pipe(
  Command.withDescription(
    "Bring what is new at a remote into this pond: only what is missing here, all checked before it is visible."
  ),
  Command.withExamples([
    { command: "pond pull", description: "From the default remote" },
    {
      command: "pond pull --since 2026-11-01 --path '/logs/**'",
      description: "All names and history; contents of these"
    },
    { command: "pond pull team --whole", description: "An import, with all its bytes" },
    { command: "pond pull --all", description: "Then also what was left out" },
    { command: "pond pull --heal", description: "After damage to this disk: mend it from the remote" },
    { command: "pond log --limit 3", description: "Then: what came" }
  ])
)
