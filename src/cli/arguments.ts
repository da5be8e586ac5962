/**
 * The arguments of this process as the caller gave them.
 *
 * Some things happen to them before they are parsed. Arguments that are not valid UTF-8, which `process.argv` has lost,
 * are recovered where the system shows them (Linux: `/proc/<pid>/cmdline`). A number written onto a short flag, as in
 * `-l64`, becomes `-l=64`, the form that the parser knows. A very long run of names is set off by `--`, and so are
 * words that only a factory understands, and statements that begin with a comment.
 */
import { readFileSync } from "node:fs"
import { setOffFactoryWords } from "./factories/words.ts"
import { nameForDisplay, nameFromBytes } from "./fileName.ts"

/**
 * Names the process whose command line holds the original bytes, when it is not this one: `bin/pond` sets it when it
 * starts another Node, because Node can pass arguments on only as text.
 */
const ORIGIN = "POND_ARGUMENTS_OF"

/**
 * Returns `given` with the arguments that hold U+FFFD replaced by their exact names from `commandLine`, the NUL-terminated
 * arguments of the process, of which `given` are the last; or `given` itself where the two do not agree.
 */
export const recoverNames = (given: ReadonlyArray<string>, commandLine: Uint8Array): ReadonlyArray<string> => {
  const exact: Array<string> = []
  for (let start = 0; start < commandLine.length;) {
    const end = commandLine.indexOf(0, start)
    exact.push(nameFromBytes(commandLine.subarray(start, end)))
    start = end + 1
  }
  const names = exact.slice(exact.length - given.length)
  const agree = names.length === given.length && names.every((name, index) => nameForDisplay(name) === given[index])
  return agree ? names : given
}

/** Returns the arguments before `--` with attached numbers set off: `-n5` becomes `-n=5`, `-cl64` becomes `-cl=64`. */
export const separateNumbers = (given: ReadonlyArray<string>): ReadonlyArray<string> => {
  const end = given.indexOf("--")
  return given.map((argument, index) =>
    end === -1 || index < end ? argument.replace(/^(-[A-Za-z]+)([0-9]+)$/, "$1=$2") : argument
  )
}

/** Names that the parser can take between flags; more than about 120,000 would overflow its stack. */
const MANY = 10_000

/** More words than any command has before its operands, and than any flag takes. */
const FEW = 8

/**
 * Returns the arguments with `--` before a long run of names at the end, as a shell's `*` gives it: what follows `--` is
 * taken by the parser as it is, however much it is.
 */
export const setOffNames = (given: ReadonlyArray<string>): ReadonlyArray<string> => {
  const names = given.length - 1 - given.findLastIndex((argument) => argument.startsWith("-"))
  if (names < MANY || given.includes("--")) return given
  const start = given.length - names + FEW
  return [...given.slice(0, start), "--", ...given.slice(start)]
}

/** Returns the arguments of `sql` with a statement that begins with a comment behind `--`: it is no flag. */
export const setOffComments = (given: ReadonlyArray<string>): ReadonlyArray<string> => {
  const at = given.findIndex((argument) => /^--\s/u.test(argument))
  const isStatement = at > 0 && given.indexOf("sql") >= 0 && given.indexOf("sql") < at && !given.includes("--")
  return isStatement ? [...given.slice(0, at), ...given.slice(at + 1), "--", given[at]!] : given
}

/** Returns the arguments with `help` and `version` at the beginning as the flags that they stand for: `help copy` is `copy --help`. */
export const wordsAsFlags = (given: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [first, ...rest] = given
  return first === "help" || first === "version" ? [...rest, `--${first}`] : given
}

/** Returns the arguments of this process, without the program's own, ready to be parsed. */
export const processArguments = (): ReadonlyArray<string> =>
  setOffNames(setOffComments(setOffFactoryWords(separateNumbers(wordsAsFlags(exactArguments())))))

/** Whether the arguments ask for JSON: that is needed before they are parsed, for what is wrong with them. */
export const asksForJson = (given: ReadonlyArray<string>): boolean => {
  const end = given.indexOf("--")
  return (end === -1 ? given : given.slice(0, end)).includes("--json")
}

const exactArguments = (): ReadonlyArray<string> => {
  const given = process.argv.slice(2)
  if (!given.some((argument) => argument.includes("\ufffd"))) return given
  try {
    return recoverNames(given, readFileSync(`/proc/${process.env[ORIGIN] ?? "self"}/cmdline`))
  } catch {
    // Not Linux: the lossy names are all there is, and opening them says so.
    return given
  }
}
