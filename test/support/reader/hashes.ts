/**
 * The hashes of format.md section 4, over plain rows: a second implementation, by that page alone.
 *
 * BLAKE3 itself is that of others, who must agree. Hashes and ids are hex and UUID text, as the columns hold them.
 */
import { agreed } from "../bao/oracles.ts"
import { type Cbor, encode } from "./cbor.ts"

/** The columns of a row that take part in hashes, named as on disk. */
export interface LogicalRow {
  readonly txn: number
  readonly op: number
  readonly kind: string
  readonly node_id: string | null
  readonly type: string | null
  readonly parent_id: string | null
  readonly name: string | null
  readonly version: number | null
  readonly size: number | null
  readonly hash: string | null
  readonly list_hash: string | null
  readonly attributes: string | null
  readonly factory: string | null
  readonly config: Uint8Array | null
  readonly target: string | null
  readonly min_time: number | null
  readonly max_time: number | null
}

/** The header of a transaction, as column `header` holds it. */
export interface HeaderFields {
  readonly author: string
  readonly count: number
  readonly events: string
  readonly nonce: string
  readonly parent: string
  readonly request: string
  readonly root: string
  readonly time: number
}

/** Sixty-four zeros: no hash. */
export const ZEROS = "0".repeat(64)

/** BLAKE3 in derive-key mode under one of the format's contexts. */
export const derive = (what: string, bytes: Uint8Array): string =>
  agreed((oracle) => oracle.derived(`pondfs 2026-11-21 ${what} v1`, bytes))

/** BLAKE3, as `b3sum` prints it. */
export const blake3 = (bytes: Uint8Array | string): string => agreed((oracle) => oracle.hash(Buffer.from(bytes)))

const binary = (hex: string | null): Uint8Array | null => (hex === null ? null : Buffer.from(hex, "hex"))
const uuid = (text: string | null): Uint8Array | null => binary(text === null ? null : text.replaceAll("-", ""))

/** What is hashed of an event. */
export const eventBytes = (row: LogicalRow): Uint8Array => {
  const { attributes, config, factory, kind, max_time, min_time, name, op, size, target, txn, type, version } = row
  const ids: ReadonlyArray<Cbor> = [uuid(row.node_id), type, uuid(row.parent_id)]
  const hashes: ReadonlyArray<Cbor> = [binary(row.hash), binary(row.list_hash)]
  const state: ReadonlyArray<Cbor> = [attributes, factory, config, target]
  return encode([txn, op, kind, ...ids, name, version, size, ...hashes, ...state, min_time, max_time])
}

/** The events digest of a transaction. */
export const eventsDigest = (rows: ReadonlyArray<LogicalRow>): string =>
  derive("events", Buffer.concat(rows.map(eventBytes)))

/** What is hashed of a pond without transactions, and its hash. */
export const genesis = (pondId: string): string => derive("genesis", encode([1, uuid(pondId)]))

/** What is hashed of a header. */
export const headerBytes = (pondId: string, txn: number, header: HeaderFields): Uint8Array => {
  const { author, count, nonce, request, time } = header
  const hashes = [header.parent, header.root, header.events].map(binary)
  return encode([1, uuid(pondId), txn, ...hashes, count, time, author, request, binary(nonce)])
}

/** The hash of a header. */
export const headerHash = (pondId: string, txn: number, header: HeaderFields): string =>
  derive("header", headerBytes(pondId, txn, header))

/** The list hash after one more version. */
export const listHash = (before: string, size: number, hash: string): string =>
  derive("list", encode([binary(before), size, binary(hash)]))

/** What is hashed of an entry; `children` is the trie of a directory. */
export const entryBytes = (row: Omit<LogicalRow, "txn" | "op" | "kind">, children: string | null): Uint8Array => {
  const isList = row.type === "table-series"
  const content: ReadonlyArray<Cbor> = isList ? [null, binary(row.list_hash)] : [row.size, binary(row.hash)]
  const { attributes, config, factory, name, target, type } = row
  return encode([name, type, ...content, attributes, factory, config, target, binary(children)])
}

/** The entry of a node. */
export const entryHash = (row: Omit<LogicalRow, "txn" | "op" | "kind">, children: string | null): string =>
  derive("entry", entryBytes(row, children))

/** The trie of a directory: its entries by name. */
export const trieHash = (entries: ReadonlyMap<string, string>): string => {
  const sorted = [...entries]
    .map(([name, entry]) => ({ key: blake3(name), entry }))
    .toSorted((left, right) => (left.key < right.key ? -1 : 1))
  return subtrie(sorted, 0)
}

const subtrie = (entries: ReadonlyArray<{ readonly key: string; readonly entry: string }>, depth: number): string => {
  if (entries.length <= 256) return derive("leaf", Buffer.from(entries.map(({ entry }) => entry).join(""), "hex"))
  const children = [..."0123456789abcdef"].map((nibble) => {
    const own = entries.filter(({ key }) => key[depth] === nibble)
    return own.length === 0 ? ZEROS : subtrie(own, depth + 1)
  })
  return derive("branch", Buffer.from(children.join(""), "hex"))
}

/** The digest of a log entry, whatever digest it carries. */
export const sealDigest = (entry: Uint8Array): string => {
  const text = Buffer.from(entry).toString("latin1")
  return derive("log entry", Buffer.from(text.replace(/("digest":")[0-9a-f]{64}/, `$1${ZEROS}`), "latin1"))
}
