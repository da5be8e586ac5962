/**
 * Contents of a pond (format.md section 5): extents put together, and everything that is said about them checked.
 */
import { zstdDecompressSync } from "node:zlib"
import { fileOf, type Files } from "./files.ts"
import { blake3 } from "./hashes.ts"
import type { PlainRow } from "./rows.ts"
import { GROUP, stablePairs, treeOf } from "./tree.ts"

/** The bytes that a blob holds, checked against its name. */
const blobBytes = (files: Files, name: string): Uint8Array => {
  const bytes = fileOf(files, `_blobs/${name.slice(0, 2)}/${name}`)
  const held = name.endsWith(".zst") ? new Uint8Array(zstdDecompressSync(bytes)) : bytes
  if (blake3(held) !== name.slice(0, 64)) throw new Error(`the blob ${name} does not hash to its name`)
  return held
}

const extentBytes = (files: Files, row: PlainRow): Uint8Array => {
  const from = row.blob_offset ?? 0
  const bytes =
    row.extent_kind === "inline" ? row.content! : blobBytes(files, row.blob!).subarray(from, from + row.extent_length!)
  if (bytes.length !== row.extent_length || blake3(bytes) !== row.extent_hash) {
    throw new Error(`the extent of txn ${row.txn}, op ${row.op} is not what its row says`)
  }
  return bytes
}

/** The rows that made versions: the first event of each, and its further extents. */
const makingRows = (history: ReadonlyArray<PlainRow>): ReadonlyArray<PlainRow> => {
  const making = new Map<number, PlainRow>()
  for (const row of history) if (row.version !== null && !making.has(row.version)) making.set(row.version, row)
  const isMaking = (row: PlainRow): boolean =>
    [...making.values()].some(({ op, txn }) => row.txn === txn && row.op === op)
  return history.filter(isMaking)
}

/** Checks that the rows of a content hold the stable pairs and the loose chaining values of its tree. */
const checkTree = (files: Files, content: Uint8Array, events: ReadonlyArray<PlainRow>): void => {
  const tree = treeOf(content)
  const where = `version ${events.at(-1)!.version} of ${events.at(-1)!.name}`
  if (tree.root !== events.at(-1)!.hash) throw new Error(`${where} does not have its hash`)
  const stable: Array<Uint8Array> = []
  let loose: Uint8Array = new Uint8Array(0)
  let count = 0
  for (const { outboard, outboard_blob, size } of events) {
    const own = (stablePairs(size!) - count) * 64
    count = stablePairs(size!)
    const bytes = outboard ?? new Uint8Array(0)
    const inRow = outboard_blob === null ? own : 0
    stable.push(outboard_blob === null ? bytes.subarray(0, own) : blobBytes(files, outboard_blob))
    loose = bytes.subarray(inRow)
  }
  const pairs = Buffer.concat(stable)
  if (!pairs.equals(Buffer.concat(tree.pairs.slice(0, count)))) throw new Error(`${where} has other stable pairs`)
  const whole = Math.floor(content.length / GROUP)
  const uncovered = tree.groups.length === 1 ? [] : tree.groups.slice(whole - (whole % 2))
  if (!Buffer.concat(uncovered).equals(loose)) throw new Error(`${where} has other loose chaining values`)
}

/**
 * The bytes of one version of a node, whose rows up to it are `history`. Throws where they are not what is said about them; `undefined`
 * when they were forgotten on purpose.
 */
export const contentOf = (files: Files, history: ReadonlyArray<PlainRow>, version: number): Uint8Array | undefined => {
  const making = makingRows(history)
  const begins = (row: PlainRow): boolean => row.kind === "written" && (row.version ?? 0) <= version
  const first = making[0]!.type === "series" ? (making.findLast(begins)?.version ?? 1) : version
  const ends = making.find((row) => row.version === version)!
  let current = 0
  const rows = making.filter((row) => {
    current = row.version ?? current
    return first <= current && current <= version
  })
  const extents = rows.filter((row) => row.extent_kind !== null)
  if (extents.some((row) => row.extent_kind === "pruned")) return undefined
  let at = 0
  for (const row of extents) {
    if (row.extent_offset !== at)
      throw new Error(`an extent of ${ends.name} begins at ${row.extent_offset}, not at ${at}`)
    at += row.extent_length!
  }
  const content = Buffer.concat(extents.map((row) => extentBytes(files, row)))
  if (content.length !== ends.size || blake3(content) !== ends.hash) {
    throw new Error(`version ${version} of ${ends.name} does not hash to ${ends.hash}`)
  }
  checkTree(
    files,
    content,
    rows.filter(({ kind }) => kind !== "extent")
  )
  return new Uint8Array(content)
}
