/**
 * The fast pass over a content: all bytes in order, once, into every hash that speaks of them.
 */
import { Effect, Stream } from "effect"
import { OutboardBuilder, toHex } from "../../../bao/index.ts"
import type { Damaged, PersistenceFailed } from "../../../tinyfs/index.ts"
import type { BlobReader } from "../blob-reader.ts"
import { type Extent, type Piece, piecesOf } from "../extent.ts"
import { damageOf } from "../failure.ts"
import { fetchPiece, unpackPieces } from "../fetch.ts"
import { looseOf } from "../outboard.ts"
import { WINDOW_BYTES } from "../window.ts"
import type { Span } from "../seekable.ts"
import type { ReadFailure, StoredContent } from "../stored.ts"
import type { Unpacked } from "../threads/unpack.ts"
import { treeOf } from "../tree.ts"
import { ExtentHashes, type HashedExtent } from "./extents.ts"
import { PairCheck } from "./pairs.ts"
import { type Prefix, PrefixCheck } from "./prefixes.ts"
import { stridesOver, SUBTREE_LEVEL, WINDOWS } from "./windows.ts"

/** What the pass saw. */
export interface PassReport {
  /** Whether the bytes are all there and hash to the content's hash: then they are right, whatever else is not. */
  readonly isSound: boolean
  /** What is wrong with hashes of extents and with the stored tree; of the tree only known when the bytes are right. */
  readonly damages: ReadonlyArray<Damaged>
  /** Extents whose bytes have the hash that their rows say. */
  readonly soundExtents: ReadonlyArray<Extent>
  /** Whether some of the bytes were pruned. */
  readonly isPruned: boolean
  /** Prefixes that do not have their hash, as far as the bytes could be read. */
  readonly wrongPrefixes: ReadonlyArray<Prefix>
  readonly readBytes: number
}

/** A piece of a window: its bytes, or what each MiB of them hashes to; neither when they cannot be had. */
interface FetchedPiece {
  readonly piece: Piece
  readonly bytes?: Uint8Array
  readonly subtrees?: ReadonlyArray<Unpacked>
}

/** What could be had of a window. */
interface FetchedWindow {
  readonly isWhole: boolean
  readonly parts: ReadonlyArray<FetchedPiece>
}

/** Fetches what can be had of a window. */
const fetchWindow = Effect.fnUntraced(function* (
  reader: BlobReader,
  content: StoredContent,
  window: Span,
  prefixes: PrefixCheck
): Effect.fn.Return<FetchedWindow, ReadFailure> {
  const { identity, sizeBytes } = content
  const { mistakes, pieces } = piecesOf(yield* content.extents(window), window)
  const isWhole = mistakes.length === 0
  const [first] = pieces
  if (isWhole && first !== undefined && isInner(first, sizeBytes) && !prefixes.endIn(window)) {
    const below = first.extent.offset
    const wanted = { wantsBytes: false, wantsPairs: true, below, aheadBytes: sizeBytes - window.end }
    const subtrees = yield* unpackPieces(reader, identity, pieces, wanted).pipe(
      Effect.catchTag("Damaged", () => Effect.succeed("lost" as const))
    )
    if (subtrees === "lost") return { isWhole, parts: [{ piece: first }] }
    if (subtrees !== undefined) return { isWhole, parts: [{ piece: first, subtrees }] }
  }
  const parts = yield* Effect.forEach(pieces, (piece) =>
    fetchPiece(reader, identity, piece).pipe(
      Effect.catchTags({ Damaged: () => Effect.void, Pruned: () => Effect.void }),
      Effect.map((bytes): FetchedPiece => (bytes === undefined ? { piece } : { piece, bytes }))
    )
  )
  return { isWhole, parts }
})

/** Whether more follows a piece in its content and in its extent, both of which windows divide evenly: then its bytes need not be here. */
const isInner = ({ end, extent, start }: Piece, sizeBytes: number): boolean =>
  end < Math.min(sizeBytes, extent.offset + extent.length) && (start - extent.offset) % WINDOW_BYTES === 0

/** Reads all of a content and makes its hashes again, and those of its prefixes, the shortest first. */
export const passOver = Effect.fnUntraced(function* (
  reader: BlobReader,
  content: StoredContent,
  prefixes: ReadonlyArray<Prefix>
): Effect.fn.Return<PassReport, PersistenceFailed> {
  const { hash, identity, loose, sizeBytes } = content
  const builder = new OutboardBuilder()
  const extents = new ExtentHashes(() => builder.root())
  const pairs = new PairCheck(treeOf(reader, content), identity)
  const ends = new PrefixCheck(prefixes, builder)
  ends.settle()
  const damages: Array<Damaged> = []
  const soundExtents: Array<Extent> = []
  let readBytes = 0
  let isWhole = true
  let isPruned = false

  const judge = (hashed: HashedExtent): void => {
    const { extent } = hashed
    if (extent.hash === hashed.hash) {
      soundExtents.push(extent)
      return
    }
    const span = { start: extent.offset, end: extent.offset + extent.length }
    damages.push(damageOf(identity, span, `the bytes of an extent hash to ${hashed.hash}, its row says ${extent.hash}`))
  }

  const take = Effect.fnUntraced(function* (window: FetchedWindow) {
    isWhole &&= window.isWhole
    for (const { bytes, piece, subtrees } of window.parts) {
      isWhole &&= bytes !== undefined || subtrees !== undefined
      isPruned ||= piece.extent.kind === "pruned"
      if (bytes === undefined && subtrees === undefined) continue
      readBytes += piece.end - piece.start
      if (isWhole && subtrees !== undefined) {
        for (const { cv, pairs: within } of subtrees) {
          yield* pairs.check(builder.addSubtree(cv, SUBTREE_LEVEL, within))
        }
      } else if (isWhole) {
        for (const part of ends.cut(bytes!)) {
          yield* pairs.check(builder.update(part))
          ends.settle()
        }
      }
      // The hash of what came before is only known while nothing was left out.
      if (!isWhole && piece.extent.offset === 0) continue
      if (subtrees !== undefined) extents.addSubtrees(piece, subtrees)
      const hashed = bytes === undefined ? undefined : extents.add(piece, bytes)
      if (hashed !== undefined) judge(hashed)
    }
  })

  const windows = Stream.fromIterable(stridesOver(sizeBytes), { chunkSize: 1 }).pipe(
    Stream.mapEffect((window) => fetchWindow(reader, content, window, ends), { concurrency: WINDOWS })
  )
  yield* Stream.runForEach(windows, take).pipe(
    Effect.catchTag("Damaged", (damaged) => {
      isWhole = false
      damages.push(damaged)
      return Effect.void
    })
  )
  if (isWhole) ends.finish()
  const isSound = isWhole && toHex(builder.root()) === hash
  if (isSound) pairs.finish(looseOf(sizeBytes, builder.edge()), loose)
  // Without the right bytes nothing is known of the tree: the other pass looks at it from the root down.
  const all = isSound ? [...damages, ...pairs.damages] : damages
  return { isSound, damages: all, soundExtents, isPruned, wrongPrefixes: ends.wrong, readBytes }
})
