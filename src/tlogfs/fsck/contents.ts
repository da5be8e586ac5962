/**
 * Checking contents: every version of every node that ever was, each byte and each pair of its tree once (R4, R5).
 *
 * Of a series the newest version holds all bytes; the hashes of its earlier versions are checked on the way through them. Blobs that several
 * contents share are read by themselves. Quick: only whether the blobs are there.
 */
import { Effect, Option, Stream } from "effect"
import { Hasher, toHex } from "../../bao/index.ts"
import type { StoreError } from "../../store/errors.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { Damaged } from "../../tinyfs/index.ts"
import { blobKey } from "../content/blob.ts"
import { type BlobReader, makeBlobReader } from "../content/blob-reader.ts"
import { fsckBlob } from "../content/fsck/blob.ts"
import { fsckContent } from "../content/fsck/content.ts"
import { readContent } from "../content/read.ts"
import { contentOfRows } from "../content/rows.ts"
import type { StoredContent } from "../content/stored.ts"
import type { Row } from "../row.ts"
import type { Findings } from "./finding.ts"

/** What was checked. */
export interface ContentsChecked {
  readonly contents: number
  readonly contentBytes: number
}

/** Rows by node, further extents included, in order. */
const byNode = (rows: ReadonlyArray<Row>): ReadonlyMap<string, ReadonlyArray<Row>> => {
  const nodes = new Map<string, Array<Row>>()
  for (const row of rows) {
    if (row.node_id === null) continue
    const own = nodes.get(row.node_id)
    if (own === undefined) nodes.set(row.node_id, [row])
    else own.push(row)
  }
  return nodes
}

const blobsOf = (rows: ReadonlyArray<Row>): ReadonlySet<string> =>
  new Set(rows.flatMap(({ blob, outboard_blob }) => [blob, outboard_blob].filter((name) => name !== null)))

/** Versions of a node with their rows, and which of them stand for all bytes. */
const versionsOf = (rows: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const seen = new Set<number>()
  return rows.filter(({ kind, version }) => {
    if (kind === "extent" || version === null || seen.has(version)) return false
    seen.add(version)
    return true
  })
}

const inMemory = (rows: ReadonlyArray<Row>) => Effect.succeed(rows.map(({ content }) => content ?? new Uint8Array(0)))

/** Checks the hashes that the versions of a series had, in one pass over the newest. */
const checkPrefixes = Effect.fnUntraced(function* (
  reader: BlobReader,
  newest: StoredContent,
  versions: ReadonlyArray<Row>,
  findings: Findings
) {
  const hasher = new Hasher()
  let next = 0
  const settle = (): void => {
    for (; next < versions.length && versions[next]!.size === hasher.sizeBytes; next++) {
      const { hash, name, version } = versions[next]!
      if (toHex(hasher.root()) === hash) continue
      findings.add("content", `${name}, version ${version}`, `its bytes do not hash to ${hash}`)
    }
  }
  settle()
  yield* Stream.runForEach(readContent(reader, newest), (bytes) =>
    Effect.sync(() => {
      for (let at = 0; at < bytes.length;) {
        const boundary = (versions[next]?.size ?? Number.POSITIVE_INFINITY) - hasher.sizeBytes
        const part = bytes.subarray(at, at + Math.max(1, Math.min(bytes.length - at, boundary)))
        hasher.update(part)
        at += part.length
        settle()
      }
    })
  ).pipe(Effect.catchTag(["Damaged", "Pruned"], () => Effect.void))
})

const checkNode = Effect.fnUntraced(function* (
  reader: BlobReader,
  node: string,
  rows: ReadonlyArray<Row>,
  sound: Set<string>,
  findings: Findings
) {
  const versions = versionsOf(rows)
  const isSeries = versions[0]?.type === "series"
  let bytes = 0
  for (const row of isSeries ? versions.slice(-1) : versions) {
    const identity = { node, path: row.name ?? node, version: row.version! }
    const stored = contentOfRows(identity, rows, inMemory)
    if (stored instanceof Damaged) {
      findings.add("content", stored.subject, stored.message)
      continue
    }
    const report = yield* fsckContent(reader, stored)
    for (const damage of report.damages) findings.add("content", damage.subject, damage.message)
    for (const blob of report.soundBlobs) sound.add(blob)
    bytes += report.readBytes
    if (isSeries && versions.length > 1) yield* checkPrefixes(reader, stored, versions, findings)
  }
  return { contents: versions.length, bytes }
})

/** Checks the contents that the rows of a pond describe; what they hold inline is in the rows. */
export const checkContents = Effect.fnUntraced(function* (
  store: Store,
  rows: ReadonlyArray<Row>,
  isQuick: boolean,
  findings: Findings
): Effect.fn.Return<ContentsChecked, StoreError> {
  const reader = yield* makeBlobReader(store)
  const blobs = blobsOf(rows)
  if (isQuick) {
    for (const blob of blobs) {
      if (Option.isNone(yield* store.head(blobKey(blob)))) findings.add("blob", blob, "it is missing")
    }
    return { contents: 0, contentBytes: 0 }
  }
  const sound = new Set<string>()
  let contents = 0
  let contentBytes = 0
  for (const [node, own] of byNode(rows)) {
    const checked = yield* checkNode(reader, node, own, sound, findings).pipe(
      Effect.catchTag("PersistenceFailed", (error) =>
        Effect.sync(() => {
          findings.add("content", node, error.message)
          return { contents: 0, bytes: 0 }
        })
      )
    )
    contents += checked.contents
    contentBytes += checked.bytes
  }
  for (const blob of blobs) {
    if (sound.has(blob)) continue
    for (const damage of yield* fsckBlob(reader, blob)) findings.add("blob", blob, damage.message)
  }
  return { contents, contentBytes }
})
