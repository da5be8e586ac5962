/**
 * Names of a pond's objects (format.md section 1), and where the log meets them: files as `add` and `remove` actions.
 */
import type { Action, Add, Remove } from "../delta/actions.ts"
import { toHex } from "../bao/index.ts"
import type { DataFileInfo } from "./publication.ts"
import { decodeRows, encodeRows, type Row } from "./row.ts"

/** Rows of at most this many bytes ride in the tags of their file. */
const TAG_BYTES_MAX = 8 * 1024

const digits = (txn: number): string => String(txn).padStart(20, "0")

/** The name of a data file whose first txn is this one; `unique` is a UUID. */
export const dataFileName = (firstTxn: number, unique: string): string => `${digits(firstTxn)}-${unique}.parquet`

/** The name of an index piece published for a txn. */
export const pieceName = (txn: number, unique: string): string => `_index/${digits(txn)}-${unique}.parquet`

/** The name of the object that holds the outboard of a large Parquet file. */
export const outboardName = (outboardHash: string): string => `_blobs/${outboardHash.slice(0, 2)}/${outboardHash}.obao`

/** The hint that tells which log entry holds the newest publication. */
export const HEAD_HINT = "_index/_head"

/** The action that adds a data file. `rows` ride along when they are small. */
export const addAction = (info: DataFileInfo, rows: ReadonlyArray<Row>, timeMs: number, isMerged: boolean): Action => {
  const tags = new Map<string, string>([
    ["blake3", info.hash],
    ["level", String(info.level)],
    ["txns", `${info.firstTxn}-${info.lastTxn}`]
  ])
  if (info.outboard !== undefined) tags.set("outboard", info.outboard)
  if (!isMerged) {
    const compact = encodeRows(rows)
    if (compact.length <= TAG_BYTES_MAX) tags.set("rows", Buffer.from(compact).toString("base64"))
  }
  const add: Add = {
    path: info.file,
    partitionValues: new Map(),
    size: BigInt(info.sizeBytes),
    modificationTime: BigInt(timeMs),
    dataChange: !isMerged,
    stats: JSON.stringify({
      numRecords: info.rows,
      minValues: { txn: info.firstTxn },
      maxValues: { txn: info.lastTxn },
      nullCount: { txn: 0 }
    }),
    tags
  }
  return { add }
}

/** The action that removes a data file which was merged into another. */
export const removeAction = (info: DataFileInfo, timeMs: number): Action => {
  const remove: Remove = {
    path: info.file,
    deletionTimestamp: BigInt(timeMs),
    dataChange: false,
    extendedFileMetadata: true,
    partitionValues: new Map(),
    size: BigInt(info.sizeBytes)
  }
  return { remove }
}

/** What the tags of an `add` say about its data file. Throws a `TypeError` when they are not those of a pond. */
export const dataFileOf = (add: Add): DataFileInfo => {
  const span = /^(\d+)-(\d+)$/.exec(add.tags?.get("txns") ?? "")
  const hash = add.tags?.get("blake3") ?? ""
  const rows = /"numRecords":(\d+)/.exec(add.stats ?? "")
  if (span === null || rows === null || !/^[0-9a-f]{64}$/.test(hash)) {
    throw new TypeError(`the data file ${add.path} lacks the tags of a pond`)
  }
  const outboard = add.tags?.get("outboard")
  return {
    file: add.path,
    level: Number(add.tags?.get("level") ?? 0),
    firstTxn: Number(span[1]),
    lastTxn: Number(span[2]),
    rows: Number(rows[1]),
    sizeBytes: Number(add.size),
    hash,
    ...(outboard === undefined ? {} : { outboard })
  }
}

/** The rows that ride in the tags of an `add`, without contents; `undefined` when there are none. Throws a `TypeError`. */
export const taggedRows = (add: Add): ReadonlyArray<Row> | undefined => {
  const text = add.tags?.get("rows")
  return text === undefined ? undefined : decodeRows(Buffer.from(text, "base64"))
}

/** A new unique part of a name. */
export const uniquePart = (random: Uint8Array): string => {
  const hex = toHex(random)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

/** The URL of the store in which a pond at a URL has its table. */
export const tableUrl = (url: string): string =>
  // One that names no place stays as it is, and is refused: its table would lie in a bucket called `data`.
  /^[a-z][a-z0-9+.-]+:\/*$/iu.test(url) ? url : url.replace(/\/?(?=[?#]|$)/u, "/data")
