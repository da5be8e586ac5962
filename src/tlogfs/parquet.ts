/**
 * Reading Pond's own Parquet files: bytes that check themselves, decoded by the reader of Delta tables, which believes no size, count or length in
 * them (S11). A hash says that bytes are those that the log names, not that whoever wrote them meant well: ponds are read from elsewhere too.
 */
import { Context, Effect } from "effect"
import type { AsyncBuffer } from "hyparquet"
import type { RowGroup } from "../delta/parquet-footer.ts"
import { type Columns, planColumns, type ReadPlan } from "../delta/parquet-read.ts"
import { openParquet, type ParquetSource, readGroup } from "../delta/source.ts"
import type { StructType } from "../delta/schema.ts"
import { promiseOf } from "./verified.ts"

/** A file whose footer was read. */
export type OpenFile = ParquetSource<never>

/** Fetches and checks the footer of a file. Rejects with what `file` says, or `Malformed`. */
export const openFile = (file: AsyncBuffer): Promise<OpenFile> =>
  promiseOf(
    Context.empty(),
    openParquet({
      sizeBytes: file.byteLength,
      // What the file rejects with passes as it is: its types are known to who made it.
      read: ({ end, start }) => Effect.promise(async () => new Uint8Array(await file.slice(start, end)))
    })
  )

/** Plans the reading of columns. Throws `Malformed` where those of the file have other types. */
export const planOf = ({ file }: OpenFile, schema: StructType): ReadPlan => planColumns(file, schema)

/** The columns of a row group. Rejects with what the file says, or `Malformed`. */
export const columnsOf = (open: OpenFile, group: RowGroup, plan: ReadPlan): Promise<Columns> =>
  promiseOf(Context.empty(), readGroup(open, group, plan))
