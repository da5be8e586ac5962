/**
 * `pond pull`: its grammar and help. What it does is in `../remote/`, loaded when it runs.
 */
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { limitFlags, limitsOf } from "../remote/flags.ts"
import { remoteName } from "../remote/name.ts"

const config = {
  remote: remoteName,
  expect: Flag.String("expect").pipe(
    Flag.withDescription("The root hash that must be there; otherwise nothing is taken"),
    Flag.withMetavar("ROOT"),
    Flag.optional
  ),
  ...limitFlags
}

/** `pond pull`: brings this pond up to a remote. */
export const pull = Command.make("pull", config, ({ expect, remote, ...limits }) =>
  Effect.flatMap(
    Effect.promise(() => import("../remote/run.ts")),
    ({ run }) =>
      run(remote, "pull", {
        ...Option.match(expect, { onNone: () => ({}), onSome: (root) => ({ expect: root }) }),
        ...limitsOf(limits)
      })
  )
).pipe(
  Command.withDescription(
    "Bring what is new at a remote into this pond: only what is missing here, all checked before it is visible."
  ),
  Command.withExamples([{ command: "pond pull", description: "From the default remote" }])
)
