/**
 * Running a command of an instance: one run is one transaction, and one that changes nothing makes none.
 */
import { Clock, Effect, Layer, Option } from "effect"
import { Cache, cacheIn } from "./cache.ts"
import { readConfig } from "./config.ts"
import type { Factory, FactoryCommand } from "./contract.ts"
import { CommandUnknown, FlagsInvalid } from "./errors.ts"
import { HostFiles } from "./host/files.ts"
import { findInstance } from "./instance.ts"
import { beginJob, recordJob } from "./jobs.ts"
import type { RunOutcome } from "./outcome.ts"
import { Factories } from "./registry.ts"
import { Questions, questionsTo } from "./questions.ts"
import { Stores, storesAround } from "./stores.ts"
import { Workplace } from "./workplace.ts"

/** What is to be run. */
export interface RunRequest {
  /** A bare name, or a path. */
  readonly instance: string
  readonly command?: string | undefined
  /** Values of the command's flags, by the names of its fields, as they are encoded. */
  readonly flags?: Readonly<Record<string, unknown>> | undefined
  /** It runs after a commit, without anybody having asked. */
  readonly isByItself?: boolean
}

/** The command of a factory by its name; without one its bare command. */
export const commandOf = (factory: Factory, name = factory.bare): Effect.Effect<FactoryCommand, CommandUnknown> => {
  const command = Object.hasOwn(factory.commands, name) ? factory.commands[name] : undefined
  const known = Object.keys(factory.commands)
  return command === undefined
    ? Effect.fail(new CommandUnknown({ type: factory.type, command: name, known }))
    : Effect.succeed(command)
}

/** What the Schemas of a command's flags make of them. */
const readFlags = (
  factory: Factory,
  command: FactoryCommand,
  name: string,
  flags: Readonly<Record<string, unknown>>
) => {
  const read = command.decodeFlags(flags)
  return "value" in read
    ? Effect.succeed(read.value)
    : Effect.fail(new FlagsInvalid({ type: factory.type, command: name, problems: read.problems }))
}

/** Looks up what is to be run, and checks what it is given. */
export const prepare = Effect.fnUntraced(function* (asked: RunRequest) {
  const { environment, pond } = yield* Workplace
  const instance = yield* findInstance(yield* pond.head, asked.instance)
  const factory = yield* (yield* Factories).find(instance.node.factory)
  const commandName = asked.command ?? factory.bare
  const command = yield* commandOf(factory, commandName)
  const flags = yield* readFlags(factory, command, commandName, asked.flags ?? {})
  const config = yield* readConfig(factory, instance.path, instance.node.config, environment)
  return { instance, factory, command, commandName, flags, config }
})

/** Runs a command of an instance in a transaction of its own; starts nothing else. */
export const runOnce = Effect.fn("factories.run")(function* (asked: RunRequest) {
  const { author, isDryRun, places, pond } = yield* Workplace
  const { command, commandName, config, factory, flags, instance } = yield* prepare(asked)
  const label = (config as { readonly name?: unknown }).name
  const name = typeof label === "string" ? label : instance.node.name
  const work = Effect.suspend(() => command.run({ config, flags, instance: { name, path: instance.path } }))
  const services = Layer.mergeAll(
    Layer.succeed(Cache, cacheIn(places.control)),
    Layer.succeed(Stores, storesAround(places.data, isDryRun, places.reach, places.control)),
    Layer.succeed(Questions, questionsTo(pond, places.cacheDirectory)),
    HostFiles.layer
  )
  const by = asked.isByItself === true ? { after: "commit" } : {}
  const request = JSON.stringify({ command: "run", words: [instance.path, commandName], ...by })
  const isNoted = !command.isReading || command.isNoted
  const begun = { instance: instance.path, command: commandName, beganMs: yield* Clock.currentTimeMillis }
  if (isNoted) yield* beginJob(places.local, begun)
  const reading = Effect.map(pond.reading(work), (report) => ({ report, txn: undefined }))
  const transacted = command.isReading
    ? command.isExclusive
      ? pond.exclusively(reading)
      : reading
    : Effect.map(pond.transaction(work, { author, request }), ({ committed, value }) => ({
        report: value,
        txn: Option.getOrUndefined(Option.map(committed, ({ header }) => header.txn))
      }))
  const isAttention = (report: unknown): boolean => command.needsAttention(report)
  const done = yield* transacted.pipe(
    Effect.provide(services),
    Effect.onExit((exit) =>
      isNoted ? recordJob(places.local, { ...begun, exit, isAttention, countsOf: command.counts }) : Effect.void
    )
  )
  const needsAttention = isAttention(done.report)
  return { instance, factory, command, commandName, isDryRun, needsAttention, ...done } satisfies RunOutcome
})
