/**
 * Contents as rows and rows as contents: the physical columns (format.md section 3).
 *
 * A version of a series is all bytes up to it: the extents of its rows, and of those before since it was last written anew. Of every
 * other type it is the extents of its own rows. Bytes kept in rows are looked up when they are needed, since the index leaves them out.
 */
import { Effect } from "effect"
import { Damaged } from "../../tinyfs/index.ts"
import type { Physical, Row } from "../row.ts"
import { parseBlobName } from "./blob.ts"
import { type Extent, overlapping, type Place } from "./extent.ts"
import { type OutboardColumns, partsOfRows } from "./outboard.ts"
import { type ContentIdentity, contentInMemory, type ReadFailure, type StoredContent, subjectOf } from "./stored.ts"

const NO_BYTES: Physical = {
  extent_offset: null,
  extent_length: null,
  extent_kind: null,
  extent_hash: null,
  blob: null,
  blob_offset: null,
  content: null,
  outboard: null,
  outboard_blob: null
}

const physicalOf = (extent: Extent): Physical => ({
  ...NO_BYTES,
  extent_offset: extent.offset,
  extent_length: extent.length,
  extent_kind: extent.kind,
  extent_hash: extent.hash,
  blob: extent.kind === "blob" ? extent.blob : null,
  blob_offset: extent.kind === "blob" ? extent.blobOffset : null,
  content: extent.kind === "inline" ? extent.content : null
})

/** The physical columns of an event's row, and of the rows of its further extents. */
export const physicalRows = (
  extents: ReadonlyArray<Extent>,
  { outboard, outboardBlob }: OutboardColumns
): ReadonlyArray<Physical> => {
  const [first = NO_BYTES, ...further] = extents.map(physicalOf)
  return [{ ...first, outboard, outboard_blob: outboardBlob }, ...further]
}

/** Looks up the column `content` of rows, in order. */
export type InlineContents = (rows: ReadonlyArray<Row>) => Effect.Effect<ReadonlyArray<Uint8Array>, ReadFailure>

/** An extent as its row tells it, before bytes in the row are looked up. */
interface RowExtent extends Place {
  readonly row: Row
}

/** The rows that made versions, of all rows of a node, oldest first: the first of each version, and those of its further extents. */
const makingRows = (rows: ReadonlyArray<Row>, wanted: (version: number) => boolean): ReadonlyArray<Row> => {
  const making: Array<Row> = []
  const seen = new Set<number>()
  let event: Row | undefined
  for (const row of rows) {
    if (row.kind === "extent") {
      if (event !== undefined && event.txn === row.txn && event.op === row.op) making.push(row)
      continue
    }
    event = undefined
    if (row.version === null || seen.has(row.version)) continue
    seen.add(row.version)
    if (!wanted(row.version)) continue
    event = row
    making.push(row)
  }
  return making
}

/** The version of a series at which the content of another begins: the last that was written anew, or else the first. */
const beginningOf = (rows: ReadonlyArray<Row>, version: number): number => {
  let first = 1
  for (const row of rows) {
    if (row.kind === "written" && row.version !== null && row.version <= version) first = Math.max(first, row.version)
  }
  return first
}

/** Makes the content of a version from all rows of its node, oldest first; or says what is wrong with them. */
export const contentOfRows = (
  identity: ContentIdentity,
  rows: ReadonlyArray<Row>,
  inlineContents: InlineContents
): StoredContent | Damaged => {
  const { version } = identity
  const damaged = (why: string): Damaged =>
    new Damaged({ subject: subjectOf(identity), version, start: null, end: null, why })
  const own = rows.find((row) => row.version === version && row.kind !== "extent")
  if (own === undefined || own.size === null || own.hash === null) return damaged("no row has its size and hash")
  const first = own.type === "series" ? beginningOf(rows, version) : version
  const making = makingRows(rows, (other) => first <= other && other <= version)
  const events = making.filter(({ kind }) => kind !== "extent")
  const outboard = partsOfRows(
    events.map(({ outboard, outboard_blob, size }) => ({ sizeBytes: size ?? 0, outboard, outboardBlob: outboard_blob }))
  )
  if (typeof outboard === "string") return damaged(outboard)
  const places: Array<RowExtent> = []
  for (const row of making) {
    if (row.extent_kind === null) continue
    if (!isWhole(row)) return damaged(`the row of txn ${row.txn}, op ${row.op} does not say where its bytes are`)
    places.push({ offset: row.extent_offset!, length: row.extent_length!, row })
  }
  places.sort((left, right) => left.offset - right.offset)
  const { hash, size } = own
  return {
    ...contentInMemory({ identity, sizeBytes: size, hash }, [], outboard),
    extents: (span) => extentsOf(overlapping(places, span), inlineContents)
  }
}

const isWhole = (row: Row): boolean =>
  row.extent_offset !== null &&
  row.extent_length !== null &&
  row.extent_length > 0 &&
  row.extent_hash !== null &&
  (row.extent_kind !== "blob" || (row.blob_offset !== null && parseBlobName(row.blob ?? "") !== undefined))

const extentsOf = Effect.fnUntraced(function* (
  places: ReadonlyArray<RowExtent>,
  inlineContents: InlineContents
): Effect.fn.Return<ReadonlyArray<Extent>, ReadFailure> {
  const missing = places.filter(({ row }) => row.extent_kind === "inline" && row.content === null).map(({ row }) => row)
  const found = missing.length === 0 ? [] : yield* inlineContents(missing)
  const contents = new Map(missing.map((row, index) => [row, found[index]]))
  return places.map(({ length, offset, row }): Extent => {
    const run = { offset, length, hash: row.extent_hash! }
    if (row.extent_kind === "blob") return { ...run, kind: "blob", blob: row.blob!, blobOffset: row.blob_offset! }
    if (row.extent_kind === "pruned") return { ...run, kind: "pruned" }
    return { ...run, kind: "inline", content: row.content ?? contents.get(row) ?? new Uint8Array(0) }
  })
})
