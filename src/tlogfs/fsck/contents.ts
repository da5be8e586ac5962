/**
 * Checking contents: every version of every node that ever was, each byte and each pair of its tree once (R4, R5).
 *
 * Of a series the last version before it was written anew holds all bytes; the hashes of earlier ones are checked on the way through them. Blobs that several
 * contents share are read by themselves. Quick: only whether the blobs are there.
 */
import { Effect, Option, Stream } from "effect"
import type { StoreError } from "../../store/errors.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { Damaged } from "../../tinyfs/index.ts"
import { blobKey } from "../content/blob.ts"
import { type BlobReader, makeBlobReader } from "../content/blob-reader.ts"
import { fsckBlob } from "../content/fsck/blob.ts"
import { fsckContent } from "../content/fsck/content.ts"
import type { Prefix } from "../content/fsck/prefixes.ts"
import { contentOfRows, type InlineContents } from "../content/rows.ts"
import type { SortingFailed } from "../index/scratch.ts"
import { type LeftOut, missingOf } from "../replicate/left-out.ts"
import type { Row } from "../row.ts"
import { Findings } from "./finding.ts"
import { type RowsByNode, sortingFailed } from "./rows.ts"

/** Nodes that are checked at once, so that threads have work at the end of each; */
const NODES_AT_ONCE = 4
/** and so that requests are on their way at the same time, where they travel. */
const NODES_AT_ONCE_REMOTE = 16
/** Packs that are, several windows of each. */
const PACKS_AT_ONCE_REMOTE = 2

/** What was checked. */
export interface ContentsChecked {
  readonly contents: number
  readonly contentBytes: number
  /** Contents of a partial copy whose bytes were left out on purpose, in whole or in part: nothing is said of them. */
  readonly leftOut: number
}

/** Versions of a node with their rows, and which of them stand for all bytes. */
const versionsOf = (rows: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const seen = new Set<number>()
  return rows.filter(({ kind, version }) => {
    if (kind === "extent" || version === null || seen.has(version)) return false
    seen.add(version)
    return true
  })
}

/** Versions that share a content: of a series those of appends with what they go on from; of other types each by itself. */
const contentsOf = (versions: ReadonlyArray<Row>): ReadonlyArray<ReadonlyArray<Row>> => {
  const contents: Array<Array<Row>> = []
  for (const row of versions) {
    const isContinued = row.type === "series" && row.kind !== "written"
    if (isContinued && contents.length > 0) contents.at(-1)!.push(row)
    else contents.push([row])
  }
  return contents
}

/** Which blobs are not there, as notes of the copy say, and why. */
type Absent = ReadonlyMap<string, LeftOut>

/** Why bytes of versions that share a content are not there, if notes say so: what was damaged weighs more. */
const absenceOf = (versions: ReadonlyArray<Row>, rows: ReadonlyArray<Row>, absent: Absent): LeftOut | undefined => {
  if (absent.size === 0) return undefined
  const [first, last] = [versions[0]!.version!, versions.at(-1)!.version!]
  const why = rows
    .filter(({ version }) => version !== null && version >= first && version <= last)
    .flatMap(({ blob, outboard_blob: tree }) => [absent.get(blob ?? ""), absent.get(tree ?? "")])
    .filter((one) => one !== undefined)
  return why.find(({ isDamaged }) => isDamaged) ?? why[0]
}

const lostFrom = ({ from }: LeftOut): string =>
  `its bytes were damaged or missing in ${from} when they were to come here`

const prefixOf = ({ hash, size, version }: Row): Prefix => ({ version: version!, sizeBytes: size!, hash: hash! })

/** What was found in the contents of one node. */
interface NodeReport extends ContentsChecked {
  readonly findings: Findings
  readonly soundBlobs: ReadonlyArray<string>
}

