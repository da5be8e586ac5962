/**
 * What `pond sql` does.
 */
import { Effect, Option } from "effect"
import { constants } from "node:fs"
import { access, mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { queryOver } from "../../query/query.ts"
import type { Note } from "../../query/tables.ts"
import { stateAt } from "../at.ts"
import { PartlyFailed } from "../failure.ts"
import { Output } from "../output.ts"
import { Session } from "../session.ts"
import { formatCount } from "../text/units.ts"
import { type RowFormat, writeRows } from "./write.ts"

/** Whether files can be made in a directory, which need not exist yet. */
const isWritable = (directory: string) =>
  Effect.promise(() =>
    mkdir(directory, { recursive: true })
      .then(() => access(directory, constants.W_OK))
      .then(
        () => true,
        () => false
      )
  )

/** Where queries keep what they parsed: beside the pond, or in a directory that goes with the query. */
const cacheDirectory = Effect.gen(function* () {
  const { cacheDirectory: control } = yield* (yield* Session).places
  if (control !== undefined && (yield* isWritable(control))) return join(control, "query")
  return yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "pond-query-"))),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
  )
})

const noteText = (note: Note): string => {
  switch (note.kind) {
    case "bad-lines":
      return `${note.path}: ${formatCount(note.count, "bad line")} left out, the first is line ${note.line}: ${note.reason}`
    case "unreadable":
      return `${note.path}: left out: ${note.reason}`
    case "unfinished":
      return `${note.path}: its last line has no end yet and is left for the next time (${formatCount(note.bytes, "byte")})`
    case "conflict":
      return `${note.table}: the column ${note.column} is ${note.types[0]} in some files and ${note.types[1]} in others; it is text`
  }
}

/** Runs a statement and writes its rows. */
export const run = Effect.fn("pond.sql")(function* (options: {
  readonly query: string
  readonly at: Option.Option<string>
  readonly format: Option.Option<RowFormat>
  readonly badLines: "strict" | "skip" | "quarantine"
  readonly onError: "fail" | "skip"
  readonly memory: number
  readonly timeout: Option.Option<number>
}) {
  const { isJson, pond } = yield* Session
  const { message } = yield* Output
  const snapshot = yield* stateAt(options.at)
  const { notes, rows } = yield* queryOver(yield* pond, yield* cacheDirectory).answer(options.query, {
    snapshot,
    isHostAllowed: true,
    badLines: options.badLines,
    onError: options.onError,
    memoryMb: options.memory,
    ...(Option.isSome(options.timeout) ? { seconds: options.timeout.value } : {})
  })
  for (const note of notes) yield* message(noteText(note))
  yield* writeRows(
    rows,
    Option.getOrElse(options.format, () => (isJson ? "jsonl" : "table"))
  )
  const failures = notes.filter(({ kind }) => kind === "unreadable").length
  if (failures > 0) return yield* new PartlyFailed({ failures })
}, Effect.scoped)
