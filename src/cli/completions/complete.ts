/**
 * What can come next on a command line: the helper that the scripts of the shells ask. It never fails, and says nothing but that.
 *
 * Its first line says what to do with the others: `files` (complete files of the machine instead), `nospace` or `space` (whether a word is
 * complete when there is one left).
 */
import { Effect } from "effect"
import { Completions } from "effect/cli"
import { CommandTree } from "../commands/completions.ts"
import { SETTING_KEYS } from "../config/settings.ts"
import { configuredFactories } from "../factories/registry.ts"
import { Output } from "../output.ts"
import { placeFor, Session } from "../session.ts"
import { quotedFor, splitLine } from "./line.ts"
import { type Candidate, hostPathsOf, instancesOf, keysOf, pathsOf, typesOf, wordsOf } from "./named.ts"
import { argumentAt, flagOf, flagsAt, type Kind, kindOfArgument, kindOfFlag, type Place, placeOf } from "./place.ts"

/** Files of the machine, which the shell itself completes best. */
type Files = "files"

const HOST = "host:"

const readerAt = Effect.fnUntraced(function* ({ pond }: Place) {
  const session = yield* Session
  const url = pond === undefined ? session.url : placeFor(pond, process.cwd())
  const { openPlaces, placesOf } = yield* Effect.promise(() => import("../../tlogfs/places.ts"))
  return yield* (yield* openPlaces(yield* placesOf(url, true))).head
})

const factoriesHere = Effect.flatMap(Session, ({ configured }) => configuredFactories(configured))

/** Words of a kind that begin with what is typed, perhaps among others. */
const ofKind = Effect.fnUntraced(function* (kind: Kind, place: Place, typed: string, prefix = "") {
  if (kind === "none") return []
  if (kind === "host") return prefix === "" ? ("files" satisfies Files) : hostPathsOf(prefix, typed)
  if (kind === "copy" && typed.startsWith(HOST)) return hostPathsOf(HOST, typed.slice(HOST.length))
  if (kind === "key") return SETTING_KEYS.map((word): Candidate => ({ word, description: "" }))
  if (kind === "factory") return typesOf(yield* factoriesHere)
  const reader = yield* readerAt(place)
  if (kind === "instance") return yield* instancesOf(reader)
  if (kind === "remote") return yield* instancesOf(reader, "remote")
  const paths = yield* pathsOf(reader, typed)
  const inPond = paths.map(({ description, word }) => ({ word: `${prefix}${word}`, description }))
  return kind === "copy" ? [...inPond, { word: HOST, description: "this machine" }] : inPond
})

/** Flags of a factory, and its commands, where the words belong to one. */
const ofFactory = Effect.fnUntraced(function* (place: Place) {
  const [name, command] = place.operands
  const nothing = { commands: [] as ReadonlyArray<Candidate>, flags: [] as ReadonlyArray<Candidate> }
  if (name === undefined) return nothing
  if (place.path[0] === "add") return { commands: [], flags: yield* keysOf(yield* factoriesHere, name) }
  if (place.path[0] !== "run") return nothing
  const words = yield* wordsOf(yield* factoriesHere, yield* readerAt(place), name, command)
  return { commands: command === undefined ? words.commands : [], flags: words.flags }
})

const choicesOf = (type: Completions.FlagType): ReadonlyArray<Candidate> =>
  type._tag === "Choice" ? type.values.map((word) => ({ word, description: "" })) : []

const ofFlagValue = Effect.fnUntraced(function* (
  place: Place,
  flag: Completions.FlagDescriptor,
  typed: string,
  prefix: string
) {
  const choices = choicesOf(flag.type).map(({ word }) => ({ word: `${prefix}${word}`, description: "" }))
  return choices.length > 0 ? choices : yield* ofKind(kindOfFlag(flag), place, typed, prefix)
})

/** Everything that can come next; more than what begins like the word that is typed. */
const candidatesFor = Effect.fnUntraced(function* (place: Place, current: string) {
  if (place.flag !== undefined) return yield* ofFlagValue(place, place.flag, current, "")
  const isFlag = !place.isPlain && current.startsWith("-")
  const equals = isFlag ? current.indexOf("=") + 1 : 0
  if (equals > 0) {
    const flag = flagOf(flagsAt(place), current)
    return flag === undefined ? [] : yield* ofFlagValue(place, flag, current.slice(equals), current.slice(0, equals))
  }
  if (isFlag) {
    const own = yield* Effect.orElseSucceed(ofFactory(place), () => ({ flags: [] }))
    const known = flagsAt(place).map(({ description = "", name }) => ({ word: `--${name}`, description }))
    return [...own.flags, ...known]
  }
  if (place.operands.length === 0 && place.command.subcommands.length > 0) {
    return place.command.subcommands.map(({ description = "", name }) => ({ word: name, description }))
  }
  const argument = argumentAt(place)
  if (argument === undefined) return []
  if (argument.type._tag === "Choice") return argument.type.values.map((word) => ({ word, description: "" }))
  if (place.operands.length > 0 && (place.path[0] === "run" || place.path[0] === "add")) {
    return (yield* ofFactory(place)).commands
  }
  return yield* ofKind(kindOfArgument(place, argument.name), place, current)
})

/** A line holds one word: names that would break it, or the terminal, are left out. */
const isPlain = ({ word }: Candidate): boolean => !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(word)

const firstSentence = (text: string): string => text.replace(/[.:] .*$/su, "").replaceAll(/\s+/gu, " ")

const WRITTEN: Readonly<Record<string, (candidate: Candidate) => string>> = {
  zsh: ({ description, word }) => `${word.replaceAll(/[\\:]/gu, "\\$&")}:${firstSentence(description)}`,
  fish: ({ description, word }) => `${word}\t${firstSentence(description)}`
}

/**
 * Prints what can come next. Bash gives its line up to the cursor and the piece of it that it replaces, the others the words after `pond`
 * up to the cursor.
 */
export const complete = Effect.fn("pond.complete")(function* (shell: string, given: ReadonlyArray<string>) {
  const line = shell === "bash" ? splitLine(given[0] ?? "") : undefined
  const current = line?.current ?? given.at(-1) ?? ""
  const words = line === undefined ? given.slice(0, -1) : line.words.slice(1)
  const place = placeOf(Completions.fromCommand(yield* CommandTree), words)
  const all = yield* candidatesFor(place, current)
  const { data } = yield* Output
  if (all === "files") return yield* data("files\n")
  const found = all.filter((candidate) => isPlain(candidate) && candidate.word.startsWith(current))
  const isOpen = found.some(({ word }) => /[/=:]$/u.test(word))
  // Bash replaces what comes after the last `:` or `=`, as it splits words there.
  const piece = line === undefined ? "" : splitLine(`${line.quote}${given[1] ?? ""}`).current
  const keptLength = current.endsWith(piece) ? current.length - piece.length : 0
  const write =
    line === undefined ? WRITTEN[shell] : ({ word }: Candidate) => quotedFor(line.quote, word.slice(keptLength))
  if (write === undefined) return
  yield* data([isOpen ? "nospace" : "space", ...found.map(write)].map((text) => `${text}\n`).join(""))
})
