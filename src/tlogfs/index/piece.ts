/**
 * A piece of the index on disk: sorted entries in a Parquet file of two binary columns, `key` and `value`.
 *
 * Row groups hold at most `GROUP_ENTRIES` entries of about a MiB, so that a look-up decodes little. The full first and last key of each
 * group are kept in the footer (`pond.keys`): Parquet statistics are cut short by libraries and would be useless for keys
 * that share long prefixes, as ids made within one millisecond do. A null value is a tombstone.
 */
import { decode, encode } from "cborg"
import type { AsyncBuffer } from "hyparquet"
import { FlatEncoder, flatSchema } from "../../delta/parquet-flat.ts"
import type { StructType } from "../../delta/schema.ts"
import type { ReadPlan } from "../../delta/parquet-read.ts"
import { pageCompressors } from "../page-codec.ts"
import { columnsOf, openFile, type OpenFile, planOf } from "../parquet.ts"
import { keyBytes, keyOf, type Entry, type Key, type KeyRange } from "./keys.ts"

/** Entries of one row group. */
export const GROUP_ENTRIES = 2048

/** Bytes of keys and values from which on a row group is complete. */
const GROUP_BYTES = 1024 * 1024

/** Decoded row groups that an open piece keeps. */
const GROUPS_KEPT = 8

/** The first and last key of one row group. */
export interface GroupKeys {
  readonly first: Key
  readonly last: Key
  readonly entries: number
}

const SCHEMA = flatSchema([
  { name: "key", type: "binary", nullable: false, bulky: true },
  { name: "value", type: "binary", nullable: true, bulky: true }
])

const COLUMNS: StructType = {
  type: "struct",
  fields: [
    { name: "key", type: "binary", nullable: false, metadata: {} },
    { name: "value", type: "binary", nullable: true, metadata: {} }
  ]
}

const KEYS_METADATA = "pond.keys"

/** Writes a piece from entries in ascending order of keys; `add` gives out bytes whenever a row group is complete. */
export class PieceEncoder {
  readonly #parquet = new FlatEncoder(SCHEMA, pageCompressors.ZSTD)
  readonly #groups: Array<GroupKeys> = []
  #pending: Array<Entry> = []
  #pendingBytes = 0

  /** Entries that were added so far. */
  get entries(): number {
    return this.#groups.reduce((sum, group) => sum + group.entries, 0) + this.#pending.length
  }

  /** The outermost keys of what was written; none: empty. */
  get first(): Key {
    return this.#groups[0]?.first ?? ""
  }

  get last(): Key {
    return this.#groups.at(-1)?.last ?? ""
  }

  /** Adds the next entry; its key must be greater than the one before. */
  add(entry: Entry): Uint8Array | undefined {
    this.#pending.push(entry)
    this.#pendingBytes += entry.key.length + (entry.value?.length ?? 0)
    const isFull = this.#pending.length === GROUP_ENTRIES || this.#pendingBytes >= GROUP_BYTES
    return isFull ? this.#flush() : undefined
  }

  /** The rest of the file. */
  finish(): Uint8Array {
    if (this.#pending.length > 0) this.#writeGroup()
    const table = encode(this.#groups.map(({ first, last, entries }) => [keyBytes(first), keyBytes(last), entries]))
    this.#parquet.finish(new Map([[KEYS_METADATA, Buffer.from(table).toString("base64")]]))
    return this.#parquet.take()
  }

  #flush(): Uint8Array {
    this.#writeGroup()
    return this.#parquet.take()
  }

  #writeGroup(): void {
    const group = this.#pending
    this.#pending = []
    this.#pendingBytes = 0
    this.#groups.push({ first: group[0]!.key, last: group[group.length - 1]!.key, entries: group.length })
    this.#parquet.write(group.length, [group.map(({ key }) => keyBytes(key)), group.map(({ value }) => value)])
  }
}

/** An opened piece: looks up keys and ranges, decoding only the row groups that can hold them. */
export class Piece {
  readonly groups: ReadonlyArray<GroupKeys>
  readonly #open: OpenFile
  readonly #plan: ReadPlan
  readonly #decoded = new Map<number, Promise<ReadonlyArray<Entry>>>()

  private constructor(open: OpenFile, groups: ReadonlyArray<GroupKeys>) {
    this.#open = open
    this.#plan = planOf(open, COLUMNS)
    this.groups = groups
  }

  /** Reads the footer of a piece. `file` checks its bytes itself. Rejects with what the file or the decoder says. */
  static async open(file: AsyncBuffer): Promise<Piece> {
    const opened = await openFile(file)
    const table = opened.file.notes.get(KEYS_METADATA)
    const rows: unknown = table === undefined ? undefined : decode(Buffer.from(table, "base64"))
    if (!Array.isArray(rows)) throw new TypeError("an index piece without its table of keys")
    const groups = rows.map((row: [Uint8Array, Uint8Array, number]) => ({
      first: keyOf(row[0]),
      last: keyOf(row[1]),
      entries: row[2]
    }))
    if (groups.length !== opened.file.groups.length)
      throw new TypeError("an index piece whose table of keys is another's")
    return new Piece(opened, groups)
  }

  /** Which group holds a key, if one does. */
  groupOf(key: Key): number | undefined {
    const index = this.#firstGroup(key)
    const group = this.groups[index]
    return group === undefined || key < group.first ? undefined : index
  }

  /** The entry of a key, a tombstone included. */
  async get(key: Key): Promise<Entry | undefined> {
    const index = this.groupOf(key)
    if (index === undefined) return undefined
    const entries = await this.group(index)
    const at = lowerBound(entries, key)
    return entries[at]?.key === key ? entries[at] : undefined
  }

  /** The groups that can hold keys of a range: indexes [first, end). */
  groupsOf(range: KeyRange): { readonly first: number; readonly end: number } {
    const first = this.#firstGroup(range.from)
    let end = first
    while (end < this.groups.length && this.groups[end]!.first < range.to) end += 1
    return { first, end }
  }

  /** The entries of one group, in order. The last few groups are kept; `isOnce` keeps nothing: for those who read on. */
  group(index: number, isOnce = false): Promise<ReadonlyArray<Entry>> {
    const kept = this.#decoded.get(index)
    if (kept !== undefined) return kept
    const decoded = this.#decode(index)
    if (isOnce) return decoded
    this.#decoded.set(index, decoded)
    if (this.#decoded.size > GROUPS_KEPT) this.#decoded.delete(this.#decoded.keys().next().value!)
    decoded.catch(() => this.#decoded.delete(index))
    return decoded
  }

  async #decode(index: number): Promise<ReadonlyArray<Entry>> {
    const { columns, rowCount } = await columnsOf(this.#open, this.#open.file.groups[index]!, this.#plan)
    const keys = columns.get("key") as ArrayLike<Uint8Array>
    const values = columns.get("value") as ArrayLike<Uint8Array | null>
    return Array.from({ length: rowCount }, (_, at) => ({ key: keyOf(keys[at]!), value: values[at]! }))
  }

  #firstGroup(key: Key): number {
    let low = 0
    let high = this.groups.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.groups[middle]!.last < key) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Position of the first entry whose key is not below `key`. */
export const lowerBound = (entries: ReadonlyArray<Entry>, key: Key): number => {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (entries[middle]!.key < key) low = middle + 1
    else high = middle
  }
  return low
}
