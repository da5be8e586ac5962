/**
 * The verbs of remotes: each runs the command of that name of the `remote` that is meant.
 */
import { Effect, Option, Schema } from "effect"
import { checkConfig } from "../../factories/config.ts"
import { allInstances } from "../../factories/instance.ts"
import type { RemoteConfig } from "../../factories/remote/config.ts"
import { remote as remoteFactory } from "../../factories/remote/factory.ts"
import { runCommand } from "../factories/run.ts"
import { Session } from "../session.ts"

/** Nobody said which remote is meant, and it cannot be told. */
export class RemoteUnclear extends Schema.TaggedError<RemoteUnclear>()("RemoteUnclear", {
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return this.known.length === 0
      ? "this pond has no remote: make one with `pond remote add NAME URL`"
      : `there are several remotes (${this.known.join(", ")}), and none of them is the default: name one`
  }
}

/** The remotes of the pond, by path. */
export const remotes = Effect.fnUntraced(function* () {
  const pond = yield* (yield* Session).pond
  const all = yield* allInstances(yield* pond.head)
  return yield* Effect.forEach(
    all.filter(({ node }) => node.factory === remoteFactory.type),
    ({ node, path }) =>
      Effect.map(Effect.option(checkConfig(remoteFactory, path, node.config)), (config) => ({
        path,
        name: node.name,
        config: Option.getOrUndefined(config) as RemoteConfig | undefined
      }))
  )
})

/** Runs a command of the remote that a name means. */
export const run = (name: Option.Option<string>, command: string, flags: Readonly<Record<string, unknown>>) =>
  Effect.gen(function* () {
    if (Option.isSome(name)) return yield* runCommand(name.value, command, flags)
    const known = yield* remotes()
    const meant = known.find(({ config }) => config?.default === true) ?? (known.length === 1 ? known[0] : undefined)
    if (meant === undefined) return yield* new RemoteUnclear({ known: known.map((one) => one.name) })
    yield* runCommand(meant.path, command, flags)
  })
