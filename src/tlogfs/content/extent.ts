/**
 * Extents: contiguous runs of a content's bytes, each stored once (the physical columns of a row, format.md section 3). Pure.
 */
import type { Span } from "./seekable.ts"

/** A run of a content's bytes: where they begin, and how many they are, at least one. */
export interface Place {
  readonly offset: number
  readonly length: number
}

/** What every extent tells. */
interface Run extends Place {
  /** BLAKE3 of exactly these bytes, hex. */
  readonly hash: string
}

/** Bytes kept in the row itself. */
export interface InlineExtent extends Run {
  readonly kind: "inline"
  readonly content: Uint8Array
}

/** Bytes in a blob, from `blobOffset` of its content on. */
export interface BlobExtent extends Run {
  readonly kind: "blob"
  readonly blob: string
  readonly blobOffset: number
}

/** Bytes that were forgotten on purpose. */
export interface PrunedExtent extends Run {
  readonly kind: "pruned"
}

/** A run of bytes and where they are. */
export type Extent = InlineExtent | BlobExtent | PrunedExtent

/** A part of an extent: the bytes [start, end) of the content. */
export interface Piece extends Span {
  readonly extent: Extent
}

/** The first of extents in ascending order that ends after `offset`. */
const firstAfter = (extents: ReadonlyArray<Place>, offset: number): number => {
  let low = 0
  let high = extents.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const { length, offset: start } = extents[middle]!
    if (start + length <= offset) low = middle + 1
    else high = middle
  }
  return low
}

/** The extents, of those in ascending order, that hold any byte of a span. */
export const overlapping = <P extends Place>(extents: ReadonlyArray<P>, { end, start }: Span): ReadonlyArray<P> => {
  const first = firstAfter(extents, start)
  let last = first
  while (last < extents.length && extents[last]!.offset < end) last++
  return extents.slice(first, last)
}

/** A stretch of content that extents do not hold exactly once. */
export interface Mistake extends Span {
  readonly why: string
}

/**
 * Which parts of extents make up a span, in order. `mistakes` are bytes of the span that no extent holds, or several: then the extents
 * are not those of the content.
 */
export const piecesOf = (
  extents: ReadonlyArray<Extent>,
  span: Span
): { readonly pieces: ReadonlyArray<Piece>; readonly mistakes: ReadonlyArray<Mistake> } => {
  const pieces: Array<Piece> = []
  const mistakes: Array<Mistake> = []
  let at = span.start
  for (const extent of overlapping(extents, span)) {
    const start = Math.max(span.start, extent.offset)
    const end = Math.min(span.end, extent.offset + extent.length)
    if (start > at) mistakes.push({ start: at, end: start, why: "no extent holds them" })
    if (start < at) mistakes.push({ start, end: Math.min(at, end), why: "two extents hold them" })
    if (end <= at) continue
    pieces.push({ extent, start: Math.max(at, start), end })
    at = end
  }
  if (at < span.end) mistakes.push({ start: at, end: span.end, why: "no extent holds them" })
  return { pieces, mistakes }
}
