/**
 * Pieces that the grammars of commands are made of, where the parser's own would surprise.
 */
import { Effect } from "effect"
import { Argument, Flag } from "effect/cli"

/**
 * A flag that is on or off. Unlike a plain Boolean flag it never takes the next argument for its value (a file may be
 * called `yes` or `1`) and has no `--no-…` form.
 */
export const toggle = (name: string, description: string): Flag.Flag<boolean> =>
  Flag.Boolean(name).pipe(
    Flag.withOptionalValue("true"),
    Flag.withoutNegation,
    Flag.withDescription(description),
    Flag.withDefault(false)
  )

/**
 * All positional arguments, taken as they are. The parser's own repetition copies the remaining ones for each of them,
 * which takes seconds for the hundred thousand names that a shell's `*` can give. Whether one is needed is for the page of help: the command
 * itself says that it is missing.
 */
export const operands = (
  name: string,
  description: string,
  isNeeded = false
): Argument.Argument<ReadonlyArray<string>> => {
  const repeated = Argument.String(name).pipe(
    Argument.withDescription(description),
    Argument.withMetavar(""),
    Argument.variadic({ min: isNeeded ? 1 : 0 })
  )
  const parse: typeof repeated.parse = ({ arguments: given }) => Effect.succeed([[], given])
  return Object.assign(Object.create(repeated), { parse })
}
