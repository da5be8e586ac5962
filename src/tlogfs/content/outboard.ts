/**
 * How the rows of a content keep its hash tree (format.md section 5).
 *
 * Each row holds the *stable* pairs that its bytes added: no append changes them. The row of the newest version also tells the chaining
 * values of the *loose* groups, those that no stable pair covers: at most one whole group and the ragged last one. Stable pairs and
 * loose values together give the edge, the pairs above them, and with it the root: no byte of the content is needed to begin
 * verifying, and damage at the end of a content makes nothing else unreadable.
 */
import { GROUP_BYTES, groupsOf, HASH_BYTES, PAIR_BYTES, parentCv, postOf, stablePairs } from "../../bao/index.ts"
import { parseBlobName } from "./blob.ts"

/** Stable pairs that one row holds: `count` from position `first` on, in the row or in a blob. */
export type PairRun = {
  readonly first: number
  readonly count: number
} & ({ readonly pairs: Uint8Array } | { readonly blob: string })

/** How many groups no stable pair covers: 0, 1 or 2; none of a content that is one group, whose hash says it all. */
export const looseGroups = (sizeBytes: number): number => {
  if (groupsOf(sizeBytes) === 1) return 0
  const whole = Math.floor(sizeBytes / GROUP_BYTES)
  return (whole % 2) + (sizeBytes % GROUP_BYTES === 0 ? 0 : 1)
}

/**
 * The chaining values of the loose groups, 32 bytes each: the lowest pair of the edge has the last one on its right, and the other
 * one, where there are two, on its left.
 */
export const looseOf = (sizeBytes: number, edge: Uint8Array): Uint8Array =>
  edge.slice(PAIR_BYTES - looseGroups(sizeBytes) * HASH_BYTES, PAIR_BYTES)

/** Positions of the pairs on top of the complete subtrees, of two groups or more, that make up `groups` groups, left to right. */
export const subtreeTops = (groups: number): ReadonlyArray<number> => {
  const positions: Array<number> = []
  for (let start = 0; groups - start > 1;) {
    const length = 2 ** Math.floor(Math.log2(groups - start))
    positions.push(postOf({ start, length }))
    start += length
  }
  return positions
}

/** Positions of the pairs that the edge of a content's tree rests on. */
export const edgeBase = (sizeBytes: number): ReadonlyArray<number> => subtreeTops(Math.floor(sizeBytes / GROUP_BYTES))

/** The edge: the pairs after all stable ones, from the pairs at `edgeBase` and the values of the loose groups. */
export const edgeOf = (base: ReadonlyArray<Uint8Array>, loose: Uint8Array): Uint8Array => {
  const values = base.map((pair) => parentCv(pair.subarray(0, HASH_BYTES), pair.subarray(HASH_BYTES)))
  for (let at = 0; at < loose.length; at += HASH_BYTES) values.push(loose.subarray(at, at + HASH_BYTES))
  const edge = new Uint8Array(Math.max(0, values.length - 1) * PAIR_BYTES)
  let right = values.at(-1)!
  for (let index = values.length - 2, at = 0; index >= 0; index--, at += PAIR_BYTES) {
    edge.set(values[index]!, at)
    edge.set(right, at + HASH_BYTES)
    right = parentCv(values[index]!, right)
  }
  return edge
}

/** The columns `outboard` and `outboard_blob` of a row. */
export interface OutboardColumns {
  readonly outboard: Uint8Array | null
  readonly outboardBlob: string | null
}

/** What the row of one version adds to the tree of its content, which has `sizeBytes` after it. */
export interface OutboardRow extends OutboardColumns {
  readonly sizeBytes: number
}

/** Where the tree of a content is: all its stable pairs in order, and the values of its loose groups. */
export interface OutboardParts {
  readonly runs: ReadonlyArray<PairRun>
  readonly loose: Uint8Array
}

/** Writes the columns of a row that adds a run of stable pairs, or none. */
export const outboardColumns = (run: PairRun | undefined, loose: Uint8Array): OutboardColumns => {
  const pairs = run !== undefined && "pairs" in run ? run.pairs : new Uint8Array(0)
  const outboard = new Uint8Array(pairs.length + loose.length)
  outboard.set(pairs)
  outboard.set(loose, pairs.length)
  return {
    outboard: outboard.length === 0 ? null : outboard,
    outboardBlob: run !== undefined && "blob" in run ? run.blob : null
  }
}

/**
 * Reads the rows of a content, from its first version to the one that is meant. Returns why not when a column has another length than
 * its content's size asks for.
 */
export const partsOfRows = (rows: ReadonlyArray<OutboardRow>): OutboardParts | string => {
  const runs: Array<PairRun> = []
  let first = 0
  let loose: Uint8Array = new Uint8Array(0)
  for (const { outboard, outboardBlob, sizeBytes } of rows) {
    const count = stablePairs(sizeBytes) - first
    const bytes = outboard ?? new Uint8Array(0)
    const inRow = outboardBlob === null ? count * PAIR_BYTES : 0
    const expected = inRow + looseGroups(sizeBytes) * HASH_BYTES
    if (count < 0 || bytes.length !== expected) {
      return `the hash tree of ${sizeBytes} bytes has ${bytes.length} bytes in its row where ${expected} are needed`
    }
    if (outboardBlob !== null && parseBlobName(outboardBlob)?.kind !== "obao") {
      return `${JSON.stringify(outboardBlob)} is not the name of a blob with a hash tree`
    }
    if (outboardBlob !== null) runs.push({ first, count, blob: outboardBlob })
    else if (count > 0) runs.push({ first, count, pairs: bytes.subarray(0, inRow) })
    loose = bytes.subarray(inRow)
    first += count
  }
  return { runs, loose }
}
