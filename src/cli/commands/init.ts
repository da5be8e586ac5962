/**
 * `pond init`: makes a pond.
 */
import { Effect, Schema } from "effect"
import { Command } from "effect/cli"
import { join } from "node:path"
import { present } from "../present.ts"
import { POND_DIRECTORY, Session } from "../session.ts"
import { suggest } from "../suggest.ts"

/** What `pond init --json` prints. */
export const InitReport = Schema.Struct({
  url: Schema.String,
  pond: Schema.NullOr(Schema.String).annotate({ description: "its identity; null in a dry run, which cannot know it" })
})

/** `pond init`: makes an empty pond where there is none. */
export const init = Command.make("init", {}, () =>
  Effect.gen(function* () {
    const session = yield* Session
    // A pond that is found further up is not where a new one goes.
    const url = session.settings.url === "" ? join(process.cwd(), POND_DIRECTORY) : session.url
    const { createPond } = yield* Effect.promise(() => import("../../tlogfs/create.ts"))
    const { placesOf } = yield* Effect.promise(() => import("../../tlogfs/places.ts"))
    const pond = yield* createPond((yield* placesOf(url, session.isDryRun)).data)
    yield* present(InitReport, { url, pond: session.isDryRun ? null : pond }, () => [`Made an empty pond at ${url}`])
    yield* suggest({
      "pond copy host:FILE... /": "copy files into it",
      "pond add logfile --suggest /var/log": "see how to mirror the logs of this machine"
    })
  })
).pipe(
  Command.withDescription("Make an empty pond, by default in ./.pond."),
  Command.withExamples([
    { command: "pond init", description: "Make a pond in ./.pond" },
    { command: "pond --pond /srv/logs init", description: "Make one elsewhere" }
  ])
)
