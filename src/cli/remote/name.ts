/**
 * The name of a remote on the command line; without one the default remote is meant.
 */
import { Argument } from "effect/cli"

/** The argument `[NAME]` of the verbs of remotes. */
export const remoteName = Argument.String("NAME").pipe(
  Argument.withDescription("Which remote; the default one, or the only one, when it is left out"),
  Argument.optional
)
