/**
 * One export: what is new in the pond becomes part of the table, what is no longer there goes, in one commit of the target.
 *
 * The target alone says what was exported, in the commit that holds the rows: stopped anywhere, the next run finds either all of it or nothing.
 */
import { Effect, Option } from "effect"
import { encodeSchema } from "../../delta/schema.ts"
import { type Extract, openAnswer, openExtract } from "../../query/extract.ts"
import { fingerprint } from "../../query/fingerprint.ts"
import { withDerived } from "../../query/query.ts"
import type { Note, QueryOptions } from "../../query/tables.ts"
import type { Store } from "../../store/ObjectStore.ts"
import type { Instance } from "../contract.ts"
import { Questions } from "../questions.ts"
import { Stores } from "../stores.ts"
import { changeSince, type Change, originsAfter } from "./change.ts"
import { optionsOf } from "../reach.ts"
import { configProblem, type ExportConfig } from "./config.ts"
import { openDeltaTarget } from "./delta-target.ts"
import { ExportInvalid, SourceUnreadable, TargetAltered, TargetTaken } from "./errors.ts"
import { openParquetTarget } from "./parquet-target.ts"
import type { FileRecord, TableRecord } from "./record.ts"
import type { ExportReport } from "./report.ts"
import { rewrite, smallFiles, withoutOrigins } from "./rewrite.ts"
import { type Shape, shapeAfter, shapeOf } from "./shape.ts"
import type { Target } from "./target.ts"
import { type Destination, FILE_BYTES, writeRows } from "./writer.ts"

/** Raised when rows look otherwise without a change of the configuration. */
const GENERATION = 2

const noteText = (note: Note): string => {
  switch (note.kind) {
    case "bad-lines":
      return `${note.path}: ${note.count} bad line${note.count === 1 ? "" : "s"} left out, the first is line ${note.line}: ${note.reason}`
    case "unreadable":
      return `${note.path} cannot be read, and while that is so no rows are taken away: ${note.reason}`
    case "unfinished":
    case "mixed":
      return ""
    case "conflict":
      return `the column ${note.column} is ${note.types[0]} in some files and ${note.types[1]} in others; it is text`
  }
}

/** What of a configuration decides how rows look. */
const settingsOf = ({ bad_lines, partition, query, source }: ExportConfig): string =>
  JSON.stringify([GENERATION, source ?? null, query ?? null, partition ?? [], bad_lines ?? "skip"])

const openTarget = (config: ExportConfig, store: Store, isRebuilding: boolean) =>
  config.format === "parquet" ? openParquetTarget(store, isRebuilding) : openDeltaTarget(store, isRebuilding)

/** A source is several files: one that cannot be read does not stop the others. A query is answered with all of them or not. */
const optionsFor = (config: ExportConfig): QueryOptions => ({
  badLines: config.bad_lines === "strict" ? "strict" : "quarantine",
  onError: config.query === undefined ? "skip" : "fail"
})

/** The rows of the pond; nothing when the answer to a query is the one that was exported. */
const openRows = Effect.fnUntraced(function* (config: ExportConfig, record: TableRecord | undefined) {
  const { directory: making, pond } = yield* Questions
  const directory = yield* making
  const options = { ...optionsFor(config), snapshot: yield* pond.head }
  if (config.query === undefined)
    return Option.some<Extract>(yield* openExtract(pond, directory, config.source!, options))
  const { key } = yield* withDerived(pond, directory, fingerprint(pond, directory, config.query, options))
  if (record?.origins[0]?.hash === key && record.settings === settingsOf(config)) return Option.none<Extract>()
  return Option.some<Extract>(yield* openAnswer(pond, directory, config.query, key, options))
})

const rowsIn = (files: ReadonlyArray<FileRecord>): number => files.reduce((sum, { rows }) => sum + rows, 0)

