/**
 * Making instances from the command line: flags are made from the Schema of the factory's configuration.
 */
import { Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { runWords } from "./words-run.ts"
import type { Factory } from "../../factories/contract.ts"
import { ETC_DIRECTORY, putInstance } from "../../factories/instance.ts"
import { HostFiles } from "../../factories/host/files.ts"
import { Factories } from "../../factories/registry.ts"
import { AlreadyExists, Transaction } from "../../tinyfs/index.ts"
import { shellWord } from "../advice.ts"
import { WrongUsage } from "../failure.ts"
import { Output } from "../output.ts"
import { present } from "../present.ts"
import { factoriesLayer } from "./registry.ts"
import { Session } from "../session.ts"
import { suggest } from "../suggest.ts"
import { fieldsOf, flagOf, valuesOf } from "./fields.ts"

/** What `pond add --json` and `pond mknod --json` print. */
export const InstanceReport = Schema.Struct({ path: Schema.String, type: Schema.String, config: Schema.String })

/** A configuration as YAML: each key on a line, its value in JSON, which is YAML too. */
const yamlOf = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join("")

const pathOf = (instance: string): string => (instance.includes("/") ? instance : `${ETC_DIRECTORY}/${instance}`)

/** Writes an instance and tells so. An existing one is replaced only when that is wanted. */
export const write = Effect.fnUntraced(function* (given: {
  readonly command: string
  readonly type: string
  readonly instance: string
  readonly yaml: string
  readonly isReplacing: boolean
}) {
  const { command, instance, isReplacing, type, yaml } = given
  const { isDryRun, transaction } = yield* Session
  const path = pathOf(instance)
  yield* transaction(
    { command, paths: [type, path], ...(isReplacing ? { overwrite: true } : {}) },
    Effect.gen(function* () {
      const open = yield* Transaction
      if (!isReplacing && Option.isSome(yield* open.find(path))) return yield* new AlreadyExists({ path })
      return yield* putInstance(open, { type, path, config: new TextEncoder().encode(yaml) })
    })
  )
  yield* present(InstanceReport, { path, type, config: yaml }, () => [`Made ${path}`])
  if (!isDryRun)
    yield* suggest({
      [`pond run ${shellWord(instance)} --dry-run`]: "see what it will do",
      [`pond run ${shellWord(instance)}`]: "do it"
    })
})

/** How instances of a factory are made, and what comes next. */
const examplesOf = ({ example, suggest }: Factory, type: string) => [
  ...(suggest === undefined
    ? []
    : [{ command: `pond add ${type} --suggest /var/log`, description: "Ready lines for what is in a directory" }]),
  ...(example === undefined ? [] : [{ command: `pond add ${type} ${example}`, description: "An instance" }]),
  { command: `pond run ${example?.split(" ")[0] ?? "NAME"} --dry-run`, description: "Then: see what it will do" }
]

const treeOf = (factory: Factory, type: string, instance: Option.Option<string>) => {
  const fields = fieldsOf(factory.config.fields)
  const flags = Object.fromEntries(fields.map((field) => [field.path.join("."), flagOf(field)] as const))
  const name = `pond add ${type} ${Option.getOrElse(instance, () => "NAME")}`
  return Command.make(name, flags, (given) =>
    Effect.gen(function* () {
      if (Option.isNone(instance)) {
        return yield* new WrongUsage({ problem: "NAME is missing", command: `pond add ${type}` })
      }
      const yaml = yamlOf(valuesOf(fields, given))
      yield* write({ command: "add", type, instance: instance.value, yaml, isReplacing: false })
    })
  ).pipe(Command.withDescription(factory.description), Command.withExamples(examplesOf(factory, type)))
}

/** What `pond add TYPE --suggest DIR --json` prints. */
export const Suggestions = Schema.Struct({ directory: Schema.String, lines: Schema.Array(Schema.String) })

/** The command that looks at a directory of the host and makes nothing. */
const suggestTree = (type: string, suggest: NonNullable<Factory["suggest"]>) => {
  const directory = Flag.String("suggest").pipe(
    Flag.withDescription("Directory of the host to look at"),
    Flag.withMetavar("DIR")
  )
  return Command.make(`pond add ${type}`, { directory }, ({ directory }) =>
    Effect.gen(function* () {
      const { message } = yield* Output
      const lines = yield* Effect.provide(suggest(directory), HostFiles.layer)
      yield* present(Suggestions, { directory, lines }, () => lines)
      if (lines.length === 0) {
        yield* message(
          `nothing in ${directory} was rotated, as far as names tell; name what you want: \`pond add ${type} --help\` has an example`
        )
      }
    })
  )
}

const isSuggesting = (words: ReadonlyArray<string>): boolean =>
  words.some((word) => word === "--suggest" || word.startsWith("--suggest="))

/** Makes an instance of a type out of the words after it: its name, then flags. */
export const add = (type: string, words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const [first] = words
    const instance = first === undefined || first.startsWith("-") ? Option.none<string>() : Option.some(first)
    const factory = yield* (yield* Factories).find(type)
    if (isSuggesting(words) && factory.suggest !== undefined) {
      return yield* runWords(suggestTree(type, factory.suggest), words)
    }
    return yield* runWords(treeOf(factory, type, instance), Option.isSome(instance) ? words.slice(1) : words)
  }).pipe(Effect.provide(factoriesLayer))
