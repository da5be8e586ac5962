/**
 * Running a command of an instance: one run is one transaction, and one that changes nothing makes none.
 */
import { Clock, Context, Effect, Layer, Option, Schema } from "effect"
import type { Places } from "../tlogfs/places.ts"
import type { PondInterface } from "../tlogfs/pond.ts"
import { Cache, cacheIn } from "./cache.ts"
import { type Environment, readConfig } from "./config.ts"
import type { Factory, FactoryCommand } from "./contract.ts"
import { CommandUnknown } from "./errors.ts"
import { HostFiles } from "./host/files.ts"
import { findInstance, type FoundInstance } from "./instance.ts"
import { recordJob } from "./jobs.ts"
import { Factories } from "./registry.ts"

/** Where commands of factories run. */
export class Workplace extends Context.Service<
  Workplace,
  {
    readonly pond: PondInterface
    readonly places: Pick<Places, "control" | "local">
    readonly isDryRun: boolean
    /** Who runs them, as the history shall name them. */
    readonly author: string
    readonly environment: Environment
  }
>()("pond/factories/Workplace") {}

/** What is to be run. */
export interface RunRequest {
  /** A bare name, or a path. */
  readonly instance: string
  readonly command?: string | undefined
  /** Values of the command's flags, by the names of its fields, as they are encoded. */
  readonly flags?: Readonly<Record<string, unknown>> | undefined
}

/** What came of a run: the envelope that every report is put into. */
export interface RunOutcome {
  readonly instance: FoundInstance
  readonly factory: Factory
  readonly command: FactoryCommand
  readonly commandName: string
  readonly isDryRun: boolean
  /** The transaction that it made, if it made one. */
  readonly txn: number | undefined
  readonly report: unknown
  readonly needsAttention: boolean
}

/** The report as programs read it: the envelope, then what the factory says. */
export const encodeOutcome = ({ command, commandName, factory, instance, isDryRun, report, txn }: RunOutcome) =>
  Effect.map(Effect.orDie(Schema.encodeUnknownEffect(command.report)(report)), (encoded) => ({
    factory: factory.type,
    instance: instance.path,
    command: commandName,
    dryRun: isDryRun,
    committed: txn !== undefined,
    // In a dry run a number would be a guess.
    txn: isDryRun ? null : (txn ?? null),
    ...(encoded as object)
  }))

/** The command of a factory by its name; without one its bare command. */
export const commandOf = (factory: Factory, name = factory.bare): Effect.Effect<FactoryCommand, CommandUnknown> => {
  const command = Object.hasOwn(factory.commands, name) ? factory.commands[name] : undefined
  const known = Object.keys(factory.commands)
  return command === undefined
    ? Effect.fail(new CommandUnknown({ type: factory.type, command: name, known }))
    : Effect.succeed(command)
}

/** Flags are plain data: their Schemas ask for no services. */
const decodeFlags = (command: FactoryCommand, flags: Readonly<Record<string, unknown>>) =>
  Schema.decodeUnknownEffect(Schema.Struct(command.flags) as unknown as Schema.Codec<unknown>)(flags, {
    errors: "all",
    onExcessProperty: "error"
  })

/** Runs a command of an instance in a transaction of its own. */
export const runInstance = Effect.fn("factories.run")(function* ({
  command: given,
  flags = {},
  instance: word
}: RunRequest) {
  const { author, environment, isDryRun, places, pond } = yield* Workplace
  const instance = yield* findInstance(yield* pond.head, word)
  const factory = yield* (yield* Factories).find(instance.node.factory)
  const commandName = given ?? factory.bare
  const command = yield* commandOf(factory, given)
  const decodedFlags = yield* decodeFlags(command, flags)
  const config = yield* readConfig(factory, instance.path, instance.node.config, environment)
  const label = (config as { readonly name?: unknown }).name
  const name = typeof label === "string" ? label : instance.node.name
  const work = Effect.suspend(() =>
    command.run({ config, flags: decodedFlags, instance: { name, path: instance.path } })
  )
  const services = Layer.mergeAll(Layer.succeed(Cache, cacheIn(places.control)), HostFiles.layer)
  const request = JSON.stringify({ command: "run", instance: instance.path, action: commandName })
  const beganMs = yield* Clock.currentTimeMillis
  const transacted = command.isReading
    ? Effect.map(pond.reading(work), (report) => ({ report, txn: undefined }))
    : Effect.map(pond.transaction(work, { author, request }), ({ committed, value }) => ({
        report: value,
        txn: Option.getOrUndefined(Option.map(committed, ({ header }) => header.txn))
      }))
  const done = transacted.pipe(Effect.provide(services))
  const outcome = yield* Effect.onExit(done, (exit) =>
    command.isReading
      ? Effect.void
      : recordJob(places.local, {
          instance: instance.path,
          command: commandName,
          beganMs,
          exit,
          isAttention: (report) => command.needsAttention(report)
        })
  )
  return {
    instance,
    factory,
    command,
    commandName,
    isDryRun,
    ...outcome,
    needsAttention: command.needsAttention(outcome.report)
  } satisfies RunOutcome
})
