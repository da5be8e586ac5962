/**
 * How a command can end, and the exit code of each: 0 done, 1 failed, 2 wrong usage, 3 done but
 * something needs attention, 128 + n ended by signal n.
 */
import { Cause, Exit, Option, Runtime, Schema } from "effect"
import { CliError } from "effect/cli"
import { escapeControls } from "./fileName.ts"
import { OutputClosed, OutputFailed } from "./output.ts"

/** The exit codes of `pond`. */
export const ExitCode = { done: 0, failed: 1, wrongUsage: 2, needsAttention: 3 } as const

/** The command was called in a way that cannot work; nothing was done. */
export class WrongUsage extends Schema.TaggedError<WrongUsage>()("WrongUsage", {
  /** What is wrong and what to write instead. */
  problem: Schema.String,
  /** The command, as in `pond b3sum`. */
  command: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.wrongUsage
  override get message(): string {
    return `${this.problem}; see \`${this.command} --help\``
  }
}

/** The command did what it could; what failed was said when it happened. */
export class PartlyFailed extends Schema.TaggedError<PartlyFailed>()("PartlyFailed", { failures: Schema.Int }) {
  override readonly [Runtime.errorReported] = false
  override get message(): string {
    return `${this.failures} inputs failed`
  }
}

/** What was asked for was done, and something in its report needs a person. */
export class NeedsAttention extends Schema.TaggedError<NeedsAttention>()("NeedsAttention", { what: Schema.String }) {
  override readonly [Runtime.errorExitCode] = ExitCode.needsAttention
  override readonly [Runtime.errorReported] = false
  override get message(): string {
    return `${this.what} needs attention`
  }
}

/** What was wrong with the words of a factory was shown already. */
export class UsageShown extends Schema.TaggedError<UsageShown>()("UsageShown", {}) {
  override readonly [Runtime.errorExitCode] = ExitCode.wrongUsage
  override readonly [Runtime.errorReported] = false
  override get message(): string {
    return "wrong usage"
  }
}

/** What `main` does with the end of a command: the exit code, and what is left to say. */
export interface Ending {
  readonly code: number
  readonly say: Option.Option<string>
}

/** The error that a command ended with, if it is one that is to be told. */
export const toldError = <A, E>(exit: Exit.Exit<A, E>): Error | undefined => {
  if (Exit.isSuccess(exit) || Cause.hasDies(exit.cause)) return undefined
  const error = Cause.squash(exit.cause)
  return error instanceof Error && Runtime.getErrorReported(error) ? error : undefined
}

/**
 * Decides how the process ends.
 *
 * A closed pipe is success. Expected errors become one line, `message` where it is given; a defect, which is a bug of Pond, keeps its
 * stack. `signal` is the number of the signal that interrupted the command, if one did. With `isJson` an expected error is one JSON document.
 */
export const endingOf = <A, E>(
  exit: Exit.Exit<A, E>,
  signal: number | undefined,
  isJson = false,
  message?: string
): Ending => {
  if (Exit.isSuccess(exit)) return silently(ExitCode.done)
  if (signal !== undefined) return silently(SIGNALLED + signal)
  const error = Cause.squash(exit.cause)
  if (error instanceof OutputClosed) return silently(ExitCode.done)
  // The usage page or the problem was shown where it was found.
  if (CliError.isCliError(error)) return silently(ExitCode.wrongUsage)
  const code = Runtime.getErrorExitCode(error)
  if (!Runtime.getErrorReported(error)) return silently(code)
  const expected = error instanceof OutputFailed || !Cause.hasDies(exit.cause)
  if (expected && isJson && error instanceof Error)
    return { code, say: Option.some(`${errorDocument(error, message)}\n`) }
  const say =
    expected && error instanceof Error ? `pond: ${escapeControls(message ?? error.message)}` : bugReport(exit.cause)
  return { code, say: Option.some(`${say}\n`) }
}

/** What is not a field of an error, or not for programs. */
const NOT_FIELDS: ReadonlySet<string> = new Set(["_tag", "name", "message", "stack", "cause"])

/** An error as programs read it: `{"error":{"tag","message", …its fields}}`. */
export const errorDocument = (error: Error, message = error.message): string => {
  const tag = "_tag" in error ? String(error._tag) : error.name
  // Keys that begin with ~ are Effect's own.
  const fields = Object.entries(error).filter(([key]) => !NOT_FIELDS.has(key) && !key.startsWith("~"))
  return JSON.stringify({ error: { tag, message, ...Object.fromEntries(fields) } })
}

/** Exit codes of interrupted commands are this plus the signal's number. */
const SIGNALLED = 128

const silently = (code: number): Ending => ({ code, say: Option.none() })

const bugReport = <E>(cause: Cause.Cause<E>): string =>
  `pond: internal error, a bug in pond: please report it with what follows\n${Cause.pretty(cause)}`