const renamedSpans = <File extends FileRecord>(
  files: ReadonlyArray<File>,
  renamed: Change["renamed"]
): ReadonlyArray<File> =>
  renamed.size === 0
    ? files
    : files.map((file) => ({ ...file, spans: file.spans.map(([id, rows]) => [renamed.get(id) ?? id, rows] as const) }))

/** How a table goes on: its shape, and the record that holds; none when it is written anew, and why. */
interface Begun {
  readonly shape: Shape
  readonly anew: string | null
  readonly record: TableRecord | undefined
}

/** Why the table has to be written anew; the shape that it gets. */
const begin = (target: Target, now: Shape, settings: string, isRebuilding: boolean): Begun => {
  const record = Option.getOrUndefined(target.record)
  if (isRebuilding) return { shape: now, anew: "this was asked for", record: undefined }
  if (record === undefined) return { shape: now, anew: null, record }
  if (record.settings !== settings) return { shape: now, anew: "its configuration was changed", record: undefined }
  const after = shapeAfter(record, now)
  return "shape" in after
    ? { shape: after.shape, anew: null, record }
    : { shape: now, anew: `the column ${after.contradiction}`, record: undefined }
}

const UNCHANGED: ExportReport["sources"] = { new: 0, grown: 0, replaced: 0, gone: 0, unchanged: 0 }

const reportOf = (
  config: ExportConfig,
  target: Target,
  done: Partial<ExportReport>,
  change: { readonly added: ReadonlyArray<FileRecord>; readonly removed: ReadonlyArray<FileRecord> }
): ExportReport => {
  const rows = { before: rowsIn(change.removed), after: rowsIn(change.added) }
  return {
    target: target.store.url,
    format: config.format ?? "delta",
    number: target.number,
    isChanged: false,
    anew: null,
    sources: UNCHANGED,
    // Rows that were only written again with others are not counted.
    rows: { added: rows.after, removed: rows.before, total: rowsIn(target.files) },
    files: { added: change.added.length, removed: change.removed.length, total: target.files.length },
    bytes: change.added.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    notes: [],
    foreign: target.foreign,
    ...done
  }
}

/** Puts many small files of a partition together: the same rows, fewer files. */
const compact = Effect.fnUntraced(function* (extract: Extract, shape: Shape, target: Target, record: TableRecord) {
  const groups = smallFiles(record.files)
  if (groups.length === 0) return target
  const destination = { store: target.store, number: target.number + 1, fileBytes: FILE_BYTES }
  const added = yield* Effect.forEach(groups, (group) =>
    rewrite(extract.database, extract.work, shape, destination, group, new Set())
  )
  const removed = groups.flat()
  const gone = new Set(removed)
  const files = [...record.files.filter((file) => !gone.has(file)), ...added]
  return yield* target.commit({
    record: { ...record, files },
    shape,
    added,
    removed,
    isDataChange: false,
    operation: "OPTIMIZE"
  })
})

/** Opens the target, and makes sure that it is this export's and as it was left. */
const openOwn = Effect.fnUntraced(function* (config: ExportConfig, { path }: Instance, isRebuilding: boolean) {
  const { pond } = yield* Questions
  const store = yield* (yield* Stores).place(config.to, optionsOf(config))
  const target = yield* openTarget(config, store, isRebuilding)
  const owner = `${path} of pond ${pond.id}`
  const { altered, record } = target
  if (Option.isSome(record) && record.value.owner !== owner) {
    return yield* new TargetTaken({ url: store.url, owner: record.value.owner })
  }
  if (altered.length > 0 && !isRebuilding) return yield* new TargetAltered({ url: store.url, what: altered })
  return { target, owner }
})

/** Why a table is not written anew although it would have to be: rows would be lost that nobody asked to lose. */
const lossOf = (config: ExportConfig, before: TableRecord | undefined, extract: Extract, anew: string) => {
  const present = new Set(extract.origins.map(({ id }) => id))
  const lost = (before?.origins ?? []).filter(({ id }) => !present.has(id)).length
  if (config.keep_deleted !== true || lost === 0) return undefined
  const files = lost === 1 ? "one file that is" : `${lost} files that are`
  const problem = `the table has to be written anew (${anew}), and would lose the rows of ${files} no longer in the pond. \`pond run NAME rebuild\` does it`
  return new ExportInvalid({ problem })
}

