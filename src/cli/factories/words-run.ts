/**
 * Running a command that was made for the words of a factory: what is wrong with them is shown once.
 */
import { Effect } from "effect"
import { CliError, Command } from "effect/cli"
import { UsageShown } from "../failure.ts"
import { GLOBAL_FLAGS } from "../session.ts"

/**
 * Parses words by a command and runs it. The flags of every command were taken from among the words before; the page of help tells of them.
 */
export const runWords = <Name extends string, Input, E, R, Context>(
  command: Command.Command<Name, Input, Context, E, R>,
  words: ReadonlyArray<string>
) =>
  Effect.catchIf(
    Command.runWith(command.pipe(Command.withGlobalFlags(GLOBAL_FLAGS)), { version: "" })(words),
    CliError.isCliError,
    () => Effect.fail(new UsageShown())
  )
