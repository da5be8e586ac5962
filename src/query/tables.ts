/**
 * What a statement calls a table, made of the files that it means: their rows, and what a person should know of them.
 */
import { Effect, Option } from "effect"
import { FORMATS, parseReference, type Reference } from "../formats/reference.ts"
import type { Node } from "../tinyfs/index.ts"
import type { Snapshot } from "../tlogfs/pond.ts"
import type { Parsed } from "./cache.ts"
import { type Column, commonType, mergeColumns, UNKNOWN } from "./columns.ts"
import { type Content, parseContent, type Parser, shown } from "./content.ts"
import { isDerived } from "./deriving.ts"
import { BadLinesFound, NoSuchTable, type Unreadable } from "./errors.ts"
import { hostInput, type Input } from "./inputs.ts"
import { KnownFormats } from "./known-formats.ts"
import { nearestPath } from "./nearest.ts"
import { type Attached, Sources } from "./sources.ts"
import type { TableName } from "./statement.ts"
import { tableQuery, type ViewPart } from "./view.ts"

/** How a query runs. */
export interface QueryOptions {
  /** The state that is asked; the newest by default. */
  readonly snapshot?: Snapshot
  /** What lines that are no rows do: fail the query, be counted, or be counted and kept in the table `pond.bad_lines`. */
  readonly badLines?: "strict" | "skip" | "quarantine"
  /** What files that cannot be read do: fail the query, or be left out and told. */
  readonly onError?: "fail" | "skip"
  /** Whether `host:/path` may name files of this machine. */
  readonly isHostAllowed?: boolean
  /** The path that `FROM source` means. */
  readonly source?: string
  /** Other ponds, by the names that statements have for them: `FROM other."/logs/*.json"`. */
  readonly attached?: Attached
  readonly memoryMb?: number
  readonly threads?: number
  readonly seconds?: number
  /** How many MB the process may grow by while the statement runs; for a process that does nothing else. */
  readonly growthMb?: number
}

/** Something about the rows that a person should know. */
export type Note =
  | {
      readonly kind: "bad-lines"
      readonly path: string
      readonly count: number
      readonly line: number
      readonly reason: string
    }
  | {
      readonly kind: "unreadable"
      readonly path: string
      readonly reason: string
      /** Whether it is in an imported pond, which is out of reach or damaged. */
      readonly elsewhere?: boolean
    }
  | { readonly kind: "unfinished"; readonly path: string; readonly bytes: number }
  | {
      /** Values of a column contradict each other within a file, the first of these. */
      readonly kind: "mixed"
      readonly table: string
      readonly column: string
      readonly path: string
    }
  | {
      readonly kind: "conflict"
      readonly table: string
      readonly column: string
      readonly types: readonly [string, string]
    }

/** Contents that are parsed at a time: the engine reads a file with one thread, and while one ends and another begins threads have a third. */
const PARSERS = 3
const NO_PLACES: ReadonlySet<string> = new Set()

/** What a table of a statement became. */
export interface Table {
  /** Empty for the one that stands without a schema. */
  readonly schema: string
  readonly name: string
  readonly sql: string
  readonly parts: ReadonlyArray<ViewPart>
  readonly bad: ReadonlyArray<{
    readonly path: string
    readonly line: number
    readonly reason: string
    readonly text: string
  }>
}

/** What a table is called in messages. */
const labelOf = ({ name, schema }: TableName): string => (schema === "" ? name : `${schema}:${name}`)

/** Makes the tables of one statement, and gathers what there is to tell. */
export class Tables {
  readonly notes: Array<Note> = []
  readonly parser: Parser
  readonly snapshot: Snapshot
  readonly sources: Sources
  readonly options: QueryOptions

  constructor(parser: Parser, snapshot: Snapshot, options: QueryOptions) {
    this.parser = parser
    this.snapshot = snapshot
    this.sources = new Sources(snapshot, options.attached)
    this.options = options
  }

