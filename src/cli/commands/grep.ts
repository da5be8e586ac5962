/**
 * `pond grep`: its grammar and help. What it does is in `../grep/`, loaded when it runs.
 */
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { atFlag } from "../at.ts"
import { operands, toggle } from "../grammar.ts"

const lines = (name: string, alias: string, description: string) =>
  Flag.Int(name).pipe(
    Flag.withAlias(alias),
    Flag.withDescription(description),
    Flag.withMetavar("N"),
    Flag.filter(
      (count) => count >= 0,
      (count) => `a number of lines cannot be ${count}`
    ),
    Flag.optional
  )

const moment = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.withMetavar("AGE|TIME"), Flag.optional)

const config = {
  pattern: Argument.String("PATTERN").pipe(Argument.withDescription("A regular expression, as in JavaScript")),
  globs: operands("GLOB", "Files, directories, or paths with * ? [a-z] {a,b} and **; everything when left out"),
  since: moment("since", "Only lines of this time or later: 90m, 2d, 2026-11-21, 2026-11-21T08:00"),
  until: moment("until", "Only lines of this time or earlier"),
  ignoresCase: toggle("ignore-case", "Small and capital letters are the same").pipe(Flag.withAlias("i")),
  isText: toggle("fixed-strings", "PATTERN is a text, not an expression").pipe(Flag.withAlias("F")),
  isInverted: toggle("invert-match", "The lines that do not match").pipe(Flag.withAlias("v")),
  isCount: toggle("count", "How many lines of each file, not the lines").pipe(Flag.withAlias("c")),
  isNames: toggle("files-with-matches", "Names of files with such lines, not the lines").pipe(Flag.withAlias("l")),
  isNumbered: toggle("line-number", "The number of each line before it").pipe(Flag.withAlias("n")),
  max: lines("max-count", "m", "At most so many lines of each file"),
  after: lines("after-context", "A", "Lines after each, too"),
  before: lines("before-context", "B", "Lines before each, too"),
  context: lines("context", "C", "Lines before and after each, too"),
  at: atFlag
}

/** `pond grep`: lines that match, in the order of time. */
export const grep = Command.make("grep", config, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("../grep/run.ts")),
    ({ run }) => {
      const beside = (own: Option.Option<number>): number =>
        Option.getOrElse(own, () => Option.getOrElse(given.context, () => 0))
      return run({
        ...given,
        globs: given.globs.length === 0 ? ["/**"] : given.globs,
        query: {
          isText: given.isText,
          ignoresCase: given.ignoresCase,
          isInverted: given.isInverted,
          before: beside(given.before),
          after: beside(given.after)
        },
        shows: given.isNames ? "names" : given.isCount ? "count" : "lines"
      })
    }
  )
).pipe(
  Command.withDescription(
    "Print the lines of files that match a pattern, file by file in the order of time: of a log that rotates the oldest archive first, the file " +
      "that grows last. Archives that end in .gz or .zst are looked into. The time of a line is its own where a mirror has a `timestamp_field`, " +
      "otherwise when it came into the pond; versions of another time are not even read. Ends with 1 when nothing was found."
  ),
  Command.withShortDescription("Print the lines of files that match a pattern."),
  Command.withExamples([
    { command: "pond grep ERROR '/logs/**'", description: "Errors of all logs, rotated ones too" },
    { command: "pond grep -i timeout /logs/app --since 2d", description: "Of the last two days, in a directory" },
    { command: "pond grep -c 'status=5\\d\\d' '/logs/web/*'", description: "How many in each file" },
    { command: "pond grep -n -C 2 panic /logs/app/app.log", description: "With numbers, and two lines around each" }
  ])
)
