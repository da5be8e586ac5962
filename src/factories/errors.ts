/**
 * What can be wrong with instances of factories, and with running them.
 */
import { Schema } from "effect"
import { nearest } from "./nearest.ts"

/** What somebody may have meant, and all there is. */
const choices = (word: string, known: ReadonlyArray<string>): string => {
  const meant = nearest(word, known)
  const all = known.length === 0 ? "there is none yet" : `there is: ${known.join(", ")}`
  return meant === undefined ? all : `did you mean ${JSON.stringify(meant)}? ${all}`
}

const list = (problems: ReadonlyArray<Problem>): string =>
  problems.map(({ at, problem }) => (at === "" ? problem : `${at}: ${problem}`)).join("; ")

/** There is no factory of this type. */
export class FactoryUnknown extends Schema.TaggedError<FactoryUnknown>()("FactoryUnknown", {
  type: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return (
      `there is no factory of type ${JSON.stringify(this.type)} (${choices(this.type, this.known)}). Factories from packages are named in the ` +
      `configuration of this machine, under \`factories\``
    )
  }
}

/** No instance has this name. */
export class InstanceMissing extends Schema.TaggedError<InstanceMissing>()("InstanceMissing", {
  word: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return (
      `nothing to run is called ${JSON.stringify(this.word)} (${choices(this.word, this.known)}). Make it with \`pond add TYPE ${this.word} …\`, ` +
      `or give its path`
    )
  }
}

/** What lies there cannot be run. */
export class NotAnInstance extends Schema.TaggedError<NotAnInstance>()("NotAnInstance", {
  path: Schema.String,
  type: Schema.String
}) {
  override get message(): string {
    return `${JSON.stringify(this.path)} is a ${this.type}, not an instance of a factory: only those can be run`
  }
}

/** One thing that is wrong with a configuration or with flags; `at` is the path of the key, "" the whole. */
export const Problem = Schema.Struct({ at: Schema.String, problem: Schema.String })
/** One thing that is wrong with a configuration or with flags. */
export type Problem = typeof Problem.Type

/** A configuration is not what its factory needs. Nothing was written. */
export class ConfigInvalid extends Schema.TaggedError<ConfigInvalid>()("ConfigInvalid", {
  subject: Schema.String,
  problems: Schema.Array(Problem)
}) {
  override get message(): string {
    return `the configuration of ${this.subject} is not valid: ${list(this.problems)}`
  }
}

/** A configuration takes something from the environment that is not there. */
export class VariableUnset extends Schema.TaggedError<VariableUnset>()("VariableUnset", {
  subject: Schema.String,
  variable: Schema.String
}) {
  override get message(): string {
    return (
      `the configuration of ${this.subject} takes \${env:${this.variable}} from the environment, where it is not set. Set it, or give a ` +
      `default: \${env:${this.variable}:-value}`
    )
  }
}

/** A factory has no such command. */
export class CommandUnknown extends Schema.TaggedError<CommandUnknown>()("CommandUnknown", {
  type: Schema.String,
  command: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `${this.type} has no command ${JSON.stringify(this.command)} (${choices(this.command, this.known)})`
  }
}

/** A command was given flags that it does not take. Nothing was done. */
export class FlagsInvalid extends Schema.TaggedError<FlagsInvalid>()("FlagsInvalid", {
  type: Schema.String,
  command: Schema.String,
  problems: Schema.Array(Problem)
}) {
  override get message(): string {
    return `${this.type} ${this.command} cannot be run like this: ${list(this.problems)}`
  }
}

/** A command has nothing whose changes could make it run again. */
export class NotFollowable extends Schema.TaggedError<NotFollowable>()("NotFollowable", {
  type: Schema.String,
  command: Schema.String
}) {
  override get message(): string {
    return `${this.type} ${this.command} watches nothing, and cannot be followed: run it by hand or by a timer`
  }
}