  /** The rows of a content, and what there is to tell of it. */
  rowsOf(content: Content) {
    return Effect.gen({ self: this }, function* () {
      const { format, path } = content
      const parsed = shown(yield* Effect.scoped(this.#parse(content)))
      const count = parsed.parts.reduce((sum, part) => sum + part.badLines, 0)
      const first = parsed.parts.find((part) => part.bad.length > 0)?.bad[0]
      if (first !== undefined) {
        const { line, reason } = first
        if (this.options.badLines === "strict") return yield* new BadLinesFound({ path, format, count, line, reason })
        this.notes.push({ kind: "bad-lines", path, count, line, reason })
      }
      if (parsed.unfinishedBytes > 0) this.notes.push({ kind: "unfinished", path, bytes: parsed.unfinishedBytes })
      return [parsed]
    })
  }

  /** Takes what is kept, or parses: with a connection and a directory of its own, so that others can parse at the same time. */
  #parse(content: Content) {
    return Effect.gen({ self: this }, function* () {
      const { cache, database } = this.parser
      const kept = yield* cache.find(content.key, content.format)
      if (Option.isSome(kept)) return kept.value
      return yield* parseContent(
        { ...this.parser, database: yield* database.another, work: yield* cache.work },
        content
      )
    })
  }

  /** Leaves out what cannot be read, where that is allowed; of imports always: the others answer. */
  tolerated<A, E>(
    effect: Effect.Effect<ReadonlyArray<A>, E | Unreadable>
  ): Effect.Effect<ReadonlyArray<A>, E | Unreadable> {
    const isTolerated = (error: E | Unreadable): error is Unreadable => {
      const { _tag, elsewhere } = error as Partial<Unreadable>
      return _tag === "Unreadable" && (this.options.onError === "skip" || elsewhere === true)
    }
    return Effect.catchIf(effect, isTolerated, ({ elsewhere, path, reason }) => {
      this.notes.push({ kind: "unreadable", path, reason, ...(elsewhere === true ? { elsewhere } : {}) })
      return Effect.succeed([])
    })
  }

  /** The rows of all contents of a file. */
  #read(input: Input) {
    return Effect.gen({ self: this }, function* () {
      const contents = yield* this.tolerated(
        Effect.provideService(input.contents, KnownFormats, this.parser.cache.formats)
      )
      const parsed = yield* Effect.forEach(contents, (content) => this.tolerated(this.rowsOf(content)))
      return parsed.flat()
    })
  }

