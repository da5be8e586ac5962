/**
 * A content as rows: from the cache where it was parsed before, of a log that grew only what was added.
 *
 * What was parsed of an earlier version holds as long as the file was only appended to. Parts that are small beside what is new are parsed again
 * together with it, so that a log of many small additions has few parts. When columns come to contradict earlier ones, all is parsed again: the answer
 * is always that of parsing everything at once.
 */
import { Data, Effect, Option, type Stream } from "effect"
import { createReadStream } from "node:fs"
import { rename } from "node:fs/promises"
import { join } from "node:path"
import type { Dialect } from "../formats/csv.ts"
import { Nesting, TOO_DEEP } from "../formats/nesting.ts"
import { LINE_FORMATS } from "../formats/rows.ts"
import type { Compression, Format } from "../formats/reference.ts"
import type { Parsed, Part, QueryCache } from "./cache.ts"
import { type Column, isKept, mergeColumns, widened } from "./columns.ts"
import { type Database, literal } from "./database.ts"
import { CacheFailed, QueryFailed, Unreadable } from "./errors.ts"
import { areTexts, columnsOf, copyKept, type Ingested, ingestSegment, jsonElements } from "./ingest.ts"
import { ingestCsv, sniffDialect } from "./ingest-csv.ts"
import { divide, type Segment } from "./segment.ts"
import { shred } from "./shred/shred.ts"
import { storedColumns } from "./shred/stored.ts"
import { shownType } from "./struct-type.ts"

/** A content that becomes rows. */
export interface Content {
  readonly path: string
  readonly format: Format
  /** What is kept of it is kept under this: see `keyOf`. */
  readonly key: string
  readonly sizeBytes: number
  /** Whether its last line may go on. */
  readonly isGrowing: boolean
  /** Keys of shorter contents that it goes on from, longest first; none where its bytes are not those of the rows, as in an archive. */
  readonly earlier: Effect.Effect<ReadonlyArray<string>, Unreadable>
  /** Its bytes from one on, decompressed. */
  readonly bytes: (start: number) => Stream.Stream<Uint8Array, Unreadable>
}

/**
 * Names what parsing gives: the BLAKE3 of the bytes as they are stored, and all that rows depend on beside the format. The same bytes may be an archive
 * under one name and lines under another, and end within a line that goes on or is over.
 */
export const keyOf = (hash: string, compression: Compression | undefined, isGrowing: boolean): string =>
  `${hash}${compression ?? ""}${isGrowing ? "-growing" : ""}`

/** Where and how contents are parsed. */
export interface Parser {
  readonly database: Database
  readonly cache: QueryCache
  /** A directory for what is in between. */
  readonly work: string
  readonly segmentBytes: number
  /** Less than this is parsed again with what is added. */
  readonly smallBytes: number
  /** From so many bytes on JSON lines are parsed by threads, which have to be started; 4 MiB by default. `Infinity`: all are parsed by the engine. */
  readonly threadsBytes?: number
}

const THREADS_BYTES = 4 * 1024 * 1024

/** Bounds of what an element of a JSON array may take. */
const ELEMENT_BYTES_MIN = 1024 * 1024
const ELEMENT_BYTES_MAX = 64 * 1024 * 1024

/** Bytes that the readers of CSV take at a time, at most: records that are numbered are held in memory. */
const CSV_SEGMENT_BYTES = 32 * 1024 * 1024

const isLineFormat = (format: Format): format is keyof typeof LINE_FORMATS => Object.hasOwn(LINE_FORMATS, format)

/** The parts of an earlier parse that stay when so many bytes are added. */
const staying = (parts: ReadonlyArray<Part>, sizeBytes: number, smallBytes: number): ReadonlyArray<Part> => {
  let end = parts.length
  for (; end > 0; end -= 1) {
    const part = parts[end - 1]!
    const isLarge = part.end - part.start > 2 * (sizeBytes - part.end) && part.end - part.start >= smallBytes
    if (isLarge) break
  }
  return parts.slice(0, end)
}

/** What is read of a content so far. */
interface Progress {
  parts: ReadonlyArray<Part>
  columns: ReadonlyArray<Column>
  dialect: Dialect | null
}

/** The columns have come to contradict those of parts that were parsed before. */
class Contradiction extends Data.TaggedError("Contradiction") {}

