/**
 * A second reader of ponds, by format.md alone: plain hyparquet, `node:fs`, `node:zlib`, and BLAKE3 by others. No Pond code.
 *
 * It reads everything, checks everything, and is in no hurry: what it lists and reads at a transaction is what must be there.
 */
import { contentOf } from "./contents.ts"
import type { Files } from "./files.ts"
import { entryHash, eventsDigest, genesis, type HeaderFields, headerHash, trieHash } from "./hashes.ts"
import { readLog } from "./log.ts"
import { type PlainRow, readRows } from "./rows.ts"

const ROOT_ID = "00000000-0000-7000-8000-000000000000"

/** One transaction, as the plain reader finds it in the rows. */
export interface PlainTransaction {
  readonly txn: number
  readonly header: HeaderFields
  /** The header hash. */
  readonly chain: string
  /** Rows of op 1 and above, further extents included. */
  readonly rows: ReadonlyArray<PlainRow>
}

/** A pond, as the plain reader finds it in a directory. */
export interface PlainPond {
  readonly id: string
  readonly transactions: ReadonlyArray<PlainTransaction>
}

/** Makes the nodes after a transaction: id to newest row. The root directory is there without an event. */
export const nodesAt = (pond: PlainPond, txn: number): ReadonlyMap<string, PlainRow> => {
  const root = { node_id: ROOT_ID, type: "dir", parent_id: ROOT_ID, name: "", attributes: null } as PlainRow
  const nodes = new Map<string, PlainRow>([[ROOT_ID, root]])
  for (const { rows } of pond.transactions.slice(0, txn)) {
    for (const row of rows) {
      if (row.kind === "extent") continue
      if (row.kind === "removed") nodes.delete(row.node_id!)
      else nodes.set(row.node_id!, row)
    }
  }
  return nodes
}

const childrenOf = (nodes: ReadonlyMap<string, PlainRow>): ReadonlyMap<string, ReadonlyArray<PlainRow>> => {
  const children = new Map<string, Array<PlainRow>>()
  for (const row of nodes.values()) {
    if (row.node_id === ROOT_ID) continue
    const siblings = children.get(row.parent_id!) ?? []
    siblings.push(row)
    children.set(row.parent_id!, siblings)
  }
  return children
}

/** The root of the nodes after a transaction. */
export const rootOf = (nodes: ReadonlyMap<string, PlainRow>): string => {
  const children = childrenOf(nodes)
  const entryOf = (row: PlainRow): string => {
    if (row.type !== "dir") return entryHash({ ...row, size: row.size ?? null }, null)
    const own = (children.get(row.node_id!) ?? []).map((child): [string, string] => [child.name!, entryOf(child)])
    const { attributes } = row
    const bare = { size: null, hash: null, list_hash: null, factory: null, config: null, target: null }
    return entryHash({ ...row, ...bare, attributes }, trieHash(new Map(own)))
  }
  return entryOf(nodes.get(ROOT_ID)!)
}

/** Opens a pond; checks the chain and, unless told not to, the root of every transaction. */
export const readPond = async (files: Files, checksRoots = true): Promise<PlainPond> => {
  const log = readLog(files)
  const rows = await readRows(files, log)
  const transactions: Array<PlainTransaction> = []
  const pond = { id: log.pondId, transactions }
  let parent = genesis(log.pondId)
  for (let at = 0; at < rows.length;) {
    const { header: text, kind, txn } = rows[at]!
    const end = rows.findIndex((row) => row.txn > txn)
    const own = rows.slice(at + 1, end < 0 ? rows.length : end)
    at += own.length + 1
    if (kind !== "txn" || txn !== transactions.length + 1) throw new Error(`txn ${txn} has no header in its place`)
    const header = JSON.parse(text!) as HeaderFields
    const events = own.filter((row) => row.kind !== "extent")
    if (header.parent !== parent) throw new Error(`txn ${txn} does not follow the one before it`)
    if (header.count !== events.length || header.events !== eventsDigest(events)) {
      throw new Error(`txn ${txn} has other events than its header says`)
    }
    parent = headerHash(log.pondId, txn, header)
    transactions.push({ txn, header, chain: parent, rows: own })
    if (checksRoots && rootOf(nodesAt(pond, txn)) !== header.root) throw new Error(`txn ${txn} has another root`)
  }
  return pond
}

/** Paths after a transaction, the root left out: to the newest row of each node. */
export const listAt = (pond: PlainPond, txn: number): ReadonlyMap<string, PlainRow> => {
  const nodes = nodesAt(pond, txn)
  const pathOf = (row: PlainRow): string =>
    row.node_id === ROOT_ID ? "" : `${pathOf(nodes.get(row.parent_id!)!)}/${row.name}`
  const paths = [...nodes.values()].map((row): [string, PlainRow] => [pathOf(row), row])
  return new Map(paths.filter(([path]) => path !== "").toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

/** The bytes of a node's version as of a transaction; `undefined` when they were forgotten on purpose. */
export const readAt = (
  files: Files,
  pond: PlainPond,
  txn: number,
  id: string,
  version: number
): Uint8Array | undefined => {
  const history = pond.transactions.slice(0, txn).flatMap(({ rows }) => rows.filter((row) => row.node_id === id))
  return contentOf(files, history, version)
}
