/**
 * Adding, listing and removing remotes.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { resolve } from "node:path"
import { Transaction } from "../../tinyfs/index.ts"
import { rememberedRemote, rememberRemote, Tip } from "../../tlogfs/index.ts"
import { write } from "../factories/add.ts"
import { factoriesLayer } from "../factories/registry.ts"
import { WrongUsage } from "../failure.ts"
import { Output } from "../output.ts"
import { present, presentAll } from "../present.ts"
import { Session } from "../session.ts"
import { tableLines } from "../text/table.ts"
import { formatCount, formatSize } from "../text/units.ts"
import { addImport, removeImport } from "./imports.ts"
import { findRemote, remotes } from "./run.ts"
import { imports, shownBy } from "./shown.ts"

/** One line of `pond remote list --json`. */
export const RemoteEntry = Schema.Struct({
  name: Schema.String,
  path: Schema.String,
  url: Schema.NullOr(Schema.String),
  mode: Schema.String,
  mount: Schema.NullOr(Schema.String).annotate({ description: "where the tree of an import appears" }),
  default: Schema.Boolean,
  seen: Schema.NullOr(Tip).annotate({ description: "its newest transaction when it was last seen" })
})

/** A directory is meant from where the command is run, whoever runs what follows from elsewhere. */
const placed = (url: string): string =>
  /^[a-z][a-z0-9+.-]+:/iu.test(url) || url.includes("${env:") ? url : resolve(url)

/** Adds a remote, or an import where there is a path for one. */
export const add = (options: {
  readonly name: string
  readonly url: string
  readonly mount: Option.Option<string>
  readonly isWhole: boolean
  readonly isTransitive: boolean
  readonly mode: Option.Option<string>
  readonly isDefault: boolean
  /** How it is reached: fields of its configuration. */
  readonly reach: Readonly<Record<string, unknown>>
}) =>
  Effect.gen(function* () {
    const { isDefault, mode, name, reach } = options
    const url = placed(options.url)
    if (Option.isSome(options.mount)) {
      const problem = "an import is only pulled from: `--mode` and `--default` are for copies of this pond"
      if (isDefault || Option.isSome(mode)) return yield* new WrongUsage({ problem, command: "pond remote add" })
      return yield* addImport({ ...options, url, mount: options.mount.value })
    }
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
      mount: null,
      default: config?.default ?? false,
      seen: seen?.tip ?? null
    }))
  )
  const shown = yield* Effect.forEach(yield* imports(), (one) =>
    Effect.map(shownBy(one), (seen) => ({
      name: one.name,
      path: one.path,
      url: one.config?.url ?? null,
      mode: "import",
      mount: one.config?.path ?? null,
      default: false,
      seen
    }))
  )
  yield* presentAll(RemoteEntry, Stream.fromIterable([...entries, ...shown]), (page) =>
    tableLines(
      ["left", "left", "left", "left"],
      page.map(({ default: isDefault, mode, mount, name, seen, url }) => [
        isDefault ? `${name} (default)` : name,
        url ?? "not a valid configuration",
        mount === null ? mode : `at ${mount}`,
        seen === null ? "never seen" : `seen at txn ${seen.txn}`
      ])
    )
  )
})

/** What `pond remote remove --json` prints. */
export const RemovalReport = Schema.Struct({
  name: Schema.String,
  path: Schema.String,
  purged: Schema.optionalKey(
    Schema.Struct({ objects: Schema.Int, bytes: Schema.Int }).annotate({
      description: "with --purge: what the whole copy of an import took up"
    })
  )
})

/** Forgets a remote; with `isPurging` also the copies of an imported pond. */
export const remove = Effect.fnUntraced(function* (word: string, isPurging: boolean) {
  const { places, transaction } = yield* Session
  const { message } = yield* Output
  const { name, path } = yield* findRemote(word)
  const imported = (yield* imports()).find((one) => one.path === path)
  if (imported !== undefined) {
    const purged = yield* removeImport(imported, isPurging)
    const removed = [imported.path, ...(imported.config === undefined ? [] : [imported.config.path])]
    const report = { name, path: imported.path, ...(purged === undefined ? {} : { purged }) }
    const lines = [
      `Removed ${removed.join(" and ")}`,
      ...(purged === undefined ? [] : [`Purged ${formatCount(purged.objects, "object")}, ${formatSize(purged.bytes)}`])
    ]
    yield* present(RemovalReport, report, () => lines)
    return yield* message("the other pond stays")
  }
  if (isPurging) {
    const problem = "`--purge` is for imports: of a remote nothing is kept here"
    return yield* new WrongUsage({ problem, command: "pond remote remove" })
  }
  yield* transaction(
    { command: "remote remove", paths: [path] },
    Effect.flatMap(Transaction, (open) => open.remove(path))
  )
  yield* rememberRemote((yield* places).data, name, undefined)
  yield* present(RemovalReport, { name, path }, () => [`Removed ${path}`])
  yield* message("what is there stays")
})
