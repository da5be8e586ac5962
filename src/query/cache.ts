/**
 * What queries keep: parsed contents as Parquet, named by what they were parsed from. All of it may be deleted or damaged at any time (R6): a
 * file that is not what was kept is a file that is not there.
 *
 * - `<hash of the content>-<format>.json` says which parts a content became, with a checksum of each; it carries a digest of itself.
 * - `<name>.parquet` is a part. Parts are checked before the engine reads them.
 * - `<hash of the content>.format` says what format its beginning has, with a digest.
 * - `work-…` belongs to one query, and goes with it.
 */
import { Clock, Effect, Option, Schema } from "effect"
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { hash, toHex } from "../bao/index.ts"
import { type Format, FORMATS } from "../formats/reference.ts"
import { checksumOf, newName } from "./checksum.ts"
import { CacheFailed } from "./errors.ts"
import type { FormatMemory } from "./known-formats.ts"

const ColumnSchema = Schema.Tuple([Schema.String, Schema.String])

/** A run of rows in a file. */
export const Part = Schema.Struct({
  /** The file, and its checksum. */
  name: Schema.String,
  checksum: Schema.String,
  /** The bytes of the content that it was made of. */
  start: Schema.Int,
  end: Schema.Int,
  /** The number of the first line, and how many there are. */
  firstLine: Schema.Int,
  lines: Schema.Int,
  /** Whether rows carry their line numbers; otherwise they count on from the first row's. */
  isNumbered: Schema.Boolean,
  firstRowLine: Schema.Int,
  columns: Schema.Array(ColumnSchema),
  /** Columns whose values contradict each other, and became text. */
  mixed: Schema.optionalKey(Schema.Array(Schema.String)),
  badLines: Schema.Int,
  /** The first of them. */
  bad: Schema.Array(Schema.Struct({ line: Schema.Int, reason: Schema.String, text: Schema.String }))
})
/** A run of rows in a file. */
export type Part = typeof Part.Type

/** The name of a part, and its checksum. */
export type Named = Pick<Part, "name" | "checksum">

/** How a content was parsed, and what it became. */
export const Parsed = Schema.Struct({
  format: Schema.Literals(FORMATS),
  /** Bytes that were parsed: up to the end of the last whole line. */
  sizeBytes: Schema.Int,
  unfinishedBytes: Schema.Int,
  columns: Schema.Array(ColumnSchema),
  parts: Schema.Array(Part),
  dialect: Schema.NullOr(
    Schema.Struct({
      delimiter: Schema.String,
      quote: Schema.String,
      escape: Schema.String,
      names: Schema.Array(Schema.String),
      hasHeader: Schema.Boolean,
      skip: Schema.Int,
      comment: Schema.String
    })
  )
})
/** How a content was parsed, and what it became. */
export type Parsed = typeof Parsed.Type

const Sealed = Schema.fromJsonString(Schema.Struct({ digest: Schema.String, parsed: Schema.String }))
const ParsedText = Schema.fromJsonString(Parsed)

/** Raised when parsing changes: what older programs kept is then parsed again. */
const GENERATION = "5"

/** Work directories of queries that ended without a word are removed after this long. */
const STALE_MS = 6 * 3_600_000

const digestOf = (text: string): string => toHex(hash(new TextEncoder().encode(`${GENERATION}\n${text}`)))

const sealedFormat = (key: string, format: Format): string => `${format} ${digestOf(`${key} ${format}`)}`

/** The cache in a directory. */
export class QueryCache {
  readonly directory: string
  #hasGrown = false

  constructor(directory: string) {
    this.directory = directory
  }

