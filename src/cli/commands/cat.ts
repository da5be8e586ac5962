/**
 * `pond cat`: its grammar and help. What it does is in `../files/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { atFlag } from "../at.ts"
import { operands } from "../grammar.ts"
import { ROW_FORMATS } from "./sql.ts"

const config = {
  paths: operands("PATH", "Files, series or tables, one after the other", true),
  version: Flag.Int("version").pipe(
    Flag.withDescription("An older version; of a series all bytes up to it"),
    Flag.withMetavar("N"),
    Flag.optional
  ),
  at: atFlag,
  range: Flag.String("range").pipe(
    Flag.withDescription("Only bytes A to B, both included, counted from 0; A- to the end, -N the last N"),
    Flag.withMetavar("A-B"),
    Flag.optional
  ),
  sql: Flag.String("sql").pipe(
    Flag.withDescription("Rows instead of bytes: a statement about the table source, which is the file or glob"),
    Flag.withMetavar("SQL"),
    Flag.optional
  ),
  format: Flag.Literals("format", ["raw", ...ROW_FORMATS] as const).pipe(
    Flag.withDescription("raw: the bytes as they are; anything else writes rows"),
    Flag.optional
  )
}

/** `pond cat`: the bytes of files. */
export const cat = Command.make("cat", config, (options) =>
  Effect.flatMap(
    Effect.promise(() => import("../files/cat.ts")),
    ({ run }) => run(options)
  )
).pipe(
  Command.withDescription("Write the bytes of files to standard output, each checked against its hash first."),
  Command.withExamples([
    { command: "pond cat /logs/app.log", description: "A whole file" },
    { command: "pond cat /logs/app.log --range=-1000", description: "Its last 1000 bytes" },
    { command: "pond cat /report.csv --sql 'SELECT * FROM source LIMIT 5'", description: "Rows of it" },
    { command: "pond cat /report.csv --version 1", description: "As it was first written" },
    { command: "pond cat /report.csv --at 2026-11-20", description: "As it was at the beginning of that day" }
  ])
)