const ingest = Effect.fnUntraced(function* (
  { cache, database, work }: Parser,
  format: Format,
  segment: Segment,
  at: Progress
) {
  const target = join(work, "part.parquet")
  const last = at.parts.at(-1)
  const linesBefore = last === undefined ? 0 : last.firstLine + last.lines - 1
  const lines = { ...segment, linesBefore, isFirst: last === undefined }
  let ingested: Ingested
  if (isLineFormat(format)) ingested = yield* ingestSegment(database, format, lines, target)
  else {
    at.dialect ??= yield* sniffDialect(database, segment.file, format === "tsv" ? "\t" : undefined)
    ingested = yield* ingestCsv(database, lines, at.dialect, target)
  }
  const headers = lines.isFirst && at.dialect?.hasHeader === true ? 1 : 0
  yield* addPart(at, { ...segment, ...ingested, ...(yield* cache.takePart(target)), headers })
})

/** Rows in a file, and the bytes and lines that they come from. */
interface Taken extends Pick<Part, "name" | "checksum" | "columns" | "isNumbered" | "lines"> {
  readonly size: number
  /** Lines before the first row. */
  readonly headers: number
  readonly bad: Ingested["bad"]
  readonly mixed?: ReadonlyArray<string>
}

/** What a part says of columns whose values contradict each other: mostly nothing. */
const mixedOf = ({ mixed = [] }: Pick<Ingested, "mixed">) => (mixed.length === 0 ? {} : { mixed })

/** Adds rows to what was read of a content. */
const addPart = Effect.fnUntraced(function* (at: Progress, taken: Taken) {
  const last = at.parts.at(-1)
  const start = last?.end ?? 0
  const firstLine = last === undefined ? 1 : last.firstLine + last.lines
  const part: Part = {
    name: taken.name,
    checksum: taken.checksum,
    start,
    end: start + taken.size,
    firstLine,
    lines: taken.lines,
    isNumbered: taken.isNumbered,
    firstRowLine: firstLine + taken.headers,
    columns: taken.columns,
    ...mixedOf(taken),
    badLines: taken.bad?.count ?? 0,
    bad: taken.bad?.kept ?? []
  }
  const columns = mergeColumns(at.columns, part.columns, (left, right) => widened(left, right) ?? "contradiction")
  if (!columns.every(([, type]) => type !== "contradiction") || !isKept(at.columns, columns)) {
    return yield* new Contradiction()
  }
  at.columns = columns
  at.parts = [...at.parts, part]
})

/** Whether a file of JSON holds what the engine must not see. */
const isNestedTooDeeply = (file: string) =>
  Effect.tryPromise({
    try: async () => {
      const nesting = new Nesting()
      for await (const chunk of createReadStream(file)) nesting.push(chunk as Uint8Array)
      return nesting.isTooDeep
    },
    catch: (cause) => new CacheFailed({ path: file, cause })
  })

/** Files that are read whole by the engine's own readers. */
const ingestWhole = Effect.fnUntraced(function* ({ cache, database, work }: Parser, format: Format, segment: Segment) {
  const target = join(work, "part.parquet")
  const from = literal(segment.file)
  let found: Pick<Ingested, "columns" | "mixed">
  if (format === "parquet") {
    const columns = yield* columnsOf(database, `SELECT * FROM read_parquet(${from})`)
    found = { columns }
    yield* Effect.tryPromise({
      try: () => rename(segment.file, target),
      catch: (cause) => new CacheFailed({ path: target, cause })
    })
  } else {
    if (yield* isNestedTooDeeply(segment.file)) return yield* new QueryFailed({ problem: TOO_DEEP, position: null })
    // The engine takes several times the largest element for each thread.
    const elementBytes = Math.min(Math.max(segment.size, ELEMENT_BYTES_MIN), ELEMENT_BYTES_MAX)
    found = yield* copyKept(database, (columns) => jsonElements(segment.file, elementBytes, columns), target)
  }
  const kept = yield* cache.takePart(target)
  const place = { start: 0, end: segment.size, firstLine: 1, lines: segment.lines, isNumbered: false, firstRowLine: 1 }
  const { columns } = found
  const part = { ...place, ...kept, columns, ...mixedOf(found), badLines: 0, bad: [] }
  return { parts: [part], columns, dialect: null } satisfies Progress
})

