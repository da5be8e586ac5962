/**
 * Answers as record batches of Apache Arrow, and as the bytes of its streaming format.
 *
 * A batch is what the engine makes at a time, so memory does not grow with the number of rows. The package is loaded when it is used.
 */
import type { DuckDBDataChunk } from "@duckdb/node-api"
import type * as Arrow from "apache-arrow"
import { Effect, Stream } from "effect"
import { type ArrowColumn, arrowColumn, type ArrowPackage, BatchTooLarge } from "./arrow-columns.ts"
import { failureOf, loadEngine } from "./database.ts"
import { EngineMissing, QueryFailed } from "./errors.ts"
import type { Rows } from "./rows.ts"
import { columnsOf } from "./value.ts"

const PACKAGE = "apache-arrow"

const loadArrow: Effect.Effect<ArrowPackage, EngineMissing> = Effect.tryPromise({
  try: () => import("apache-arrow"),
  catch: (cause) => new EngineMissing({ packageName: PACKAGE, cause })
})

type Values = ReadonlyArray<ReadonlyArray<unknown>>

/** Makes batches of rows: one, or as many as its 32-bit offsets need. */
const batchesOf = (
  arrow: ArrowPackage,
  schema: Arrow.Schema,
  columns: ReadonlyArray<ArrowColumn>,
  values: Values,
  length: number
): ReadonlyArray<Arrow.RecordBatch> => {
  const type = new arrow.Struct(schema.fields)
  try {
    const children = columns.map((column, at) => column.dataOf(values[at]!))
    return [new arrow.RecordBatch(schema, arrow.makeData({ type, length, nullCount: 0, children }))]
  } catch (error) {
    if (!(error instanceof BatchTooLarge) || length === 1) throw error
    const half = length >> 1
    const part = (start: number, end: number) =>
      batchesOf(
        arrow,
        schema,
        columns,
        values.map((column) => column.slice(start, end)),
        end - start
      )
    return [...part(0, half), ...part(half, length)]
  }
}

/** The rows of an answer as batches with its schema; at least one, which may be empty. */
export const arrowBatches = (rows: Rows) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const arrow = yield* loadArrow
      const engine = yield* loadEngine
      const columns = rows.types.map((type) => arrowColumn(engine, arrow, type))
      const fields = columns.map(({ type }, at) => new arrow.Field(rows.columns[at]![0], type, true))
      const schema = new arrow.Schema(fields)
      const made = (values: Values, length: number) =>
        Effect.try({
          try: () => batchesOf(arrow, schema, columns, values, length),
          catch: (cause) => (cause instanceof QueryFailed ? cause : failureOf(cause))
        })
      const empty = Stream.fromIterableEffect(
        made(
          columns.map(() => []),
          0
        )
      )
      return rows.chunks.pipe(
        Stream.mapEffect((chunk: DuckDBDataChunk) => made(columnsOf(chunk), chunk.rowCount)),
        Stream.flatMap(Stream.fromIterable),
        Stream.orElseIfEmpty(() => empty)
      )
    })
  )

/** The bytes of batches in Arrow's streaming format; each part is complete once its batch was taken. */
export const arrowBytes = <E, R>(batches: Stream.Stream<Arrow.RecordBatch, E, R>) =>
  Stream.unwrap(
    Effect.map(loadArrow, (arrow) => {
      let written: Array<Uint8Array> = []
      /** Keeps what the writer writes: its own queue waits for nobody. */
      class Sink extends arrow.AsyncByteQueue {
        override write(bytes: Uint8Array): void {
          written.push(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
        }
      }
      const sink = new Sink()
      const writer = new arrow.RecordBatchStreamWriter()
      let isBegun = false
      const taken = (): Uint8Array => {
        const bytes = Buffer.concat(written)
        written = []
        return bytes
      }
      const write = (batch: Arrow.RecordBatch): Uint8Array => {
        if (!isBegun) writer.reset(sink as never, batch.schema)
        isBegun = true
        if (batch.numRows > 0) writer.write(batch)
        return taken()
      }
      const end = Stream.suspend(() => {
        writer.finish()
        return Stream.succeed(taken())
      })
      return Stream.concat(Stream.map(batches, write), end)
    })
  )