  #attempt<A>(make: () => Promise<A>): Effect.Effect<A, CacheFailed> {
    return Effect.tryPromise({ try: make, catch: (cause) => new CacheFailed({ path: this.directory, cause }) })
  }

  /** A directory of its own for one query; it goes with the scope. */
  get work() {
    return Effect.acquireRelease(
      this.#attempt(async () => {
        await mkdir(this.directory, { recursive: true, mode: 0o700 })
        await chmod(this.directory, 0o700)
        return await mkdtemp(join(this.directory, "work-"))
      }),
      (path) => Effect.promise(() => rm(path, { recursive: true, force: true }).catch(() => undefined))
    )
  }

  /** The file of a part. */
  fileOf(part: string): string {
    return join(this.directory, `${part}.parquet`)
  }

  #recordOf(content: string, format: string): string {
    return join(this.directory, `${content}-${format}.json`)
  }

  /** Formats that beginnings of contents have. */
  get formats(): FormatMemory {
    return {
      of: (key, find) =>
        Effect.filterOrElse(
          this.#format(key),
          (known) => known !== undefined,
          () => this.#found(key, find)
        )
    }
  }

  #format(key: string): Effect.Effect<Format | undefined> {
    return Effect.promise(async () => {
      const text = await readFile(join(this.directory, `${key}.format`), "utf8").catch(() => "")
      return FORMATS.find((format) => text === sealedFormat(key, format))
    })
  }

  #found<E>(key: string, find: Effect.Effect<Format, E>): Effect.Effect<Format, E> {
    const keep = (format: Format) =>
      Effect.promise(() =>
        writeFile(join(this.directory, `${key}.format`), sealedFormat(key, format), { mode: 0o600 }).catch(
          () => undefined
        )
      )
    return Effect.tap(find, keep)
  }

  /** The contents that were parsed in a format, by their hashes. */
  known(format: string): Effect.Effect<ReadonlySet<string>> {
    const ending = `-${format}.json`
    return Effect.promise(async () => {
      const names = await readdir(this.directory).catch(() => [])
      return new Set(names.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length)))
    })
  }

  /** What a content became, if that is still known and every part is what it was. */
  find(content: string, format: string): Effect.Effect<Option.Option<Parsed>> {
    const path = this.#recordOf(content, format)
    return Effect.gen({ self: this }, function* () {
      const text = yield* this.#attempt(() => readFile(path, "utf8"))
      const sealed = yield* Schema.decodeEffect(Sealed)(text)
      if (sealed.digest !== digestOf(sealed.parsed)) return Option.none<Parsed>()
      const parsed = yield* Schema.decodeEffect(ParsedText)(sealed.parsed)
      const now = (yield* Clock.currentTimeMillis) / 1000
      for (const { checksum, name } of parsed.parts) {
        const file = this.fileOf(name)
        if ((yield* this.#attempt(() => checksumOf(file, name))) !== checksum) return Option.none<Parsed>()
        yield* this.#attempt(() => utimes(file, now, now))
      }
      yield* this.#attempt(() => utimes(path, now, now))
      return Option.some(parsed)
    }).pipe(Effect.orElseSucceed(() => Option.none<Parsed>()))
  }

  /** Takes a finished file as a part. */
  takePart(file: string): Effect.Effect<Named, CacheFailed> {
    return Effect.flatMap(newName, (name) =>
      this.#attempt(async () => {
        const checksum = await checksumOf(file, name)
        await chmod(file, 0o600)
        await rename(file, this.fileOf(name))
        return { name, checksum }
      })
    )
  }

  /** Takes a finished file, whose checksum was made while it was written, as a part. */
  takeNamed(file: string, { name }: Named): Effect.Effect<void, CacheFailed> {
    return this.#attempt(() => rename(file, this.fileOf(name)))
  }

  /** Keeps what a content became. */
  keep(content: string, parsed: Parsed, work: string): Effect.Effect<void, CacheFailed> {
    return Effect.gen({ self: this }, function* () {
      const text = yield* Effect.orDie(Schema.encodeEffect(ParsedText)(parsed))
      const sealed = yield* Effect.orDie(Schema.encodeEffect(Sealed)({ digest: digestOf(text), parsed: text }))
      const draft = join(work, "record.json")
      yield* this.#attempt(async () => {
        await writeFile(draft, sealed, { mode: 0o600 })
        await rename(draft, this.#recordOf(content, parsed.format))
        this.#hasGrown = true
      })
    })
  }

  /** Forgets that a content was parsed; parts that it shares stay. */
  forget(content: string, format: string): Effect.Effect<void> {
    return Effect.promise(() => rm(this.#recordOf(content, format), { force: true }).catch(() => undefined))
  }

  /** Where something was kept, removes what was not used for longest, until what is left is small enough; never the files that are used. */
  trim(bytesMax: number, used: ReadonlySet<string>): Effect.Effect<void> {
    return Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
      Effect.promise(() => this.#trim(bytesMax, used, nowMs).catch(() => undefined))
    )
  }

  async #trim(bytesMax: number, used: ReadonlySet<string>, nowMs: number): Promise<void> {
    if (!this.#hasGrown) return
    const files: Array<{ readonly path: string; readonly sizeBytes: number; readonly timeMs: number }> = []
    const paths = (await readdir(this.directory)).map((name) => join(this.directory, name))
    const states = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)))
    for (const [at, path] of paths.entries()) {
      const found = states[at]
      if (found === undefined) continue
      if (!found.isDirectory()) {
        if (!used.has(path)) files.push({ path, sizeBytes: found.size, timeMs: found.mtimeMs })
      } else if (nowMs - found.mtimeMs > STALE_MS) await rm(path, { recursive: true, force: true })
    }
    let total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    for (const { path, sizeBytes } of files.toSorted((left, right) => left.timeMs - right.timeMs)) {
      if (total <= bytesMax) return
      await rm(path, { force: true })
      total -= sizeBytes
    }
  }
}
