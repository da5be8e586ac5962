/**
 * `pond init`: makes a pond.
 */
import { Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { join } from "node:path"
import { reachOf } from "../config/reach.ts"
import { present } from "../present.ts"
import { WrongUsage } from "../failure.ts"
import { escapeControls } from "../fileName.ts"
import { POND_DIRECTORY, POND_NAME, Session } from "../session.ts"
import { suggest } from "../suggest.ts"

/** What `pond init --json` prints. */
export const InitReport = Schema.Struct({
  url: Schema.String,
  pond: Schema.NullOr(Schema.String).annotate({ description: "its identity; null in a dry run, which cannot know it" }),
  name: Schema.NullOr(Schema.String)
})

/** What a pond can be called. */
const NAME = /^[^\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]{1,200}$/u

const config = {
  name: Flag.String("name").pipe(
    Flag.withDescription("What people call it, for `pond status`: it goes with every copy of the pond"),
    Flag.withMetavar("NAME"),
    Flag.optional
  )
}

/** Makes an empty pond, and gives it a name in a transaction of its own when it is to have one. */
const make = Effect.fnUntraced(function* (url: string, name: string | undefined) {
  const { author, isDryRun, settings } = yield* Session
  const { PondExists } = yield* Effect.promise(() => import("../../tlogfs/errors.ts"))
  const { createPond } = yield* Effect.promise(() => import("../../tlogfs/create.ts"))
  const { openPlaces, placesOf } = yield* Effect.promise(() => import("../../tlogfs/places.ts"))
  const places = yield* placesOf(url, isDryRun, reachOf(settings))
  const pond = yield* Effect.mapError(createPond(places.data), (error) =>
    // People know the pond by its own place, not by that of its table.
    error._tag === "PondExists" ? new PondExists({ url }) : error
  )
  if (name === undefined) return pond
  const { Transaction } = yield* Effect.promise(() => import("../../tinyfs/index.ts"))
  const request = JSON.stringify({ command: "init", paths: [], name })
  const naming = Effect.flatMap(Transaction, (open) => open.setAttributes("/", { [POND_NAME]: name }))
  yield* (yield* openPlaces(places)).transaction(naming, { author, request })
  return pond
})

/** `pond init`: makes an empty pond where there is none. */
export const init = Command.make("init", config, (given) =>
  Effect.gen(function* () {
    const session = yield* Session
    // A pond that is found further up is not where a new one goes.
    const url = session.settings.url === "" ? join(process.cwd(), POND_DIRECTORY) : session.url
    const name = Option.getOrUndefined(given.name)
    if (name !== undefined && !NAME.test(name)) {
      const problem = `${JSON.stringify(name.slice(0, 80))} is no name: 1 to 200 characters are, none of them a control character`
      return yield* new WrongUsage({ problem, command: "pond init" })
    }
    const pond = yield* make(url, name)
    const report = { url, pond: session.isDryRun ? null : pond, name: name ?? null }
    yield* present(InitReport, report, () => [
      `Made an empty pond${name === undefined ? "" : `, ${escapeControls(name)},`} at ${url}`
    ])
    yield* suggest({
      "pond copy host:FILE... /": "copy files into it",
      "pond add logfile --suggest /var/log": "see how to mirror the logs of this machine"
    })
  })
).pipe(
  Command.withDescription("Make an empty pond, by default in ./.pond."),
  Command.withExamples([
    { command: "pond init", description: "Make a pond in ./.pond" },
    { command: "pond --pond /srv/logs init", description: "Make one elsewhere" },
    { command: "pond init --name 'logs of web1'", description: "Give it a name that people know it by" },
    { command: "pond copy host:notes.txt /", description: "Then: a file into it" },
    { command: "pond add logfile --suggest /var/log", description: "Or: how to mirror the logs of this machine" }
  ])
)
