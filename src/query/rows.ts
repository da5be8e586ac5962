/**
 * The rows of an answer, as they come: the engine makes the next ones when they are asked for.
 */
import type { DuckDBDataChunk, DuckDBResult, DuckDBType } from "@duckdb/node-api"
import { Effect, Stream } from "effect"
import type { Column } from "./columns.ts"
import type { Database } from "./database.ts"
import { type QueryFailed, QueryTimedOut } from "./errors.ts"
import { plainValue } from "./value.ts"

/** The rows of a statement that runs. */
export class Rows {
  readonly columns: ReadonlyArray<Column>
  readonly types: ReadonlyArray<DuckDBType>
  readonly #database: Database
  readonly #result: DuckDBResult
  readonly #failed: (error: QueryFailed) => QueryFailed | QueryTimedOut

  private constructor(
    database: Database,
    result: DuckDBResult,
    failed: (error: QueryFailed) => QueryFailed | QueryTimedOut
  ) {
    this.#database = database
    this.#result = result
    this.#failed = failed
    this.types = result.columnTypes()
    this.columns = result.deduplicatedColumnNames().map((name, at): Column => [name, String(result.columnType(at))])
  }

  /** Starts a statement; after so many seconds it is stopped. */
  static readonly open = Effect.fnUntraced(function* (database: Database, sql: string, seconds: number | undefined) {
    let isLate = false
    if (seconds !== undefined) {
      yield* Effect.forkScoped(
        Effect.andThen(
          Effect.sleep(seconds * 1000),
          Effect.sync(() => {
            isLate = true
            database.connection.interrupt()
          })
        )
      )
    }
    const failed = (error: QueryFailed) => (isLate ? new QueryTimedOut({ seconds: seconds! }) : error)
    const result = yield* Effect.mapError(
      database.use((connection) => connection.stream(sql), sql),
      failed
    )
    return new Rows(database, result, failed)
  })

  /** The rows as the engine makes them. */
  get chunks(): Stream.Stream<DuckDBDataChunk, QueryFailed | QueryTimedOut> {
    const next = Effect.mapError(
      this.#database.use(() => this.#result.fetchChunk()),
      this.#failed
    )
    return Stream.unfold(undefined, () =>
      Effect.map(next, (chunk) => (chunk === null || chunk.rowCount === 0 ? undefined : ([chunk, undefined] as const)))
    )
  }

  /** The rows, many at a time, each a list of plain values in the order of the columns. */
  get pages(): Stream.Stream<ReadonlyArray<ReadonlyArray<unknown>>, QueryFailed | QueryTimedOut> {
    return Stream.map(this.chunks, (chunk) => chunk.getRows().map((row) => row.map(plainValue)))
  }
}
