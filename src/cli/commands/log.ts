/**
 * `pond log`: its grammar and help.
 */
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { presentAll } from "../present.ts"
import { Session } from "../session.ts"

const config = {
  path: Argument.String("PATH").pipe(
    Argument.withDescription("Only what happened to this, through its renames; of a directory: to what lay in it"),
    Argument.optional
  ),
  limit: Flag.Int("limit").pipe(
    Flag.withDescription("At most so many transactions; 0 is all (log.limit, 20)"),
    Flag.withMetavar("N"),
    Flag.filter(
      (limit) => limit >= 0,
      (limit) => `a number of transactions cannot be ${limit}`
    ),
    Flag.optional
  )
}

/** `pond log`: the transactions, newest first. */
export const log = Command.make("log", config, ({ limit, path }) =>
  Effect.gen(function* () {
    const session = yield* Session
    const pond = yield* session.pond
    const { LogEntry, logEntries, logLines } = yield* Effect.promise(() => import("../history/log.ts"))
    const most = { limit: Option.getOrElse(limit, () => session.settings["log.limit"]) }
    const options = Option.match(path, { onNone: () => most, onSome: (some) => ({ ...most, path: some }) })
    yield* presentAll(LogEntry, logEntries(pond, options), logLines)
  })
).pipe(
  Command.withDescription("Tell what happened: the transactions, newest first."),
  Command.withExamples([
    { command: "pond log", description: "The last twenty transactions" },
    { command: "pond log logs/app.log", description: "Everything that happened to a file, through its renames" },
    { command: "pond log --limit 0 --json", description: "The whole history, one JSON document per line" },
    { command: "pond show 12", description: "Then: everything about one of them" }
  ])
)
