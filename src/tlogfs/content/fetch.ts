/**
 * Fetching a span of a content from its extents, wherever they are. Not verified: callers check what comes (R4).
 */
import { Effect } from "effect"
import { Pruned } from "../../tinyfs/index.ts"
import type { BlobReader } from "./blob-reader.ts"
import { join } from "./bytes.ts"
import { type Piece, piecesOf } from "./extent.ts"
import { damageOf, failureOf } from "./failure.ts"
import { FRAME_BYTES } from "./limits.ts"
import type { Span } from "./seekable.ts"
import type { ContentIdentity, ReadFailure, StoredContent } from "./stored.ts"
import type { Unpacked, Wanted } from "./threads/unpack.ts"

/** Bytes that are unpacked together: those of a frame, so that the pieces of a window are one subtree. */
const SUBTREE_BYTES = FRAME_BYTES

/** Fetches exactly the bytes of a piece. They must not be changed. */
export const fetchPiece = (
  reader: BlobReader,
  identity: ContentIdentity,
  piece: Piece
): Effect.Effect<Uint8Array, ReadFailure | Pruned> => {
  const { end, extent, start } = piece
  const within = { start: start - extent.offset, end: end - extent.offset }
  if (extent.kind === "pruned") return Effect.fail(new Pruned(identity))
  if (extent.kind === "inline") {
    if (extent.content.length === extent.length)
      return Effect.succeed(extent.content.subarray(within.start, within.end))
    const why = `its row holds ${extent.content.length} bytes where ${extent.length} are needed`
    return Effect.fail(damageOf(identity, piece, why))
  }
  const span = { start: extent.blobOffset + within.start, end: extent.blobOffset + within.end }
  return Effect.mapError(reader.read(extent.blob, span), failureOf(reader.store.url, identity, piece))
}

/** The parts of extents that make up a span; fails where its bytes are not held exactly once. */
export const piecesIn = Effect.fnUntraced(function* (
  content: StoredContent,
  span: Span
): Effect.fn.Return<ReadonlyArray<Piece>, ReadFailure> {
  const { mistakes, pieces } = piecesOf(yield* content.extents(span), span)
  const mistake = mistakes[0]
  return mistake === undefined ? pieces : yield* damageOf(content.identity, mistake, mistake.why)
})

/** Fetches and joins the bytes of pieces, or says which of them cannot be had, and why. They must not be changed. */
export const fetchPieces = Effect.fnUntraced(function* (
  reader: BlobReader,
  identity: ContentIdentity,
  pieces: ReadonlyArray<Piece>
): Effect.fn.Return<Uint8Array, ReadFailure | Pruned> {
  const parts: Array<Uint8Array> = []
  for (const piece of pieces) parts.push(yield* fetchPiece(reader, identity, piece))
  return join(parts)
})

/** Fetches exactly the bytes of a span. */
export const fetchSpan = (reader: BlobReader, content: StoredContent, span: Span) =>
  Effect.flatMap(piecesIn(content, span), (pieces) => fetchPieces(reader, content.identity, pieces))

/**
 * Fetches and hashes, beside this thread, pieces that are subtrees of 1 MiB of their content (but not all of it) and lie together in a blob;
 * `undefined` when they do not.
 */
export const unpackPieces = Effect.fnUntraced(function* (
  reader: BlobReader,
  identity: ContentIdentity,
  pieces: ReadonlyArray<Piece>,
  wanted: Omit<Wanted, "offset">
): Effect.fn.Return<ReadonlyArray<Unpacked> | undefined, ReadFailure> {
  const [piece] = pieces
  if (pieces.length !== 1 || piece?.extent.kind !== "blob") return undefined
  const { end, extent, start } = piece
  if (start % SUBTREE_BYTES !== 0) return undefined
  const from = extent.blobOffset + start - extent.offset
  return yield* reader
    .unpack(extent.blob, { start: from, end: from + end - start }, { ...wanted, offset: start })
    .pipe(Effect.mapError(failureOf(reader.store.url, identity, piece)))
})
