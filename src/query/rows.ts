/**
 * The rows of an answer, as they come: the engine makes the next ones when they are asked for.
 */
import type { DuckDBDataChunk, DuckDBResult, DuckDBType } from "@duckdb/node-api"
import { Effect, Stream } from "effect"
import type { Column } from "./columns.ts"
import type { Database } from "./database.ts"
import type { QueryFailed } from "./errors.ts"
import { type LimitReached, type Limits, type Within, withinLimits } from "./limits.ts"
import { columnsOf, plainValue } from "./value.ts"

/** Rows of plain values, made of columns. */
const rowsOf = (columns: ReadonlyArray<ReadonlyArray<unknown>>, count: number): ReadonlyArray<ReadonlyArray<unknown>> =>
  Array.from({ length: count }, (_, at) => columns.map((column) => plainValue(column[at])))

/** What taking rows can fail with. */
type RowsError = QueryFailed | LimitReached

/** The rows of a statement that runs. */
export class Rows {
  readonly columns: ReadonlyArray<Column>
  readonly types: ReadonlyArray<DuckDBType>
  readonly #database: Database
  readonly #result: DuckDBResult
  readonly #within: Within

  private constructor(database: Database, result: DuckDBResult, within: Within) {
    this.#database = database
    this.#result = result
    this.#within = within
    this.types = result.columnTypes()
    this.columns = result.deduplicatedColumnNames().map((name, at): Column => [name, String(result.columnType(at))])
  }

  /** Starts a statement; what goes beyond its limits is stopped. */
  static readonly open = Effect.fnUntraced(function* (database: Database, sql: string, limits: Limits) {
    const within = yield* withinLimits(database, limits)
    const result = yield* within(database.use((connection) => connection.stream(sql), sql))
    return new Rows(database, result, within)
  })

  /** The rows as the engine makes them. */
  get chunks(): Stream.Stream<DuckDBDataChunk, RowsError> {
    const next = this.#within(this.#database.use(() => this.#result.fetchChunk()))
    return Stream.unfold(undefined, () =>
      Effect.map(next, (chunk) => (chunk === null || chunk.rowCount === 0 ? undefined : ([chunk, undefined] as const)))
    )
  }

  /** The rows, many at a time, each a list of plain values in the order of the columns. */
  get pages(): Stream.Stream<ReadonlyArray<ReadonlyArray<unknown>>, RowsError> {
    return Stream.map(this.chunks, (chunk) => rowsOf(columnsOf(chunk), chunk.rowCount))
  }
}
