/**
 * `pond why`: its grammar and help.
 */
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { present } from "../present.ts"
import { Session } from "../session.ts"

const config = {
  path: Argument.String("PATH").pipe(Argument.withDescription("What you ask about, as it is called now"))
}

/** `pond why`: where every version of a file comes from. */
export const why = Command.make("why", config, ({ path }) =>
  Effect.gen(function* () {
    const pond = yield* (yield* Session).pond
    const { whyLines, whyPath, WhyReport } = yield* Effect.promise(() => import("../history/why.ts"))
    yield* present(WhyReport, yield* whyPath(pond, path), whyLines)
  })
).pipe(
  Command.withDescription(
    "Tell where something comes from: every step of its life, who made it, and by which request."
  ),
  Command.withExamples([
    { command: "pond why logs/app.log.1", description: "Which runs brought which bytes" },
    { command: "pond show 12", description: "Then: all that such a run did" }
  ])
)