const checkNode = Effect.fnUntraced(function* (
  reader: BlobReader,
  rows: ReadonlyArray<Row>,
  inline: InlineContents,
  absent: Absent
): Effect.fn.Return<NodeReport> {
  const findings = new Findings()
  const soundBlobs: Array<string> = []
  const node = rows[0]!.node_id!
  const all = contentsOf(versionsOf(rows))
  const contents: Array<ReadonlyArray<Row>> = []
  let leftOut = 0
  for (const versions of all) {
    const absence = absenceOf(versions, rows, absent)
    const { name, version } = versions.at(-1)!
    if (absence?.isDamaged === false) leftOut += versions.length
    else if (absence === undefined) contents.push(versions)
    else findings.add("content", `${name ?? node}, version ${version}`, lostFrom(absence))
  }
  let contentBytes = 0
  const check = Effect.fnUntraced(function* (versions: ReadonlyArray<Row>) {
    const row = versions.at(-1)!
    const identity = { node, path: row.name ?? node, version: row.version! }
    const stored = contentOfRows(identity, rows, inline)
    if (stored instanceof Damaged) return findings.add("content", stored.subject, stored.message)
    const report = yield* fsckContent(reader, stored, versions.slice(0, -1).map(prefixOf))
    for (const damage of report.damages) findings.add("content", damage.subject, damage.message)
    soundBlobs.push(...report.soundBlobs)
    contentBytes += report.readBytes
    for (const { hash, version } of report.wrongPrefixes) {
      findings.add("content", `${row.name ?? node}, version ${version}`, `its bytes do not hash to ${hash}`)
    }
  })
  const checking = Effect.forEach(contents, check, { discard: true })
  yield* checking.pipe(Effect.catch((error) => Effect.sync(() => findings.add("content", node, error.message))))
  const checked = contents.reduce((sum, { length }) => sum + length, 0)
  return { contents: checked, contentBytes, findings, soundBlobs, leftOut }
})

const checkBlobsAreThere = Effect.fnUntraced(function* (store: Store, blobs: Iterable<string>, findings: Findings) {
  for (const blob of blobs) {
    if (Option.isNone(yield* store.head(blobKey(blob)))) findings.add("blob", blob, "it is missing")
  }
})

/** Checks the contents that the rows of a pond describe; what they hold inline is in the rows. */
export const checkContents = Effect.fnUntraced(function* (
  store: Store,
  rows: RowsByNode,
  isQuick: boolean,
  findings: Findings
): Effect.fn.Return<ContentsChecked, SortingFailed | StoreError> {
  let contents = 0
  let contentBytes = 0
  let leftOut = 0
  const absent = yield* missingOf(store)
  const pending = new Set([...rows.blobs].filter((blob) => !absent.has(blob)))
  const lost = [...absent].filter(([blob, { isDamaged }]) => isDamaged && rows.blobs.has(blob))
  for (const [blob, why] of lost) findings.add("blob", blob, lostFrom(why))
  if (isQuick) {
    yield* checkBlobsAreThere(store, pending, findings)
    return { contents, contentBytes, leftOut: rows.blobs.size - pending.size - lost.length }
  }
  const reader = yield* makeBlobReader(store)
  const concurrency = store.capabilities.remote ? NODES_AT_ONCE_REMOTE : NODES_AT_ONCE
  yield* Stream.fromAsyncIterable(rows.nodesWithContents(), sortingFailed).pipe(
    Stream.mapEffect((own) => checkNode(reader, own, rows.contents, absent), { concurrency }),
    Stream.runForEach((report) =>
      Effect.sync(() => {
        contents += report.contents
        contentBytes += report.contentBytes
        leftOut += report.leftOut
        for (const { kind, what, where } of report.findings.all) findings.add(kind, where, what)
        for (const blob of report.soundBlobs) pending.delete(blob)
      })
    )
  )
  const damages = yield* Effect.forEach(
    pending,
    (blob) => Effect.map(fsckBlob(reader, blob), (found) => found.map(({ message }) => [blob, message] as const)),
    { concurrency: store.capabilities.remote ? PACKS_AT_ONCE_REMOTE : 1 }
  )
  for (const [blob, message] of damages.flat()) findings.add("blob", blob, message)
  return { contents, contentBytes, leftOut }
})