/** What is to be done to a target, as far as it is known before rows are read. */
interface Plan extends Begun {
  readonly owner: string
  readonly settings: string
  readonly change: Change
}

/** Writes what is new into files, and makes them part of the table. */
const carry = Effect.fnUntraced(function* (extract: Extract, target: Target, plan: Plan) {
  const { change, owner, record, settings, shape } = plan
  const destination: Destination = { store: target.store, number: target.number + 1, fileBytes: FILE_BYTES }
  const { database, work } = extract
  // Of a table that is written anew every file goes.
  const old =
    record === undefined
      ? { removed: target.files, added: [], kept: [] }
      : yield* withoutOrigins(database, work, shape, destination, record.files, change.gone)
  const fresh = yield* writeRows(extract, change.wanted, shape, destination)
  const added = [...renamedSpans(old.added, change.renamed), ...fresh]
  const after: TableRecord = {
    owner,
    settings,
    columns: shape.columns.map(({ name, sql }) => [name, sql] as const),
    schema: encodeSchema(shape.schema),
    ...originsAfter(record, extract, change.kept),
    files: [...renamedSpans(old.kept, change.renamed), ...added]
  }
  const operation = record === undefined ? "CREATE OR REPLACE TABLE AS SELECT" : "WRITE"
  const { removed } = old
  const committed = yield* target.commit({ record: after, shape, added, removed, isDataChange: true, operation })
  const rows = { added: rowsIn(fresh), removed: rowsIn(removed) - rowsIn(old.added), total: rowsIn(after.files) }
  return { added, removed, rows, target: yield* compact(extract, shape, committed, after) }
})

/** Exports what is new; with `isRebuilding` everything. */
export const sync = Effect.fn("export.sync")(function* (
  config: ExportConfig,
  instance: Instance,
  isRebuilding: boolean
) {
  const problem = configProblem(config)
  if (problem !== undefined) return yield* new ExportInvalid({ problem })
  const { owner, target } = yield* openOwn(config, instance, isRebuilding)
  const before = Option.getOrUndefined(target.record)
  const rows = yield* openRows(config, isRebuilding ? undefined : before)
  const nothing = { added: [], removed: [] }
  if (Option.isNone(rows)) {
    return reportOf(config, target, { sources: { ...UNCHANGED, unchanged: 1 } }, nothing)
  }
  const extract = rows.value
  const notes = extract.notes.map(noteText).filter((text) => text !== "")
  const unread = extract.notes.find((note) => note.kind === "unreadable")
  if (unread !== undefined && extract.origins.length === 0)
    return yield* new SourceUnreadable({ path: unread.path, reason: unread.reason })
  if (extract.columns.length === 0 && before === undefined) {
    return reportOf(config, target, { notes }, nothing)
  }
  const settings = settingsOf(config)
  const begun = begin(target, yield* shapeOf(config, extract), settings, isRebuilding)
  const { anew, record } = begun
  if (unread !== undefined && anew !== null)
    return yield* new SourceUnreadable({ path: unread.path, reason: unread.reason })
  const loss = anew === null || isRebuilding ? undefined : lossOf(config, before, extract, anew)
  if (loss !== undefined) return yield* loss
  const change = yield* changeSince(record, extract, config.keep_deleted === true || unread !== undefined)
  if (change.wanted.length === 0 && change.gone.size === 0 && anew === null && !target.isLittered) {
    return reportOf(config, target, { sources: change.counts, notes }, nothing)
  }
  const done = yield* carry(extract, target, { ...begun, change, owner, settings })
  const report = { isChanged: true, anew, sources: change.counts, notes, rows: done.rows }
  return reportOf(config, done.target, report, done)
}, Effect.scoped)
