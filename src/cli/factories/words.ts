/**
 * Words that only a factory understands: what follows an instance or a type of factory on the command line.
 *
 * Which flags there are is known when the instance was looked up. So these words are set off by `--` before anything is parsed; the flags
 * that every command takes are still found among them, and go to the front.
 */

/** Commands that take words of a factory, after the word that names it. */
const COMMANDS = new Set(["run", "add"])

const BARE_GLOBALS = new Set(["--dry-run", "-n", "--json"])

const isPondFlag = (word: string): boolean => word === "--pond" || word.startsWith("--pond=")

/** Returns arguments in which the words of a factory come after `--`; others as they are. */
export const setOffFactoryWords = (given: ReadonlyArray<string>): ReadonlyArray<string> => {
  let at = 0
  while (at < given.length && given[at]!.startsWith("-") && given[at] !== "--") at += given[at] === "--pond" ? 2 : 1
  const command = given[at]
  if (command === undefined || !COMMANDS.has(command)) return given
  const globals: Array<string> = given.slice(0, at)
  const own: Array<string> = []
  const rest: Array<string> = []
  let isNamed = false
  for (at += 1; at < given.length; at++) {
    const word = given[at]!
    if (BARE_GLOBALS.has(word) || isPondFlag(word)) {
      // One whose value is missing is told as such by the parser.
      if (word === "--pond" && at + 1 === given.length) return given
      globals.push(word)
      if (word === "--pond") globals.push(given[++at]!)
    } else if (isNamed) rest.push(word)
    else {
      own.push(word)
      isNamed = !word.startsWith("-")
    }
  }
  return rest.length === 0 ? [...globals, command, ...own] : [...globals, command, ...own, "--", ...rest]
}
