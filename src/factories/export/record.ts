/**
 * What a target remembers of its exports: which rows are there, and in which files. It is written with each export, in the commit that holds the rows,
 * so that both are always of one time.
 */
import { Effect, Schema } from "effect"
import { hash, toHex } from "../../bao/index.ts"
import { RecordDamaged } from "./errors.ts"

const Columns = Schema.Array(Schema.Tuple([Schema.String, Schema.String]))

/** A data file of the table. */
export const FileRecord = Schema.Struct({
  key: Schema.String,
  sizeBytes: Schema.Int,
  /** The BLAKE3 of its bytes, which are checked when they are read again (R4). */
  hash: Schema.String,
  rows: Schema.Int,
  /** The values of the partition columns. */
  values: Schema.Array(Schema.NullOr(Schema.String)),
  /** Whose rows it holds, in this order: origins and how many of each. */
  spans: Schema.Array(Schema.Tuple([Schema.String, Schema.Int]))
})
/** A data file of the table. */
export type FileRecord = typeof FileRecord.Type

/** A content whose rows are in the table, up to a line. */
export const OriginRecord = Schema.Struct({
  id: Schema.String,
  hash: Schema.String,
  hive: Schema.String,
  endLine: Schema.Int,
  /** Its own columns: a place in `schemas`. */
  schema: Schema.Int
})
/** A content whose rows are in the table, up to a line. */
export type OriginRecord = typeof OriginRecord.Type

/** What is in the table. */
export const TableRecord = Schema.Struct({
  /** The pond and the instance. */
  owner: Schema.String,
  /** What of the configuration decides how rows look; a change writes the table anew. */
  settings: Schema.String,
  /** Names and types, as SQL writes them, of the columns in data files. */
  columns: Columns,
  /** All columns, as Delta tables tell of them. */
  schema: Schema.String,
  schemas: Schema.Array(Columns),
  origins: Schema.Array(OriginRecord),
  files: Schema.Array(FileRecord)
})
/** What is in the table. */
export type TableRecord = typeof TableRecord.Type

const Sealed = Schema.fromJsonString(Schema.Struct({ digest: Schema.String, table: Schema.String }))
const TableText = Schema.fromJsonString(TableRecord)

const digestOf = (text: string): string => toHex(hash(new TextEncoder().encode(text)))

/** Where records lie: hidden from those who read tables. */
export const RECORDS = "_pond/"

/** The key of the record of an export. */
export const recordKey = (number: number): string => `${RECORDS}${String(number).padStart(20, "0")}.json`

/** The number of the export whose record has a key; `undefined` for other keys. */
export const recordNumber = (key: string): number | undefined => {
  const [, digits] = /^_pond\/(\d{20})\.json$/u.exec(key) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** The bytes of a record. */
export const encodeRecord = (record: TableRecord): Effect.Effect<Uint8Array> =>
  Effect.gen(function* () {
    const table = yield* Schema.encodeEffect(TableText)(record)
    return new TextEncoder().encode(yield* Schema.encodeEffect(Sealed)({ digest: digestOf(table), table }))
  }).pipe(Effect.orDie)

/** Reads a record; one that is not what was written is refused (R4). */
export const decodeRecord = (url: string, key: string, bytes: Uint8Array) =>
  Effect.gen(function* () {
    const { digest, table } = yield* Schema.decodeEffect(Sealed)(new TextDecoder().decode(bytes))
    if (digest !== digestOf(table)) return yield* new RecordDamaged({ url, key, why: "its digest is another one" })
    return yield* Schema.decodeEffect(TableText)(table)
  }).pipe(Effect.catchTag("SchemaError", ({ message }) => Effect.fail(new RecordDamaged({ url, key, why: message }))))
