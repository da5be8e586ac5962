/**
 * `pond clone`: its grammar and help. What it does is in `../remote/`, loaded when it runs.
 */
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { partialFlags, partialOf, reachFieldsOf, reachFlags } from "../remote/flags.ts"

const config = {
  url: Argument.String("URL").pipe(Argument.withDescription("Where the pond is")),
  directory: Argument.String("DIR").pipe(
    Argument.withDescription("Where the copy goes: a directory that is not there yet")
  ),
  expect: Flag.String("expect").pipe(
    Flag.withDescription("The root hash that must be there; otherwise nothing is taken"),
    Flag.withMetavar("ROOT"),
    Flag.optional
  ),
  ...partialFlags,
  ...reachFlags
}

/** `pond clone`: makes a copy of a pond. */
export const clone = Command.make("clone", config, ({ directory, expect, url, ...given }) =>
  Effect.flatMap(
    Effect.promise(() => import("../remote/clone.ts")),
    ({ clone }) =>
      clone(url, directory, { ...reachFieldsOf(given), ...partialOf(given) }, Option.getOrUndefined(expect))
  )
).pipe(
  Command.withDescription(
    "Copy a whole pond, with its history, every byte checked. The copy is a replica until `pond promote`: disaster recovery is clone, then promote."
  ),
  Command.withShortDescription("Copy a whole pond, with its history, every byte checked."),
  Command.withExamples([
    { command: "pond clone 's3://backups/ponds/web1?region=eu-central-1' web1", description: "From a bucket" },
    { command: "pond clone https://example.org/pond copy && pond --pond copy promote", description: "And take over" }
  ])
)
