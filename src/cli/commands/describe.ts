/**
 * `pond describe`: its grammar and help.
 */
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { presentAll } from "../present.ts"
import { Session } from "../session.ts"

const config = { glob: Argument.String("GLOB").pipe(Argument.withDescription("Paths, with * ? [a-z] {a,b} and **")) }

/** `pond describe`: everything that is known of nodes but their bytes. */
export const describe = Command.make("describe", config, ({ glob }) =>
  Effect.gen(function* () {
    const pond = yield* (yield* Session).pond
    const { describeGlob, Description, descriptionLines } = yield* Effect.promise(
      () => import("../describe/describe.ts")
    )
    yield* presentAll(Description, describeGlob(yield* pond.head, glob), descriptionLines)
  })
).pipe(
  Command.withDescription("Describe files and directories: type, size, hash, versions, attributes, history."),
  Command.withExamples([
    { command: "pond describe logs/app.log", description: "Everything about one file" },
    { command: "pond describe '/logs/**'", description: "Everything below /logs" },
    { command: "pond versions logs/app.log", description: "Then: every state that it had" }
  ])
)
