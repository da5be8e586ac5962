/**
 * What a factory is: a value with a type, a Schema of its configuration, and commands.
 *
 * A command works inside one open transaction and with the services of this module, and cannot tell a dry run from a real one (R8). What it
 * returns is its report: text and JSON are made from that one value.
 */
import { type Effect, Schema } from "effect"
import type { Transaction } from "../tinyfs/index.ts"
import type { Cache } from "./cache.ts"
import type { HostFiles } from "./host/files.ts"
import { type Decoded, decodeStrictly } from "./strict.ts"
import type { Questions } from "./questions.ts"
import type { Stores } from "./stores.ts"

/** The version of this contract: factories that were made for another one are not run. */
export const CONTRACT = 1

/** What commands of factories may ask for. */
export type FactoryServices = Transaction | HostFiles | Cache | Stores | Questions

/** An expected failure of a command: a tagged error whose message says what, where, why and what to do. */
export type FactoryFailure = Error & { readonly _tag: string }

/** The node that a command runs for. */
export interface Instance {
  /** Its label in reports: the `name` of its configuration, or that of the node. */
  readonly name: string
  readonly path: string
}

/** What a command is run with. */
export interface Invocation<Config, Flags> {
  /** The configuration, decoded, with what it takes from the environment. */
  readonly config: Config
  readonly flags: Flags
  readonly instance: Instance
}

/** One command of a factory. */
export interface CommandDefinition<Config, Fields extends Schema.Struct.Fields, Report, EncodedReport> {
  readonly description: string
  /** What may be said when it is run; each field has a description. Optional fields are optional flags. */
  readonly flags: Fields
  /** Fields that are given as bare words, in this order. */
  readonly operands?: ReadonlyArray<keyof Fields & string>
  /** It makes no transaction, and no lock is taken. */
  readonly isReading?: boolean
  /** One that is reading changes the pond by other means, as pulling does: the writers' lock is held while it runs. */
  readonly isExclusive?: boolean
  /** Its runs are noted in the job history although it is reading. */
  readonly isNoted?: boolean
  readonly report: Schema.Codec<Report, EncodedReport>
  readonly run: (
    invocation: Invocation<Config, Schema.Struct.Type<Fields>>
  ) => Effect.Effect<Report, FactoryFailure, FactoryServices>
  /** The report as lines for people. */
  readonly lines: (report: Report) => ReadonlyArray<string>
  /** Whether a person has to look at something: exit code 3. */
  readonly needsAttention?: (report: Report) => boolean
  /** How many inputs came to what, as the job history keeps it. */
  readonly counts?: (report: Report) => Readonly<Record<string, number>>
  /** Directories of the host whose changes make it run again when it is told to follow. */
  readonly watches?: (config: Config) => ReadonlyArray<string>
}

/** A kind of executable node. */
export interface FactoryDefinition<Config, EncodedConfig> {
  readonly type: string
  /** Other names of the type, under which configurations may have been written. */
  readonly aliases?: ReadonlyArray<string>
  readonly description: string
  /** Fields may be annotated `secret: true`: such a field takes a reference to the environment and nothing else. */
  readonly config: Schema.Codec<Config, EncodedConfig> & { readonly fields: Schema.Struct.Fields }
  /** A name and flags that make an instance, as they follow `pond add TYPE`. */
  readonly example?: string
  /** The command of a run that names none. */
  readonly bare: string
  /** What is wrong with a configuration beside those of the other instances of the same type; nothing when it is fine. */
  readonly problemAmong?: (
    config: Config,
    others: ReadonlyArray<{ readonly path: string; readonly config: Config }>,
    path: string
  ) => string | undefined
  /** Looks at a directory of the host, and gives lines that would make instances for what is there. */
  readonly suggest?: (directory: string) => Effect.Effect<ReadonlyArray<string>, FactoryFailure, HostFiles>
}

/** One command as the framework sees it: types are checked where it is defined, values where they enter. */
export interface FactoryCommand extends Omit<
  CommandDefinition<unknown, Schema.Struct.Fields, unknown, unknown>,
  "run" | "operands"
> {
  readonly operands: ReadonlyArray<string>
  readonly isReading: boolean
  readonly isExclusive: boolean
  readonly isNoted: boolean
  readonly run: (invocation: Invocation<unknown, unknown>) => Effect.Effect<unknown, FactoryFailure, FactoryServices>
  readonly needsAttention: (report: unknown) => boolean
  readonly decodeFlags: (flags: unknown) => Decoded
  readonly encodeReport: (report: unknown) => unknown
}

/** A factory as the framework sees it. */
export interface Factory extends Omit<FactoryDefinition<unknown, unknown>, "aliases"> {
  readonly aliases: ReadonlyArray<string>
  readonly contract: number
  readonly decodeConfig: (config: unknown) => Decoded
  readonly commands: Readonly<Record<string, FactoryCommand>>
}

/**
 * Defines a command of a factory with this configuration.
 *
 * Values are decoded and encoded here, where the Schemas come from: a package may bring a copy of `effect` of its own, and Schemas of one
 * copy are not understood by another.
 */
export const defineCommand =
  <Config>() =>
  <Fields extends Schema.Struct.Fields, Report, EncodedReport>(
    definition: CommandDefinition<Config, Fields, Report, EncodedReport>
  ): FactoryCommand => {
    const { flags, report } = definition
    const command = {
      operands: [],
      isReading: false,
      isExclusive: false,
      isNoted: false,
      needsAttention: () => false,
      ...definition,
      decodeFlags: (given: unknown) => decodeStrictly(Schema.Struct(flags), flags, given),
      encodeReport: (given: unknown) => Schema.encodeUnknownSync(report)(given)
    }
    return command as unknown as FactoryCommand
  }

/** Defines a factory. */
export const defineFactory = <Config, EncodedConfig>(
  definition: FactoryDefinition<Config, EncodedConfig>,
  commands: Readonly<Record<string, FactoryCommand>>
): Factory => {
  const { config } = definition
  const decodeConfig = (given: unknown) => decodeStrictly(config, config.fields, given)
  return { aliases: [], ...definition, contract: CONTRACT, decodeConfig, commands } as unknown as Factory
}

/** The fields of a field that is a struct itself, also an optional one. */
export const innerFields = (field: Schema.Struct.Fields[string]): Schema.Struct.Fields | undefined => {
  const { fields, schema } = field as {
    readonly fields?: Schema.Struct.Fields
    readonly schema?: { readonly fields?: Schema.Struct.Fields }
  }
  return field.ast._tag === "Objects" ? (fields ?? schema?.fields) : undefined
}
