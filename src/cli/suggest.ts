/**
 * What may come next, told to a person who has just finished something: on a terminal only, so that scripts and logs do not hold it.
 */
import { Effect } from "effect"
import { Output } from "./output.ts"

/** Suggests commands, each with what it is for. */
export const suggest = Effect.fnUntraced(function* (commands: Readonly<Record<string, string>>) {
  const { message, status } = yield* Output
  if (status === undefined) return
  for (const [command, purpose] of Object.entries(commands)) yield* message(`Next: ${command}    # ${purpose}`)
})
