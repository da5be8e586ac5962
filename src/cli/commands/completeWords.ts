/**
 * `pond complete-words`: what the scripts of `pond completions` ask. No page of help lists it.
 */
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { operands } from "../grammar.ts"

/** Nobody waits longer for a Tab, as where a pond is far away. */
const PATIENCE = "2 seconds"

const config = {
  shell: Argument.String("SHELL").pipe(Argument.withDescription("How the answer is written")),
  words: operands("WORD", "The line that is typed")
}

/** `pond complete-words`: what can come next on a command line. Never fails: a shell would show it in the middle of a line. */
export const completeWords = Command.make("complete-words", config, ({ shell, words }) =>
  Effect.flatMap(
    Effect.promise(() => import("../completions/complete.ts")),
    ({ complete }) => complete(shell, words)
  ).pipe(Effect.timeout(PATIENCE), Effect.ignoreCause)
).pipe(Command.withDescription("Answer the completions of a shell."), Command.unlisted)
