/**
 * The verbs of remotes: each runs the command of that name of the `remote` that is meant.
 */
import { Effect, Option, Schema } from "effect"
import { checkConfig } from "../../factories/config.ts"
import { allInstances } from "../../factories/instance.ts"
import type { RemoteConfig } from "../../factories/remote/config.ts"
import { remote as remoteFactory } from "../../factories/remote/factory.ts"
import { nearest } from "../../factories/nearest.ts"
import { runCommand } from "../factories/run.ts"
import { Session } from "../session.ts"
import { imports } from "./shown.ts"

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

/** Nothing that can be pushed to or pulled from has this name. */
export class RemoteMissing extends Schema.TaggedError<RemoteMissing>()("RemoteMissing", {
  word: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    const meant = nearest(this.word, this.known)
    const advice =
      this.known.length === 0
        ? `it has none yet: make one with \`pond remote add ${this.word} URL\``
        : `${meant === undefined ? "" : `did you mean \`${meant}\`? `}There are ${this.known.join(", ")}`
    return `this pond has no remote called ${JSON.stringify(this.word)}; ${advice}`
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

/** The remote or import that a person means by its name or path. */
export const findRemote = Effect.fnUntraced(function* (word: string) {
  const known = [...(yield* remotes()), ...(yield* imports())]
  const found = known.find(({ name, path }) => word === name || word === path)
  return found ?? (yield* new RemoteMissing({ word, known: known.map(({ name }) => name) }))
})

/** Runs a command of the remote that a name means. */
export const run = (name: Option.Option<string>, command: string, flags: Readonly<Record<string, unknown>>) =>
  Effect.gen(function* () {
    if (Option.isSome(name)) return yield* runCommand((yield* findRemote(name.value)).path, command, flags)
    const known = yield* remotes()
    const meant = known.find(({ config }) => config?.default === true) ?? (known.length === 1 ? known[0] : undefined)
    if (meant === undefined) return yield* new RemoteUnclear({ known: known.map((one) => one.name) })
    yield* runCommand(meant.path, command, flags)
  })
