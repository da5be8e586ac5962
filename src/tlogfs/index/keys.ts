/**
 * The ordered key space of the index: everything that is looked up in a pond, in one sorted map of bytes to bytes.
 *
 * A key is kept as a string of one character per byte (latin1): JavaScript's string order is then the order of bytes, and
 * keys can be members of a `Map`. Four families, told apart by their first byte:
 *
 * | key | value |
 * | --- | --- |
 * | `b` dir id, nibbles | a branch of a directory's trie |
 * | `c` parent id, BLAKE3(name) | the live node in that slot |
 * | `e` node id, txn, op, offset | one event row, without its content |
 * | `h` txn | the header row of a transaction |
 */
/** A key of the index: one character per byte. */
export type Key = string

/** All keys from `from` up to, but not including, `to`. */
export interface KeyRange {
  readonly from: Key
  readonly to: Key
}

/** One entry of the index; `null` says that the key is gone. */
export interface Entry {
  readonly key: Key
  readonly value: Uint8Array | null
}

/** The bytes of a key. */
export const keyBytes = (key: Key): Uint8Array => Buffer.from(key, "latin1")

/** The key of bytes. */
export const keyOf = (bytes: Uint8Array): Key =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")

/** All keys that begin with `prefix`, which must not consist of 0xff bytes alone. */
export const withPrefix = (prefix: Key): KeyRange => {
  let end = prefix.length
  while (prefix.charCodeAt(end - 1) === 0xff) end -= 1
  return { from: prefix, to: prefix.slice(0, end - 1) + String.fromCharCode(prefix.charCodeAt(end - 1) + 1) }
}

const id = (uuid: string): string => Buffer.from(uuid.replaceAll("-", ""), "hex").toString("latin1")

const number = (value: number, bytes: number): string => {
  let text = ""
  for (let shift = bytes - 1; shift >= 0; shift--) text += String.fromCharCode(Math.floor(value / 256 ** shift) % 256)
  return text
}

/** The key of a slot: a name in a directory. */
export const slot = (parentId: string, nameHash: Uint8Array): Key => `c${id(parentId)}${keyOf(nameHash)}`

/** All slots of a directory, or those whose name hash begins with these nibbles. */
export const slots = (parentId: string, nibbles: ReadonlyArray<number> = []): KeyRange => {
  const whole = nibbles.slice(0, nibbles.length & ~1)
  let prefix = `c${id(parentId)}`
  for (let i = 0; i < whole.length; i += 2) prefix += String.fromCharCode(whole[i]! * 16 + whole[i + 1]!)
  if (whole.length === nibbles.length) return withPrefix(prefix)
  const half = nibbles[nibbles.length - 1]! * 16
  const from = prefix + String.fromCharCode(half)
  return { from, to: half === 0xf0 ? withPrefix(prefix).to : prefix + String.fromCharCode(half + 16) }
}

/** The key of an event row; `offset` tells the extents of one event apart. */
export const event = (nodeId: string, txn: number, op: number, offset: number): Key =>
  `e${id(nodeId)}${number(txn, 7)}${number(op, 5)}${number(offset, 7)}`

/** What the key of an event row tells: its node, up to the txn, and up to the event, all but the last part of which are shared by its extents. */
export const eventParts = (key: Key): { readonly node: Key; readonly txn: number; readonly event: Key } => {
  let txn = 0
  for (let at = NODE_END; at < TXN_END; at++) txn = txn * 256 + key.charCodeAt(at)
  return { node: key.slice(0, NODE_END), txn, event: key.slice(0, OP_END) }
}

const NODE_END = 1 + 16
const TXN_END = NODE_END + 7
const OP_END = TXN_END + 5

/** All event rows of a node. */
export const events = (nodeId: string): KeyRange => withPrefix(`e${id(nodeId)}`)

/** All event rows of all nodes. */
export const allEvents: KeyRange = withPrefix("e")

/** The key of a transaction's header. */
export const header = (txn: number): Key => `h${number(txn, 7)}`

/** Headers from one txn up to and including another. */
export const headers = (first: number, last: number): KeyRange => ({ from: header(first), to: header(last + 1) })

/** The key of a branch of a directory's trie. */
export const branch = (dirId: string, nibbles: ReadonlyArray<number>): Key =>
  `b${id(dirId)}${String.fromCharCode(...nibbles)}`

/** Every key there can be. */
export const allKeys: KeyRange = { from: "", to: "\u{ff}" }
