/**
 * What a statement calls a table, made of the files that it means: their rows, and what a person should know of them.
 */
import { Effect } from "effect"
import { parseReference } from "../formats/reference.ts"
import type { Snapshot } from "../tlogfs/pond.ts"
import { type Column, commonType, mergeColumns } from "./columns.ts"
import { type Content, parseContent, type Parser } from "./content.ts"
import { literal } from "./database.ts"
import { BadLinesFound, NoSuchTable, type Unreadable } from "./errors.ts"
import { hostInput, type Input, inputsOf } from "./inputs.ts"
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
  readonly memoryMb?: number
  readonly threads?: number
  readonly seconds?: number
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
      readonly kind: "conflict"
      readonly table: string
      readonly column: string
      readonly types: readonly [string, string]
    }

/** Contents that are parsed at a time: the engine reads a file with one thread. */
const PARSERS = 2
/** A larger directory is not searched for the name that somebody meant. */
const NEAREST_MAX = 10_000

/** What a table of a statement became. */
export interface Table {
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

/** Makes the tables of one statement, and gathers what there is to tell. */
export class Tables {
  readonly notes: Array<Note> = []
  readonly parser: Parser
  readonly snapshot: Snapshot
  readonly options: QueryOptions

  constructor(parser: Parser, snapshot: Snapshot, options: QueryOptions) {
    this.parser = parser
    this.snapshot = snapshot
    this.options = options
  }

  /** The rows of a content, and what there is to tell of it. */
  rowsOf(content: Content) {
    return Effect.gen({ self: this }, function* () {
      const { format, path } = content
      const parsed = yield* Effect.scoped(this.#parse(content))
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

  /** Parses with a connection and a directory of its own, so that others can parse at the same time. */
  #parse(content: Content) {
    return Effect.gen({ self: this }, function* () {
      const { cache, database } = this.parser
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
      const contents = yield* this.tolerated(input.contents)
      const parsed = yield* Effect.forEach(contents, (content) => this.tolerated(this.rowsOf(content)))
      return parsed.flat()
    })
  }

  /** Makes what a statement calls a table of the files that it means. */
  table({ name, position }: TableName) {
    return Effect.gen({ self: this }, function* () {
      const missing = (reason: string, nearest: string | null = null) =>
        new NoSuchTable({ table: name, reason, position, nearest })
      const reference = parseReference(name.toLowerCase() === "source" ? (this.options.source ?? name) : name)
      if (reference === undefined) return yield* missing("its scheme is no format that can be read")
      if (reference.isHost && this.options.isHostAllowed !== true) {
        return yield* missing("only the person at the command line may name files of the machine")
      }
      const inputs = reference.isHost
        ? [hostInput(reference)]
        : yield* Effect.mapError(inputsOf(this.snapshot, reference), (error) => missing(error.message))
      if (inputs.length === 0)
        return yield* missing("nothing in the pond matches it", yield* this.#nearest(reference.path))
      let columns: ReadonlyArray<Column> = []
      const parts: Array<ViewPart> = []
      const bad: Array<Table["bad"][number]> = []
      const read = yield* Effect.forEach(inputs, (input) => this.#read(input), { concurrency: PARSERS })
      for (const [at, input] of inputs.entries()) {
        for (const parsed of read[at]!) {
          columns = yield* this.#merged(name, columns, parsed.columns)
          for (const part of parsed.parts) {
            parts.push({ file: this.parser.cache.fileOf(part.name), part, ...input })
            for (const line of part.bad) bad.push({ path: input.path, ...line })
          }
        }
      }
      return { name, sql: tableQuery(columns, parts), parts, bad } satisfies Table
    })
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
        if (now === "VARCHAR" && other !== undefined && type !== "NULL" && type !== other) {
          this.notes.push({ kind: "conflict", table, column, types: [type, other] })
        }
      }
      return merged
    })
  }

  /** The path that is most like one, by the first of its names that is not there. */
  #nearest(path: string) {
    return Effect.gen({ self: this }, function* () {
      const names = path.split("/").filter((name) => name !== "")
      let there = ""
      for (const name of names) {
        if (yield* this.snapshot.exists(`${there}/${name}`)) {
          there = `${there}/${name}`
          continue
        }
        const siblings = yield* this.snapshot.list(there === "" ? "/" : there)
        if (siblings.length === 0 || siblings.length > NEAREST_MAX) return null
        const distance = `damerau_levenshtein(name, ${literal(name)})`
        const values = siblings.map((one) => `(${literal(one.node.name)})`).join(", ")
        const [row] = yield* this.parser.database.rows<{ readonly name: string }>(
          `SELECT name FROM (VALUES ${values}) AS t(name) WHERE ${distance} <= 2 ORDER BY ${distance} LIMIT 1`
        )
        return row === undefined ? null : [there, row.name, ...names.slice(names.indexOf(name) + 1)].join("/")
      }
      return null
    }).pipe(Effect.orElseSucceed(() => null))
  }
}
