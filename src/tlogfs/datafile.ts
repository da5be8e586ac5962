/**
 * Data files: the Parquet files of the log, as bytes (format.md section 3).
 *
 * Parquet protects nothing: whoever reads a data file checks its BLAKE3 before (R4).
 */
import type { AsyncBuffer } from "hyparquet"
import { concatenate } from "../bao/outboard.ts"
import { FlatEncoder, flatSchema } from "../delta/parquet-flat.ts"
import { chunkKey, type RowGroup as Group } from "../delta/parquet-footer.ts"
import type { Columns } from "../delta/parquet-read.ts"
import { pageCompressors } from "./page-codec.ts"
import { columnsOf, openFile, type OpenFile, planOf } from "./parquet.ts"
import { COLUMNS, type Row, rowOfValues } from "./row.ts"

/** Most bytes of content in one row group. */
const GROUP_BYTES = 8 * 1024 * 1024
/** Most rows in one row group. */
const GROUP_ROWS = 10_000
const REQUIRED: ReadonlySet<keyof Row> = new Set(["txn", "op", "kind"])

const SCHEMA = flatSchema(
  COLUMNS.map(({ bulky, name, type }) => ({ name, type, nullable: !REQUIRED.has(name), bulky: bulky === true }))
)

/**
 * The Delta schema of the log, as `metaData.schemaString` wants it. It demands no column, though the data files do: to Spark a column that must not be
 * null is an invariant, which the protocol of the table would have to name before Spark read a row of it.
 */
export const SCHEMA_STRING: string = JSON.stringify({
  type: "struct",
  fields: COLUMNS.map(({ name, type }) => ({ name, type, nullable: true, metadata: {} }))
})

/** Writes a data file row by row, in bounded memory; `add` gives out bytes whenever a row group is complete. */
export class DataFileEncoder {
  readonly #parquet = new FlatEncoder(SCHEMA, pageCompressors.ZSTD)
  #group: Array<Row> = []
  #groupBytes = 0

  /** Adds the next row in the order of (txn, op, extent_offset). */
  add(one: Row): Uint8Array | undefined {
    const own = (one.content?.length ?? 0) + (one.outboard?.length ?? 0) + (one.config?.length ?? 0)
    const isFull = this.#groupBytes + own > GROUP_BYTES || this.#group.length === GROUP_ROWS
    if (isFull && this.#group.length > 0) this.#writeGroup()
    this.#group.push(one)
    this.#groupBytes += own
    return isFull ? this.#parquet.take() : undefined
  }

  /** The rest of the file. */
  finish(): Uint8Array {
    if (this.#group.length > 0) this.#writeGroup()
    this.#parquet.finish()
    return this.#parquet.take()
  }

  #writeGroup(): void {
    const group = this.#group
    this.#group = []
    this.#groupBytes = 0
    this.#parquet.write(
      group.length,
      COLUMNS.map(({ name }) => group.map((one) => one[name]))
    )
  }
}

/** The bytes of a data file with these rows, which are in the order of (txn, op, extent_offset). */
export const encodeDataFile = (rows: ReadonlyArray<Row>): Uint8Array => {
  const encoder = new DataFileEncoder()
  const parts: Array<Uint8Array> = []
  for (const one of rows) {
    const bytes = encoder.add(one)
    if (bytes !== undefined) parts.push(bytes)
  }
  parts.push(encoder.finish())
  return parts.length === 1 ? parts[0]! : concatenate(parts)
}

/** What a reader of data files asks for. */
export interface RowQuery {
  /** Only rows of these transactions. */
  readonly firstTxn?: number
  readonly lastTxn?: number
  /** Leaves `content` null: names, sizes, places and hash trees only. */
  readonly withoutContent?: boolean
}

/** Reads rows out of a data file whose bytes check themselves. Rejects where they are not rows. */
export const readDataFile = async (file: AsyncBuffer, query: RowQuery = {}): Promise<ReadonlyArray<Row>> => {
  const groups: Array<ReadonlyArray<Row>> = []
  for await (const rows of readRowGroups(file, query)) groups.push(rows)
  return groups.flat()
}

/** As `readDataFile`, row group by row group: in bounded memory. */
export async function* readRowGroups(file: AsyncBuffer, query: RowQuery = {}): AsyncGenerator<ReadonlyArray<Row>> {
  const { firstTxn = 0, lastTxn = Number.MAX_SAFE_INTEGER, withoutContent = false } = query
  const open = await openFile(file)
  const read = readerOf(open, withoutContent ? WITHOUT_CONTENT : ALL)
  for (const group of open.file.groups) {
    const txns = txnsOf(group)
    if (txns.last < firstTxn || txns.first > lastTxn) continue
    yield (await read(group)).filter(({ txn }) => txn >= firstTxn && txn <= lastTxn)
  }
}

/** A row group of a data file: which one it is, and the txns that it may be of. */
export interface RowGroup {
  readonly at: number
  readonly firstTxn: number
  readonly lastTxn: number
}

/** The row groups of a data file, in order. */
export const rowGroupsIn = async (file: AsyncBuffer): Promise<ReadonlyArray<RowGroup>> =>
  (await openFile(file)).file.groups.map((group, at) => {
    const { first, last } = txnsOf(group)
    return { at, firstTxn: first, lastTxn: last }
  })

/** The contents of the rows of a row group, each with its place; other columns are null. */
export const contentsOfGroup = async (file: AsyncBuffer, { at }: RowGroup): Promise<ReadonlyArray<Row>> => {
  const open = await openFile(file)
  const group = open.file.groups[at]
  return group === undefined ? [] : readerOf(open, CONTENTS)(group)
}

type Names = ReadonlySet<keyof Row>

const ALL: Names = new Set(COLUMNS.map(({ name }) => name))
const WITHOUT_CONTENT: Names = new Set([...ALL].filter((name) => name !== "content"))
const CONTENTS: Names = new Set(["txn", "op", "kind", "extent_offset", "content"])

/** The least and greatest txn of a row group, as far as its statistics tell. */
const txnsOf = ({ chunks }: Group): { readonly first: number; readonly last: number } => {
  const { greatest, least } = chunks.get(TXN) ?? {}
  return {
    first: typeof least === "bigint" ? Number(least) : 0,
    last: typeof greatest === "bigint" ? Number(greatest) : Number.MAX_SAFE_INTEGER
  }
}

const TXN = chunkKey(["txn"])

/** Reads the wanted columns of row groups of a file. */
const readerOf = (open: OpenFile, names: Names) => {
  const fields = COLUMNS.filter(({ name }) => names.has(name)).map(({ name, type }) => ({
    name,
    type,
    nullable: true,
    metadata: {}
  }))
  const plan = planOf(open, { type: "struct", fields })
  return async (group: Group): Promise<ReadonlyArray<Row>> => rowsOf(await columnsOf(open, group, plan))
}

const rowsOf = ({ columns, rowCount }: Columns): ReadonlyArray<Row> => {
  const inOrder = COLUMNS.map(({ name }) => columns.get(name))
  return Array.from({ length: rowCount }, (_, at) =>
    rowOfValues(
      inOrder.map((column) => {
        const value = column?.[at] ?? null
        return typeof value === "bigint" ? Number(value) : value
      })
    )
  )
}
