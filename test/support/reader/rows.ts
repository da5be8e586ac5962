/**
 * Rows of a pond (format.md section 3), read from its Parquet files with plain hyparquet.
 */
import { parquetReadObjects } from "hyparquet"
import { zstdDecompressSync } from "node:zlib"
import { type Cbor, decode } from "./cbor.ts"
import { fileOf, type Files } from "./files.ts"
import { blake3, type LogicalRow } from "./hashes.ts"
import type { DataFile, TableLog } from "./log.ts"

/** One row: every column. */
export interface PlainRow extends LogicalRow {
  readonly extent_offset: number | null
  readonly extent_length: number | null
  readonly extent_kind: string | null
  readonly extent_hash: string | null
  readonly blob: string | null
  readonly blob_offset: number | null
  readonly content: Uint8Array | null
  readonly outboard: Uint8Array | null
  readonly outboard_blob: string | null
  readonly header: string | null
}

const plain = (value: unknown): unknown => (typeof value === "bigint" ? Number(value) : (value ?? null))

const rowsOfFile = async (bytes: Uint8Array): Promise<ReadonlyArray<PlainRow>> => {
  const objects = await parquetReadObjects({
    file: new Uint8Array(bytes).buffer,
    utf8: false,
    parsers: { timestampFromMicroseconds: (value) => value },
    compressors: { ZSTD: (page) => new Uint8Array(zstdDecompressSync(page)) }
  })
  return objects.map((object) =>
    Object.fromEntries(Object.entries(object).map(([name, value]) => [name, plain(value)]))
  ) as unknown as ReadonlyArray<PlainRow>
}

/** The same values, byte strings as hex, without contents. */
const comparable = (values: ReadonlyArray<unknown>): string =>
  JSON.stringify(values.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value)))

const checkTags = ({ path, tags }: DataFile, columns: ReadonlyArray<string>, rows: ReadonlyArray<PlainRow>): void => {
  const [first, last] = (tags["txns"] ?? "").split("-").map(Number)
  if (rows[0]?.txn !== first || rows.at(-1)?.txn !== last) throw new Error(`${path} holds other txns than its tags say`)
  if (tags["rows"] === undefined) return
  const tagged = decode(Buffer.from(tags["rows"], "base64")) as ReadonlyArray<ReadonlyArray<Cbor>>
  const wanted = rows.map((row) => columns.map((name) => (name === "content" ? null : row[name as keyof PlainRow])))
  if (tagged.map(comparable).join() !== wanted.map(comparable).join()) {
    throw new Error(`${path} holds other rows than its tags say`)
  }
}

/** Reads the rows of all files of a table, in order. Throws where a file is not as the page says. */
export const readRows = async (files: Files, { columns, files: names }: TableLog): Promise<ReadonlyArray<PlainRow>> => {
  const all: Array<PlainRow> = []
  for (const file of names) {
    const bytes = fileOf(files, file.path)
    if (bytes.length !== file.size || blake3(bytes) !== file.tags["blake3"]) throw new Error(`${file.path} is damaged`)
    const rows = await rowsOfFile(bytes)
    checkTags(file, columns, rows)
    all.push(...rows)
  }
  return all.toSorted(
    (left, right) =>
      left.txn - right.txn || left.op - right.op || (left.extent_offset ?? 0) - (right.extent_offset ?? 0)
  )
}