/** Parses JSON lines by ourselves; gives the bytes that are left for later, `undefined` where the engine has to read them. */
const parseHere = Effect.fnUntraced(function* (parser: Parser, content: Content, start: number, at: Progress) {
  const { threadsBytes = THREADS_BYTES } = parser
  if (content.format !== "jsonl" || threadsBytes === Number.POSITIVE_INFINITY) return undefined
  const { work, segmentBytes: partBytes } = parser
  const { isGrowing } = content
  const isLarge = content.sizeBytes - start >= threadsBytes
  const shredding = { work, partBytes, isGrowing, columns: at.columns, isLarge }
  const shredded = yield* shred(content.bytes(start), shredding)
  if (shredded === undefined) return undefined
  const files = shredded.parts.map(({ file }) => file)
  if (!(yield* areTexts(parser.database, files, shredded.doubtful, work))) return undefined
  for (const part of shredded.parts) {
    const { file, lines, named, sizeBytes: size } = part
    const columns = yield* storedColumns(parser.database, part)
    yield* parser.cache.takeNamed(file, named)
    yield* addPart(at, { ...named, columns, lines, size, isNumbered: false, headers: 0, bad: undefined })
  }
  return shredded.unfinishedBytes
})

/** Parses a content, going on from what is there of it. */
const parse = Effect.fnUntraced(function* (parser: Parser, content: Content, begun: Progress, isAtOnce: boolean) {
  const at = { ...begun }
  const { format } = content
  const isWhole = format === "parquet" || format === "json"
  const isCsv = format === "csv" || format === "tsv"
  const division = {
    file: join(parser.work, "segment"),
    segmentBytes: isWhole || isAtOnce ? Number.POSITIVE_INFINITY : isCsv ? CSV_SEGMENT_BYTES : parser.segmentBytes,
    isGrowing: content.isGrowing && !isWhole,
    isQuoted: isCsv
  }
  const start = at.parts.at(-1)?.end ?? 0
  const unfinished = isAtOnce ? undefined : yield* parseHere(parser, content, start, at)
  if (unfinished !== undefined) {
    return { format, sizeBytes: at.parts.at(-1)!.end, unfinishedBytes: unfinished, ...at } satisfies Parsed
  }
  const unfinishedBytes = yield* divide(content.bytes(start), division, (segment) =>
    isWhole
      ? Effect.map(ingestWhole(parser, format, segment), (whole) => void Object.assign(at, whole))
      : segment.size === 0 && at.parts.length > 0
        ? Effect.void
        : ingest(parser, format, segment, at)
  )
  const sizeBytes = at.parts.at(-1)?.end ?? 0
  return { format, sizeBytes, unfinishedBytes, ...at } satisfies Parsed
})

const NOTHING: Progress = { parts: [], columns: [], dialect: null }

/** What the engine says of a statement and a file that are not the person's, without the places in them. */
const withoutPlaces = (problem: string, work: string): string =>
  problem
    .replace(/ \(character \d+ of the statement\)$/u, "")
    .replaceAll(`${work}/`, "")
    .replace(/^[A-Z]\w+(?: [A-Z]\w+)* Error: /u, "")

/** What is known of the longest earlier content. */
const earlierParsed = Effect.fnUntraced(function* ({ cache, smallBytes }: Parser, content: Content) {
  const known = yield* cache.known(content.format)
  if (known.size === 0) return NOTHING
  for (const key of yield* content.earlier) {
    if (!known.has(key)) continue
    const found = yield* cache.find(key, content.format)
    if (Option.isNone(found)) continue
    yield* cache.forget(key, content.format)
    const parts = staying(found.value.parts, content.sizeBytes, smallBytes)
    if (parts.length === 0) return NOTHING
    return { parts, columns: columnsOfParts(parts), dialect: found.value.dialect }
  }
  return NOTHING
})

const columnsOfParts = (parts: ReadonlyArray<Part>): ReadonlyArray<Column> =>
  parts.reduce<ReadonlyArray<Column>>(
    (columns, part) => mergeColumns(columns, part.columns, (left, right) => widened(left, right) ?? left),
    []
  )

/** What was parsed, with columns as statements see them. */
export const shown = (parsed: Parsed): Parsed => ({
  ...parsed,
  columns: parsed.columns.map(([name, type]): Column => [name, shownType(type)])
})

/** Makes rows of a content that the cache does not have; what came of it is as it is kept. */
export const parseContent = Effect.fn("query.parseContent")(function* (parser: Parser, content: Content) {
  const { cache, work } = parser
  const begun = yield* earlierParsed(parser, content)
  const unreadable = (reason: string) => new Unreadable({ path: content.path, format: content.format, reason })
  const parsed = yield* parse(parser, content, begun, false).pipe(
    // All at once, in one segment: what the columns are then is decided by all rows together.
    Effect.catchTag("Contradiction", () => parse(parser, content, NOTHING, true)),
    Effect.catchTags({
      Contradiction: () => Effect.fail(unreadable("its columns contradict each other")),
      QueryFailed: ({ problem }) => Effect.fail(unreadable(withoutPlaces(problem, work)))
    })
  )
  yield* cache.keep(content.key, parsed, work)
  return parsed
})
