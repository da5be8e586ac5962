/**
 * Help, version and wrong usage as a person sees them.
 *
 * Help that was asked for is data; everything else is one line on standard error that names the nearest known word.
 */
import { Effect, Layer } from "effect"
import type { CliError, HelpDoc } from "effect/cli"
import { CliConfig, CliOutput, Flag, GlobalFlag } from "effect/cli"
import { errorDocument, WrongUsage } from "./failure.ts"
import { nameForDisplay } from "./fileName.ts"
import { toggle } from "./grammar.ts"
import { nearest } from "../factories/nearest.ts"
import { Output } from "./output.ts"

const help = GlobalFlag.Action({
  flag: toggle("help", "Show this page").pipe(Flag.withAlias("h")),
  run: GlobalFlag.Help.run
})

const version = GlobalFlag.Action({
  flag: toggle("version", "Show the version").pipe(Flag.withAlias("V")),
  run: GlobalFlag.Version.run
})

const didYouMean = (word: string, known: ReadonlyArray<string>): string => {
  const meant = nearest(word, known)
  return meant === undefined ? "" : `: did you mean \`${meant}\`?`
}

/** A flag of one letter that is another one in the other case. */
const inOtherCase = (word: string, known: ReadonlyArray<string>): string | undefined =>
  /^-.$/u.test(word) ? known.find((flag) => flag !== word && flag.toLowerCase() === word.toLowerCase()) : undefined

/** What a value must be, in words that people use. */
const expectedText = (expected: string, value: string): string => {
  if (expected === "Expected a string representing a finite number") return "a number is needed"
  if (expected === "Expected an integer") return "a whole number is needed"
  if (expected.includes('"true" | "yes"')) return "true or false is needed"
  if (!/^"[^"]*"(?: \| "[^"]*")*$/u.test(expected)) return expected
  const choices = [...expected.matchAll(/"([^"]*)"/gu)].map(([, choice]) => choice!)
  const meant = nearest(value, choices)
  return `it is one of ${choices.join(", ")}${meant === undefined ? "" : `; did you mean \`${meant}\`?`}`
}

/** Returns what is wrong with an invocation of the command that `doc` describes, and what is nearest, as one line. */
export const problemOf = (error: CliError.NonShowHelpErrors, doc: HelpDoc.HelpDoc): string => {
  switch (error._tag) {
    case "UnknownSubcommand": {
      const known = (doc.subcommands ?? []).flatMap(({ commands }) => commands.map(({ name }) => name))
      const word = nameForDisplay(error.subcommand)
      return `\`${word}\` is not a command of ${(error.parent ?? []).join(" ")}${didYouMean(word, known)}`
    }
    case "UnrecognizedOption": {
      const known = [...doc.flags, ...(doc.globalFlags ?? [])].flatMap(({ name, aliases }) => [`--${name}`, ...aliases])
      const word = nameForDisplay(error.option)
      const meant = inOtherCase(word, known)
      const hint = meant === undefined ? didYouMean(word, known) : `: did you mean \`${meant}\`?`
      return `${(error.command ?? []).join(" ")} has no flag \`${word}\`${hint}`
    }
    case "MissingOption":
      return `the flag \`--${error.option}\` is needed`
    case "MissingArgument":
      return `${error.argument} is missing`
    case "UnexpectedArgument": {
      const first = nameForDisplay(error.arguments[0] ?? "")
      const isInit = doc.usage.startsWith("pond init")
      const meant = isInit ? `: did you mean \`pond --pond ${first} init\`, which makes one there?` : ""
      return `too many arguments, from ${JSON.stringify(first)} on${meant}`
    }
    case "InvalidValue":
      return error.value === ""
        ? `the flag \`--${error.option}\` needs a value: ${error.expected}`
        : `${JSON.stringify(nameForDisplay(error.value))} is not a value for \`${error.kind === "flag" ? "--" : ""}${error.option}\`: ${expectedText(error.expected, error.value)}`
    case "ValidationError":
    case "DuplicateOption":
    case "UserError":
      return error.message
  }
}

/** A bare flag that could take `=true` looks to the formatter as if it had a value to fill in. */
const asToggles = (flags: ReadonlyArray<HelpDoc.FlagDoc>): ReadonlyArray<HelpDoc.FlagDoc> =>
  flags.map((flag) => (flag.type === "[=boolean]" ? { ...flag, type: "boolean" } : flag))

/** Presents help, version and wrong usage through `Output`. Errors of writing are left to `main`, as defects. */
export const layer = (isJson: boolean): Layer.Layer<never, never, Output> =>
  Layer.unwrap(
    Effect.map(Output, (output) => {
      const formatter = CliOutput.defaultFormatter({ colors: output.colours, globalFlags: "none" })
      const page = (doc: HelpDoc.HelpDoc): string =>
        `${formatter.formatHelpDoc({ ...doc, flags: asToggles(doc.flags), globalFlags: asToggles(doc.globalFlags ?? []) })}\n`
      const presenter = CliOutput.layerPresenter({
        present: (event) => {
          switch (event._tag) {
            case "Help":
              return event.reason === "Requested"
                ? Effect.orDie(output.data(page(event.helpDoc)))
                : output.page(page(event.helpDoc))
            case "Version":
              return Effect.orDie(output.data(`${event.name} ${event.version}\n`))
            case "InvalidInvocation": {
              const command = event.commandPath.join(" ")
              const problem = event.errors.map((error) => problemOf(error, event.helpDoc)).join("; ")
              const wrong = new WrongUsage({ problem, command })
              return isJson ? output.page(`${errorDocument(wrong)}\n`) : output.message(`pond: ${wrong.message}`)
            }
          }
        }
      })
      return Layer.merge(presenter, CliConfig.layer({ builtIns: [help, version] }))
    })
  )
