/**
 * Fetching a span of a content from its extents, wherever they are. Not verified: callers check what comes (R4).
 */
import { Effect } from "effect"
import { Pruned } from "../../tinyfs/index.ts"
import type { BlobReader } from "./blob-reader.ts"
import { join } from "./bytes.ts"
import { type Piece, piecesOf } from "./extent.ts"
import { damageOf, failureOf } from "./failure.ts"
import type { Span } from "./seekable.ts"
import type { ContentIdentity, ReadFailure, StoredContent } from "./stored.ts"

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

/** Fetches exactly the bytes of a span, or says which of them cannot be had, and why. They must not be changed. */
export const fetchSpan = Effect.fnUntraced(function* (
  reader: BlobReader,
  content: StoredContent,
  span: Span
): Effect.fn.Return<Uint8Array, ReadFailure | Pruned> {
  const { mistakes, pieces } = piecesOf(yield* content.extents(span), span)
  const mistake = mistakes[0]
  if (mistake !== undefined) return yield* damageOf(content.identity, mistake, mistake.why)
  const parts: Array<Uint8Array> = []
  for (const piece of pieces) parts.push(yield* fetchPiece(reader, content.identity, piece))
  return join(parts)
})
