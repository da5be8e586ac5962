/**
 * Running instances from the command line: the flags of a factory's commands are made from their Schemas when the instance is known.
 */
import { Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { runWords } from "./words-run.ts"
import type { Factory, FactoryCommand } from "../../factories/contract.ts"
import { runInstance } from "../../factories/after.ts"
import { findInstance, type FoundInstance } from "../../factories/instance.ts"
import { Factories } from "../../factories/registry.ts"
import { Workplace } from "../../factories/workplace.ts"
import { NeedsAttention, WrongUsage } from "../failure.ts"
import { Output } from "../output.ts"
import * as Meter from "../progress.ts"
import { Session } from "../session.ts"
import { type Field, fieldsOf, flagName, flagOf, valuesOf, wordOf } from "./fields.ts"
import { followFlags, followOne } from "./follow.ts"
import { presentOutcome } from "./outcome.ts"
import { factoriesLayer } from "./registry.ts"

/** What the commands of factories run in, for this invocation. */
export const workplace = Layer.effect(
  Workplace,
  Effect.gen(function* () {
    const { author, isDryRun, places, pond } = yield* Session
    return Workplace.of({ author, isDryRun, places: yield* places, pond: yield* pond, environment: process.env })
  })
)

const grammarOf = ({ flags, operands }: FactoryCommand) => {
  const fields = fieldsOf(flags)
  const isWord = (field: Field): boolean => field.path.length === 1 && operands.includes(field.path[0]!)
  const entries = fields.map((field) => [field.path.join("."), isWord(field) ? wordOf(field) : flagOf(field)] as const)
  // Words are parsed in the order in which they are declared.
  const position = (name: string): number => operands.indexOf(name)
  const sorted = entries.toSorted(([left], [right]) => position(left) - position(right))
  return { fields, config: Object.fromEntries(sorted) }
}

/** Runs a command of an instance, and presents its report. */
const runOne = (instance: string, command: string | undefined, flags: Readonly<Record<string, unknown>>) =>
  Effect.gen(function* () {
    const { isDryRun, isJson } = yield* Session
    const { message } = yield* Output
    const outcome = yield* runInstance({ instance, command, flags }).pipe(
      Effect.catchTag("FlagsInvalid", ({ message: problem }) => {
        const words = ["pond run", instance, ...(command === undefined ? [] : [command])]
        return Effect.fail(new WrongUsage({ problem, command: words.join(" ") }))
      }),
      Effect.provide(Meter.layer("reading"))
    )
    yield* presentOutcome(outcome)
    if (isDryRun && !isJson) yield* message("nothing was changed: this was a dry run")
    if (outcome.needsAttention) return yield* new NeedsAttention({ what: outcome.instance.path })
  })

/** Runs a command of an instance for another command of the command line. */
export const runCommand = (instance: string, command: string, flags: Readonly<Record<string, unknown>>) =>
  runOne(instance, command, flags).pipe(Effect.provide(Layer.merge(workplace, factoriesLayer)))

/** How a command is run. */
const examplesOf = (line: string, { flags, operands, watches, isReading }: FactoryCommand) => {
  const fields = fieldsOf(flags)
  const words = fields.filter(({ isOptional, path }) => !isOptional && operands.includes(path[0]!))
  const truth = fields.find(({ kind }) => kind === "truth")
  const flag = truth === undefined ? [] : [`--${flagName(truth)}`]
  const needed = [line, ...words.map(({ path }) => path[0]!.toUpperCase()), ...flag].join(" ")
  return [
    { command: needed, description: "Do it" },
    ...(isReading
      ? []
      : [{ command: `${needed} --dry-run`, description: "Tell what that would do, and change nothing" }]),
    ...(watches === undefined
      ? []
      : [{ command: `${needed} --follow`, description: "Again whenever something changes" }])
  ]
}

/** The commands of a factory as a tree, whose flags are those of their Schemas. */
const treeOf = (instance: string, factory: Factory) => {
  const subcommands = Object.entries(factory.commands).map(([name, command]) => {
    const { config, fields } = grammarOf(command)
    const about = <Name extends string, Input, Context, E, R>(self: Command.Command<Name, Input, Context, E, R>) =>
      self.pipe(
        Command.withDescription(command.description),
        Command.withExamples(examplesOf(`pond run ${instance} ${name}`, command))
      )
    if (command.watches === undefined) {
      return Command.make(name, { own: config }, ({ own }) => runOne(instance, name, valuesOf(fields, own))).pipe(about)
    }
    return Command.make(name, { own: config, ...followFlags }, ({ interval, isFollowing, own }) => {
      const flags = valuesOf(fields, own)
      return isFollowing ? followOne({ instance, command: name, flags }, interval) : runOne(instance, name, flags)
    }).pipe(about)
  })
  const [first, ...others] = subcommands
  return Command.make(`pond run ${instance}`, {}, () => runOne(instance, undefined, {})).pipe(
    Command.withDescription(`${factory.description} Without a command: ${factory.bare}.`),
    Command.withExamples([
      { command: `pond run ${instance} --dry-run`, description: `What ${factory.bare} would do` },
      { command: `pond run ${instance} ${factory.bare} --help`, description: "The flags of that command" }
    ]),
    Command.withSubcommands([first!, ...others])
  )
}

const factoryOf = ({ node }: FoundInstance) => Effect.flatMap(Factories, ({ find }) => find(node.factory))

/** Runs what the words after `pond run NAME` say. A first word that is a flag belongs to the bare command. */
export const run = (instance: string, words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { pond } = yield* Session
    const found = yield* findInstance(yield* (yield* pond).head, instance)
    const factory = yield* factoryOf(found)
    const isHelp = words[0] === "--help" || words[0] === "-h"
    const rest = words[0]?.startsWith("-") === true && !isHelp ? [factory.bare, ...words] : words
    return yield* runWords(treeOf(instance, factory), rest)
  }).pipe(Effect.provide(Layer.merge(workplace, factoriesLayer)))
