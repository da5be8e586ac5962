/**
 * The help pages of all commands, as people see them, in the order of the tree.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer } from "effect"
import { Command, Completions } from "effect/cli"
import { Attention } from "../../src/cli/attention.ts"
import { Opened } from "../../src/cli/advice.ts"
import { CommandTree } from "../../src/cli/commands/completions.ts"
import { Output } from "../../src/cli/output.ts"
import { pond } from "../../src/cli/pond.ts"
import * as Usage from "../../src/cli/usage.ts"

/** A command, as in `config show`, and its help page. */
export interface HelpPage {
  /** Empty for `pond` itself. */
  readonly path: ReadonlyArray<string>
  readonly text: string
  /** Whether it only has commands below it. */
  readonly isGroup: boolean
}

const textOf = (path: ReadonlyArray<string>): Effect.Effect<string> => {
  let text = ""
  const unused = () => Effect.die(new Error("help is written to standard output"))
  const data = (chunk: string | Uint8Array) =>
    Effect.sync(() => {
      text += String(chunk)
    })
  const output = Layer.succeed(Output, {
    data,
    message: unused,
    page: unused,
    colours: false,
    columns: undefined,
    status: undefined
  })
  const services = Layer.mergeAll(
    Usage.layer(false),
    NodeServices.layer,
    Layer.succeed(CommandTree, pond),
    Attention.layer,
    Opened.layer
  )
  return Command.runWith(pond, { version: "" })([...path, "--help"]).pipe(
    Effect.provide(Layer.provideMerge(services, output)),
    Effect.orDie,
    Effect.map(() => text.trimEnd())
  )
}

const pathsOf = (
  { subcommands }: Completions.CommandDescriptor,
  path: ReadonlyArray<string>
): ReadonlyArray<Omit<HelpPage, "text">> => [
  { path, isGroup: subcommands.length > 0 },
  ...subcommands.flatMap((command) => pathsOf(command, [...path, command.name]))
]

/** Whether a page is that of the command itself: an alias shows the page of what it stands for. */
const isOwn = ({ path, text }: HelpPage): boolean =>
  new RegExp(`USAGE\\n  ${["pond", ...path].join(" ")}\\b`).test(text)

/** Makes all help pages. */
export const helpPages = async (): Promise<ReadonlyArray<HelpPage>> => {
  const pages = await Effect.runPromise(
    Effect.forEach(pathsOf(Completions.fromCommand(pond), []), (page) =>
      Effect.map(textOf(page.path), (text) => ({ ...page, text }))
    )
  )
  return pages.filter(isOwn)
}
