/**
 * Asking the pond, for every command that does: the rows of a statement to standard output or into a file, and what a person should know of them.
 */
import { Effect, Option, Stream } from "effect"
import { createReadStream } from "node:fs"
import { open, stat } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { hashStream, toHex } from "../../bao/index.ts"
import { HostWriter } from "../../factories/host/writer.ts"
import { QueryMemory } from "../../query/allowance.ts"
import { expectDatabases } from "../../query/database.ts"
import { CacheFailed } from "../../query/errors.ts"
import { cachePlace, passingDirectory } from "../../query/place.ts"
import { queryOver } from "../../query/query.ts"
import type { Note, QueryOptions } from "../../query/tables.ts"
import { stateAt } from "../at.ts"
import { Attention } from "../attention.ts"
import { PartlyFailed, WrongUsage } from "../failure.ts"
import { Output } from "../output.ts"
import { Session } from "../session.ts"
import { formatCount, formatSize } from "../text/units.ts"
import { excerptOf } from "./excerpt.ts"
import { type RowFormat, writeRows } from "./write.ts"

/** A question, and where its answer goes. */
export interface Question {
  readonly sql: string
  /** The command that asks, for what is wrong with its flags. */
  readonly command: string
  readonly at: Option.Option<string>
  readonly format: RowFormat | undefined
  readonly output: Option.Option<string>
  readonly options: QueryOptions
}

/** Where queries keep what they parsed. */
export const cacheDirectory = Effect.gen(function* () {
  return yield* cachePlace((yield* (yield* Session).places).cacheDirectory)
})

/** A note, or the first of several that say the same of one import. */
type Told = Note & { readonly others?: number }

type Unread = Extract<Note, { readonly kind: "unreadable" }>

const isElsewhere = (note: Note): note is Unread => note.kind === "unreadable" && note.elsewhere === true

/** Notes with one line for each thing that is wrong with an import, however many files are in it. */
const folded = (notes: ReadonlyArray<Note>): ReadonlyArray<Told> => {
  const reasons = Map.groupBy(notes.filter(isElsewhere), ({ reason }) => reason)
  return [
    ...notes.filter((note) => !isElsewhere(note)),
    ...[...reasons.values()].map(([first, ...others]) => ({
      ...first!,
      ...(others.length === 0 ? {} : { others: others.length })
    }))
  ]
}

/** What a person should know of the rows, on one line. */
export const noteText = (note: Told): string => {
  switch (note.kind) {
    case "bad-lines":
      return `${note.path}: ${formatCount(note.count, "bad line")} left out, the first is line ${note.line}: ${note.reason}`
    case "unreadable":
      return `${note.path}${note.others === undefined ? "" : ` and ${formatCount(note.others, "other file")}`}: left out: ${note.reason}`
    case "unfinished":
      return `${note.path}: its last line has no end yet and is left for the next time (${formatCount(note.bytes, "byte")})`
    case "mixed":
      return `${note.table === note.path ? "" : `${note.table}: `}${note.path}: the column ${note.column} has values of several types; it is text`
    case "conflict":
      return `${note.table}: the column ${note.column} is ${note.types[0]} in some files and ${note.types[1]} in others; it is text`
  }
}

/** Puts a finished file in its place on this machine, whole or not at all. */
const place = Effect.fnUntraced(function* (file: string, target: string) {
  const path = resolve(target)
  const failed = (cause: unknown) => new CacheFailed({ path: file, cause })
  const found = yield* Effect.tryPromise({
    try: async () => ({ sizeBytes: (await stat(file)).size, hash: toHex(await hashStream(createReadStream(file))) }),
    catch: failed
  })
  const tree = (yield* HostWriter).tree(dirname(path))
  const bytes = Stream.fromAsyncIterable<Uint8Array, CacheFailed>(createReadStream(file), failed)
  const outcome = yield* tree.write([basename(path)], { ...found, bytes })
  yield* tree.sync
  const { message } = yield* Output
  yield* message(`${outcome} ${target}, ${formatSize(found.sizeBytes)}`)
})

