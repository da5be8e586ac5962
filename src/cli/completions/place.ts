/**
 * Where somebody stands in a command line: which command it is, and what the next word can be.
 */
import type { Completions } from "effect/cli"

type Command = Completions.CommandDescriptor
type Flag = Completions.FlagDescriptor

/** What a word may name. */
export type Kind = "path" | "host" | "copy" | "instance" | "remote" | "factory" | "key" | "none"

/** Where a word stands. */
export interface Place {
  /** Names from the first command on: `["remote", "add"]`. */
  readonly path: ReadonlyArray<string>
  readonly command: Command
  /** The words given to the command that are no flags. */
  readonly operands: ReadonlyArray<string>
  /** The flag whose value comes next. */
  readonly flag: Flag | undefined
  /** After `--` nothing is a flag. */
  readonly isPlain: boolean
  /** What was given to `--pond`. */
  readonly pond: string | undefined
}

const text = (name: string, description: string): Flag => ({
  name,
  aliases: [],
  description,
  type: { _tag: "String" }
})

const truth = (name: string, alias: string, description: string): Flag => ({
  name,
  aliases: alias === "" ? [] : [alias],
  description,
  type: { _tag: "Boolean" }
})

/** The flags of every command. */
export const GLOBALS: ReadonlyArray<Flag> = [
  text("pond", "Where the pond is"),
  truth("dry-run", "n", "Tell what would be done, and change nothing"),
  truth("json", "", "Answer in JSON, for programs"),
  truth("help", "h", "Show the page of help"),
  truth("version", "V", "Show the version")
]

/** Flags whose values are names of something. */
const FLAG_KINDS: Readonly<Record<string, Kind>> = {
  pond: "host",
  "config-path": "host",
  suggest: "host",
  "strip-prefix": "path"
}

/** What arguments name, by command where one name means several things. */
const ARGUMENT_KINDS: Readonly<Record<string, Kind>> = {
  PATH: "path",
  GLOB: "path",
  TARGET: "path",
  A: "path",
  B: "path",
  "SRC... DST": "copy",
  FILE: "host",
  DIR: "host",
  TYPE: "factory",
  KEY: "key",
  "run NAME": "instance",
  "push NAME": "remote",
  "pull NAME": "remote",
  "verify NAME": "remote",
  "remote remove NAME": "remote"
}

const takesValue = ({ optionalValue, type }: Flag): boolean => type._tag !== "Boolean" && optionalValue !== true

/** The flag that a word begins or is, as in `--at`, `--at=3` or `-n`. */
export const flagOf = (flags: ReadonlyArray<Flag>, word: string): Flag | undefined => {
  const name = word.replace(/^--?/u, "").replace(/=.*$/su, "")
  return flags.find((flag) => (word.startsWith("--") ? flag.name === name : flag.aliases.includes(name)))
}

/** All flags that can be given at a place. */
export const flagsAt = ({ command }: Pick<Place, "command">): ReadonlyArray<Flag> => [
  ...command.flags,
  ...GLOBALS.filter(({ name }) => command.flags.every((own) => own.name !== name))
]

/** Follows the words after `pond` through the tree of commands. */
export const placeOf = (root: Command, words: ReadonlyArray<string>): Place => {
  let command = root
  let flag: Flag | undefined
  let isPlain = false
  let pond: string | undefined
  const path: Array<string> = []
  const operands: Array<string> = []
  for (const word of words) {
    if (flag !== undefined) {
      if (flag.name === "pond") pond = word
      flag = undefined
    } else if (!isPlain && word === "--") isPlain = true
    else if (!isPlain && word.startsWith("-") && word !== "-") {
      const found = flagOf(flagsAt({ command }), word)
      if (found?.name === "pond" && word.includes("=")) pond = word.slice(word.indexOf("=") + 1)
      if (found !== undefined && takesValue(found) && !word.includes("=")) flag = found
    } else {
      const next = operands.length === 0 ? command.subcommands.find(({ name }) => name === word) : undefined
      if (next === undefined) operands.push(word)
      else {
        command = next
        path.push(word)
      }
    }
  }
  return { path, command, operands, flag, isPlain, pond }
}

/** What the value of a flag names. */
export const kindOfFlag = ({ name }: Flag): Kind => FLAG_KINDS[name] ?? "none"

/** The argument that comes next at a place, if one can. */
export const argumentAt = ({ command, operands }: Place): Completions.ArgumentDescriptor | undefined => {
  const last = command.arguments.at(-1)
  return command.arguments[operands.length] ?? (last?.variadic === true ? last : undefined)
}

/** What an argument of a place names. */
export const kindOfArgument = ({ path }: Place, name: string): Kind =>
  ARGUMENT_KINDS[`${path.join(" ")} ${name}`] ?? ARGUMENT_KINDS[name] ?? "none"
