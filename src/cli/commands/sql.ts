/**
 * `pond sql`: its grammar and help. What it does is in `../query/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { atFlag } from "../at.ts"
import { toggle } from "../grammar.ts"

/** How rows are written: as text, and as what is not for a terminal. */
export const ROW_FORMATS = ["table", "json", "jsonl", "csv", "parquet", "arrow"] as const

const config = {
  query: Argument.String("SQL").pipe(
    Argument.withDescription("One statement that reads; paths and globs in quotes are tables")
  ),
  at: atFlag,
  attach: Flag.String("attach").pipe(
    Flag.withDescription(
      "Another pond for the statement, as other.\"/path\" or 'other:/path': its directory or URL, with @TXN or @TIME as it was then; NAME alone is a remote"
    ),
    Flag.withMetavar("NAME=URL"),
    Flag.atLeast(0)
  ),
  format: Flag.Literals("format", ROW_FORMATS).pipe(
    Flag.withDescription("How rows are written; by default as a table for people, with --json as JSON lines"),
    Flag.optional
  ),
  isPlotted: toggle(
    "plot",
    "Draw the last column of numbers: a bar for each row, or a sparkline where it is the only column"
  ),
  output: Flag.String("output").pipe(
    Flag.withDescription(
      "Write the rows into a file of this machine, whole or not at all; as CSV where no format is given"
    ),
    Flag.withMetavar("FILE"),
    Flag.optional
  ),
  badLines: Flag.Literals("bad-lines", ["strict", "skip", "quarantine"] as const).pipe(
    Flag.withDescription(
      "Lines that are no rows: fail, leave them out, or leave them out and keep them in pond.bad_lines"
    ),
    Flag.withDefault("quarantine" as const)
  ),
  onError: Flag.Literals("on-error", ["fail", "skip"] as const).pipe(
    Flag.withDescription("Files that cannot be read: fail, or answer without them and exit with 1"),
    Flag.withDefault("fail" as const)
  ),
  memory: Flag.Int("memory").pipe(
    Flag.withDescription("Memory for the query, in MB (sql.memory, 1024); beyond it goes to disk"),
    Flag.withMetavar("MB"),
    Flag.optional
  ),
  timeout: Flag.Int("timeout").pipe(
    Flag.withDescription("Stop the query after so many seconds"),
    Flag.withMetavar("SECONDS"),
    Flag.optional
  )
}

/** `pond sql`: questions about files. */
export const sql = Command.make("sql", config, (options) =>
  Effect.flatMap(
    Effect.promise(() => import("../query/sql.ts")),
    ({ run }) => run(options)
  )
).pipe(
  Command.withDescription("Ask questions of files, tables and logs in SQL. Reads only; see docs/query.md for formats."),
  Command.withExamples([
    { command: `pond sql "SELECT level, count(*) FROM '/logs/*.json' GROUP BY level"`, description: "Count by level" },
    {
      command: `pond sql --plot "SELECT hour(time), count(*) FROM '/logs/*.json' GROUP BY 1 ORDER BY 1"`,
      description: "Bars instead of numbers"
    },
    {
      command: `pond sql "FROM 'csv:///data/prices' LIMIT 5"`,
      description: "The first rows of a file without an ending"
    },
    { command: `pond sql "DESCRIBE '/logs/*.json'"`, description: "Which columns there are" },
    { command: `pond sql --at 2026-11-20 "FROM '/report.csv'"`, description: "As it was then" },
    {
      command: `pond sql --attach web2=s3://ponds/web2 "SELECT _source, count(*) FROM 'all:/logs/*.json' GROUP BY 1"`,
      description: "Of several ponds together"
    },
    {
      command: `pond sql --attach before=@12 "SELECT item, now.price FROM '/prices.csv' now ANTI JOIN 'before:/prices.csv' USING (item)"`,
      description: "What came since transaction 12"
    }
  ])
)
