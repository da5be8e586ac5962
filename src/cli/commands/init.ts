/**
 * `pond init`: makes a pond.
 */
import { Effect, Schema } from "effect"
import { Command } from "effect/cli"
import { present } from "../present.ts"
import { Session } from "../session.ts"

/** What `pond init --json` prints. */
const InitReport = Schema.Struct({ url: Schema.String, pond: Schema.String })

/** `pond init`: makes an empty pond where there is none. */
export const init = Command.make("init", {}, () =>
  Effect.gen(function* () {
    const { places, url } = yield* Session
    const { createPond } = yield* Effect.promise(() => import("../../tlogfs/create.ts"))
    const pond = yield* createPond((yield* places).data)
    yield* present(InitReport, { url, pond }, () => [`Made an empty pond at ${url}`])
  })
).pipe(
  Command.withDescription("Make an empty pond, by default in ./.pond."),
  Command.withExamples([
    { command: "pond init", description: "Make a pond in ./.pond" },
    { command: "pond --pond /srv/logs init", description: "Make one elsewhere" }
  ])
)
