/**
 * Hashes of what is not bytes: events, headers, entries (format.md section 4). They depend on content and events alone
 * (R7).
 *
 * Everything is deterministic CBOR (RFC 8949 section 4.2.1) under a BLAKE3 derive-key context of its own.
 */
import { encode } from "cborg"
import { deriveKey, fromHex, hash, Hasher, type Mode, toHex } from "../bao/index.ts"
import { encodeAttributes } from "./attributes.ts"
import type { Event, Header } from "./event.ts"
import type { Node } from "./node.ts"

const once = (what: string): (() => Mode) => {
  let mode: Mode | undefined
  return () => (mode ??= deriveKey(`pondfs 2026-11-21 ${what} v1`))
}

const modes = {
  events: once("events"),
  genesis: once("genesis"),
  header: once("header"),
  list: once("list"),
  entry: once("entry")
}

const FORMAT = 1
const hex = (text: string | undefined): Uint8Array | null => (text === undefined ? null : fromHex(text))
const uuid = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll("-", ""), "hex"))

/** The chain of a pond without transactions, hex. */
export const genesis = (pondId: string): string => toHex(hash(encode([FORMAT, uuid(pondId)]), modes.genesis()))

const encodeEvent = ({ kind, node, times }: Event): Uint8Array =>
  encode([
    node.txn,
    node.op,
    kind,
    uuid(node.id),
    node.type,
    uuid(node.parentId),
    node.name,
    node.content?.version ?? null,
    node.content?.sizeBytes ?? null,
    hex(node.content?.hash),
    hex(node.content?.listHash),
    encodeAttributes(node.attributes),
    node.factory ?? null,
    node.config ?? null,
    node.target ?? null,
    times?.minMicros ?? null,
    times?.maxMicros ?? null
  ])

/** The digest of a transaction's events, in order of op, hex. */
export const eventsDigest = (events: Iterable<Event>): string => {
  const hasher = new Hasher(modes.events())
  for (const event of events) hasher.update(encodeEvent(event))
  return toHex(hasher.root())
}

/** The hash of a header: the chain of the pond after its transaction, hex. */
export const headerHash = (header: Header, pondId: string): string =>
  toHex(
    hash(
      encode([
        FORMAT,
        uuid(pondId),
        header.txn,
        fromHex(header.parent),
        fromHex(header.root),
        fromHex(header.events),
        header.count,
        header.timeMicros,
        header.author,
        header.request,
        new Uint8Array(Buffer.from(header.nonce, "hex"))
      ]),
      modes.header()
    )
  )

/** The list hash of a table series after one more version, hex. `before` is that of the versions before, if any. */
export const listHash = (before: string | undefined, sizeBytes: number, contentHash: string): string =>
  toHex(
    hash(
      encode([before === undefined ? new Uint8Array(32) : fromHex(before), sizeBytes, fromHex(contentHash)]),
      modes.list()
    )
  )

/** The entry hash of a node, 32 bytes. `children` is the trie hash of a directory. */
export const entryHash = (node: Node, children?: Uint8Array): Uint8Array => {
  const isList = node.content?.listHash !== undefined
  return hash(
    encode([
      node.name,
      node.type,
      isList ? null : (node.content?.sizeBytes ?? null),
      isList ? hex(node.content?.listHash) : hex(node.content?.hash),
      encodeAttributes(node.attributes),
      node.factory ?? null,
      node.config ?? null,
      node.target ?? null,
      children ?? null
    ]),
    modes.entry()
  )
}
