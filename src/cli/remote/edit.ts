/**
 * Adding, listing and removing remotes.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { ETC_DIRECTORY } from "../../factories/instance.ts"
import { Transaction } from "../../tinyfs/index.ts"
import { rememberedRemote, rememberRemote, Tip } from "../../tlogfs/index.ts"
import { write } from "../factories/add.ts"
import { factoriesLayer } from "../factories/registry.ts"
import { Output } from "../output.ts"
import { present, presentAll } from "../present.ts"
import { Session } from "../session.ts"
import { tableLines } from "../text/table.ts"
import { remotes } from "./run.ts"

/** One line of `pond remote list --json`. */
export const RemoteEntry = Schema.Struct({
  name: Schema.String,
  path: Schema.String,
  url: Schema.NullOr(Schema.String),
  mode: Schema.String,
  default: Schema.Boolean,
  seen: Schema.NullOr(Tip).annotate({ description: "its newest transaction when it was last seen" })
})

/** Adds a remote. */
export const add = (options: {
  readonly name: string
  readonly url: string
  readonly mode: Option.Option<string>
  readonly isDefault: boolean
  /** How it is reached: fields of its configuration. */
  readonly reach: Readonly<Record<string, unknown>>
}) =>
  Effect.gen(function* () {
    const { isDefault, mode, name, reach, url } = options
    const fields = {
      url,
      ...Option.match(mode, { onNone: () => ({}), onSome: (given) => ({ mode: given }) }),
      ...(isDefault ? { default: true } : {}),
      ...reach
    }
    const yaml = Object.entries(fields)
      .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
      .join("")
    yield* write({ command: "remote add", type: "remote", instance: name, yaml, isReplacing: false })
  }).pipe(Effect.provide(factoriesLayer))

/** Lists the remotes, and what was seen there last. */
export const list = Effect.gen(function* () {
  const { places } = yield* Session
  const { data } = yield* places
  const entries = yield* Effect.forEach(yield* remotes(), ({ config, name, path }) =>
    Effect.map(rememberedRemote(data, name), (seen) => ({
      name,
      path,
      url: config?.url ?? null,
      mode: config?.mode ?? "both",
      default: config?.default ?? false,
      seen: seen?.tip ?? null
    }))
  )
  yield* presentAll(RemoteEntry, Stream.fromIterable(entries), (page) =>
    tableLines(
      ["left", "left", "left", "left"],
      page.map(({ default: isDefault, mode, name, seen, url }) => [
        isDefault ? `${name} (default)` : name,
        url ?? "not a valid configuration",
        mode,
        seen === null ? "never seen" : `seen at txn ${seen.txn}`
      ])
    )
  )
})

/** What `pond remote remove --json` prints. */
export const RemovalReport = Schema.Struct({ name: Schema.String, path: Schema.String })

/** Forgets a remote. */
export const remove = Effect.fnUntraced(function* (name: string) {
  const { places, transaction } = yield* Session
  const { message } = yield* Output
  const known = yield* remotes()
  const path = known.find((one) => one.name === name)?.path ?? `${ETC_DIRECTORY}/${name}`
  yield* transaction(
    { command: "remote remove", paths: [path] },
    Effect.flatMap(Transaction, (open) => open.remove(path))
  )
  yield* rememberRemote((yield* places).data, name, undefined)
  yield* present(RemovalReport, { name, path }, () => [`Removed ${path}`])
  yield* message("what is there stays")
})