/** Writes a new file. */
const intoFile = Effect.fnUntraced(function* <E, R>(
  file: string,
  write: (data: (part: string | Uint8Array) => Effect.Effect<void, CacheFailed>) => Effect.Effect<void, E, R>
) {
  const attempt = <A>(make: () => Promise<A>) =>
    Effect.tryPromise({ try: make, catch: (cause) => new CacheFailed({ path: file, cause }) })
  const handle = yield* Effect.acquireRelease(
    attempt(() => open(file, "wx", 0o600)),
    (held) => Effect.promise(() => held.close())
  )
  yield* write((part) => attempt(() => handle.appendFile(part)))
}, Effect.scoped)

/** The place in the statement that an error tells of; nothing where it tells of none. */
const excerptFor = (sql: string, error: unknown): ReadonlyArray<string> =>
  typeof error === "object" && error !== null && "position" in error && typeof error.position === "number"
    ? excerptOf(sql, error.position)
    : []

/** What the process may grow by beyond twice of it: rows on their way, and much of what functions make. */
const GROWTH_MB = 1024

/** Answers a question. Ends with 1 where files had to be left out, with 3 where those are of imports. */
export const ask = Effect.fn("pond.ask")(function* ({ at, command, format, options, output, sql }: Question) {
  const { isDryRun, isJson, pond } = yield* Session
  const { columns, data, message } = yield* Output
  if ((format === "parquet" || format === "arrow") && Option.isNone(output) && columns !== undefined) {
    return yield* new WrongUsage({ problem: `${format} is not for a terminal: give --output FILE`, command })
  }
  // One that parses, and one in which the statement runs: they are made while the pond is opened.
  yield* expectDatabases(2)
  const query = queryOver(yield* pond, yield* cacheDirectory)
  const memoryMb = options.memoryMb ?? (yield* QueryMemory)
  const growthMb = 2 * memoryMb + GROWTH_MB
  const all: QueryOptions = { ...options, growthMb, isHostAllowed: true, snapshot: yield* stateAt(at) }
  const { note: attend } = yield* Attention
  const say = (notes: ReadonlyArray<Note>) =>
    Effect.forEach(folded(notes), (note) =>
      Effect.andThen(message(noteText(note)), isElsewhere(note) ? attend(note.path) : Effect.void)
    )
  const writer = isDryRun ? HostWriter.layerDry : HostWriter.layer
  const put = (file: string, target: string) => Effect.provide(place(file, target), writer)
  const told = yield* Effect.gen(function* () {
    if (format === "parquet") {
      const { file, notes } = yield* query.parquet(sql, all)
      yield* say(notes)
      if (Option.isSome(output)) yield* put(file, output.value)
      else
        yield* Stream.runForEach(
          Stream.fromAsyncIterable<Uint8Array, unknown>(createReadStream(file), (cause) => cause),
          data
        )
      return notes
    }
    const { notes, rows } = yield* query.answer(sql, all)
    yield* say(notes)
    if (Option.isNone(output)) {
      yield* writeRows(rows, format ?? (isJson ? "jsonl" : "table"), data, columns)
      return notes
    }
    const file = join(yield* passingDirectory, "answer")
    yield* intoFile(file, (write) => writeRows(rows, format ?? (isJson ? "jsonl" : "csv"), write, undefined))
    yield* put(file, output.value)
    return notes
  }).pipe(
    // Queries that the statement asks have no more than it has.
    Effect.provideService(QueryMemory, memoryMb),
    Effect.tapError((error) => (isJson ? Effect.void : Effect.forEach(excerptFor(sql, error), message)))
  )
  const failures = told.filter((note) => note.kind === "unreadable" && !isElsewhere(note)).length
  if (failures > 0) return yield* new PartlyFailed({ failures })
}, Effect.scoped)
