/**
 * What is said about errors of the filesystem to somebody who typed a command: the command that helps, and what may have been meant.
 *
 * The engine knows what is wrong, not who asks. Looking for what was meant reads the pond that the command had opened, and never fails.
 */
import { Context, Effect, Layer, Option } from "effect"
import type { Reader } from "../tinyfs/index.ts"
import type { PondInterface } from "../tlogfs/pond.ts"
import { nearest } from "../factories/nearest.ts"

/** The pond that a command opened. */
export class Opened extends Context.Service<
  Opened,
  {
    readonly remember: (pond: PondInterface) => Effect.Effect<void>
    readonly pond: Effect.Effect<Option.Option<PondInterface>>
  }
>()("pond/cli/Opened") {
  /** None opened yet. */
  static readonly layer = Layer.sync(Opened, () => {
    let opened = Option.none<PondInterface>()
    return Opened.of({
      remember: (pond) => Effect.sync(() => (opened = Option.some(pond))),
      pond: Effect.sync(() => opened)
    })
  })
}

/** Names that are looked at to find what was meant: in a directory of a million, nobody waits for a hint. */
const NAMES_MAX = 10_000

/** Returns a path as a word of a shell. */
export const shellWord = (path: string): string =>
  /^[\w@%+=:,./-]+$/u.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`

/** What there is instead of a path that leads nowhere. */
const missingText = Effect.fnUntraced(function* (reader: Reader, path: string) {
  if (path.startsWith("/host:")) return "`host:` is for `pond copy`; everything else reads what is in the pond"
  if (/[*?[{]/u.test(path)) return `this command takes no patterns, \`pond ls ${shellWord(path)}\` shows what matches`
  const names = path.split("/").filter((name) => name !== "")
  let directory = "/"
  for (const name of names) {
    const here = `${directory === "/" ? "" : directory}/${name}`
    const found = yield* reader.find(here)
    if (Option.isSome(found) && found.value.type === "dir") directory = here
    else if (Option.isSome(found)) return `${JSON.stringify(here)} is no directory`
    else {
      const there = (yield* reader.list(directory)).slice(0, NAMES_MAX)
      const meant = nearest(
        name,
        there.map(({ node }) => node.name)
      )
      if (meant === undefined) break
      return `did you mean ${JSON.stringify([directory === "/" ? "" : directory, meant].join("/"))}?`
    }
  }
  return `\`pond ls ${shellWord(directory)}\` shows what is there`
})

/** What an error may hold that is told here. */
interface Fields {
  readonly _tag: string
  readonly path: string
  readonly type: string
  readonly needed: string
  readonly requested: string
  readonly newest: number
}

const TOLD: Readonly<Record<string, (error: Fields & Error) => string | undefined>> = {
  DirectoryNotEmpty: ({ path }) =>
    `${JSON.stringify(path)} is not empty: \`pond rm -r ${shellWord(path)}\` removes it with everything in it`,
  VersionMissing: ({ message, path }) =>
    `${message.replace(/\. Look at its versions$/u, "")}: \`pond versions ${shellWord(path)}\` lists those it has`,
  WrongType: ({ needed, path, type }) =>
    type === "dir"
      ? `${JSON.stringify(path)} is a directory, and this needs ${needed}: \`pond ls ${shellWord(path)}\` shows what is in it`
      : undefined,
  ConfigInvalid: ({ message }) => `${message}. \`pond add TYPE --help\` tells what the keys mean`,
  TxnMissing: ({ newest, requested }) =>
    `this pond has no ${requested}: its transactions are 0 to ${newest}, and \`pond log\` lists them`
}

/** What is to be said about an error: its own message, or one that helps at the command line. */
export const messageOf = Effect.fnUntraced(function* (error: Error) {
  const found = error as Fields & Error
  if (found._tag !== "NotFound") return TOLD[found._tag]?.(found) ?? error.message
  const pond = yield* (yield* Opened).pond
  const hint = Effect.gen(function* () {
    return Option.isSome(pond) ? yield* missingText(yield* pond.value.head, found.path) : undefined
  })
  const text = yield* Effect.orElseSucceed(hint, () => undefined)
  return text === undefined ? error.message : `${JSON.stringify(found.path)} does not exist: ${text}`
})