  /** Reads what a statement says for a table: as a text with all in it, or as a name in the schema that a pond is. */
  #reference({ name, schema }: TableName): Reference | undefined {
    if (schema !== "") {
      const reference = parseReference(name, NO_PLACES)
      return reference === undefined ? undefined : { ...reference, place: schema.toLowerCase() }
    }
    const text = name.toLowerCase() === "source" ? (this.options.source ?? name) : name
    return parseReference(text, new Set(["host", ...this.sources.places]))
  }

  /** The files that a table of a statement means. */
  #inputs(asked: TableName) {
    return Effect.gen({ self: this }, function* () {
      const { name, position } = asked
      const table = labelOf(asked)
      const missing = (reason: string, nearest: string | null = null) =>
        new NoSuchTable({ table, reason, position, nearest })
      const reference = this.#reference(asked)
      if (reference === undefined) {
        const hint = /^(?:file|https?|s3):/iu.test(name)
          ? ": other ponds are named by --attach, files of the machine by 'host:/path'"
          : `; there are ${FORMATS.join(", ")}`
        return yield* missing(`its scheme is no format that can be read${hint}`)
      }
      if (reference.place === "host") {
        if (this.options.isHostAllowed === true) return [hostInput(reference)]
        return yield* missing("only the person at the command line may name files of the machine")
      }
      const invalid = (error: Unreadable | Error) =>
        (error as { readonly _tag?: string })._tag === "Unreadable" ? (error as Unreadable) : missing(error.message)
      const lookups = yield* Effect.mapError(this.sources.lookups(reference), invalid)
      const found = yield* Effect.forEach(lookups, (lookup) => {
        const inputs = Effect.mapError(lookup, invalid)
        return lookups.length > 1 ? this.tolerated(inputs) : inputs
      })
      const inputs = found.flat()
      if (inputs.length > 0) return inputs
      const unknown = /^([a-z_][a-z0-9_-]*):(?!\/\/)/u.exec(name)?.[1]
      if (asked.schema === "" && reference.place === undefined && unknown !== undefined) {
        return yield* missing(`nothing in the pond matches it, and no pond is attached as ${JSON.stringify(unknown)}`)
      }
      return yield* missing(...(yield* this.#absent(reference)))
    })
  }

  /** Makes what a statement calls a table of the files that it means. */
  table(asked: TableName) {
    return Effect.gen({ self: this }, function* () {
      const inputs = yield* this.#inputs(asked)
      let columns: ReadonlyArray<Column> = []
      const parts: Array<ViewPart> = []
      const bad: Array<Table["bad"][number]> = []
      const read = yield* Effect.forEach(inputs, (input) => this.#read(input), { concurrency: PARSERS })
      for (const [at, input] of inputs.entries()) {
        for (const parsed of read[at]!) {
          this.#tellMixed(labelOf(asked), input.label, parsed)
          columns = yield* this.#merged(labelOf(asked), columns, parsed.columns)
          for (const part of parsed.parts) {
            parts.push({ file: this.parser.cache.fileOf(part.name), part, ...input })
            for (const line of part.bad) bad.push({ path: input.label, ...line })
          }
        }
      }
      const { name, schema } = asked
      return { schema, name, sql: tableQuery(columns, parts), parts, bad } satisfies Table
    })
  }

  /** Tells of columns that became text within a file: once for each. */
  #tellMixed(table: string, path: string, { parts }: Parsed) {
    for (const column of new Set(parts.flatMap(({ mixed }) => mixed ?? []))) {
      const isSaid = this.notes.some((note) => note.kind === "mixed" && note.table === table && note.column === column)
      if (!isSaid) this.notes.push({ kind: "mixed", table, column, path })
    }
  }

  /** The columns of all files so far. */
  #merged(table: string, left: ReadonlyArray<Column>, right: ReadonlyArray<Column>) {
    return Effect.gen({ self: this }, function* () {
      const pairs = new Map<string, string>()
      mergeColumns(left, right, (one, other) => {
        pairs.set(`${one}\n${other}`, "")
        return one
      })
      for (const pair of pairs.keys()) {
        const [one, other] = pair.split("\n") as [string, string]
        pairs.set(pair, yield* commonType(this.parser.database, one, other))
      }
      const merged = mergeColumns(left, right, (one, other) => pairs.get(`${one}\n${other}`)!)
      for (const [at, [column, type]] of left.entries()) {
        const now = merged[at]![1]
        const other = right.find(([name]) => name.toLowerCase() === column.toLowerCase())?.[1]
        const isSaid = this.notes.some(
          (note) => note.kind === "conflict" && note.table === table && note.column === column
        )
        if (now !== "VARCHAR" || other === undefined || isSaid) continue
        if (type !== other && type !== UNKNOWN && other !== UNKNOWN) {
          this.notes.push({ kind: "conflict", table, column, types: [type, other] })
        }
      }
      return merged
    })
  }

  /** Why there is nothing, and what is most like it. */
  #absent({ path, place }: Reference) {
    return Effect.gen({ self: this }, function* () {
      const isAttached = place !== undefined && Object.hasOwn(this.sources.attached, place)
      const snapshot = isAttached ? (yield* this.sources.pond(place)).snapshot : this.snapshot
      if (place !== "imports" && place !== "all") {
        const node = Option.getOrUndefined(yield* Effect.orElseSucceed(snapshot.find(path), Option.none<Node>))
        if (node?.type === "dir")
          return [`it is a directory: '${path.replace(/\/*$/u, "/*")}' are the files in it`, null] as const
        if (node !== undefined && isDerived(node))
          return ["it is a query of an import, which is not run here", null] as const
        if (node?.type === "dynamic")
          return [`it is an instance of the factory ${node.factory}, which has no rows`, null] as const
      }
      const near = place === "imports" ? null : yield* nearestPath(this.parser.database, snapshot, path)
      const where =
        place === undefined || place === "local"
          ? "nothing in the pond matches it"
          : place === "imports"
            ? "nothing in the imports matches it"
            : place === "all"
              ? "nothing in the pond, its imports and those attached matches it"
              : `nothing in the pond attached as ${JSON.stringify(place)} matches it`
      return [where, near === null || place === undefined ? near : `${place}:${near}`] as const
    })
  }
}
