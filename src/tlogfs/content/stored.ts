/**
 * A stored content: what must be known of one version of a node to read it.
 */
import { Effect } from "effect"
import type { Damaged, PersistenceFailed } from "../../tinyfs/index.ts"
import { type Extent, overlapping } from "./extent.ts"
import type { OutboardParts, PairRun } from "./outboard.ts"
import type { Span } from "./seekable.ts"

/** What reading can fail with, but for what was pruned. */
export type ReadFailure = Damaged | PersistenceFailed

/** Which content is read, for messages. */
export interface ContentIdentity {
  readonly node: string
  readonly path: string
  readonly version: number
}

/** What is written for a node that is yet to be made: nobody knows its name until the commit. */
export const NEW_SUBJECT = { node: "new", path: "new" }

/** Names a content in messages: its path, and its node, which survives renames. */
export const subjectOf = ({ node, path }: ContentIdentity): string => `${JSON.stringify(path)} (node ${node})`

/** Where a content and its hash tree are. Asked for by parts, so that the rows of a long history need not all be in memory. */
export interface StoredContent {
  readonly identity: ContentIdentity
  readonly sizeBytes: number
  /** BLAKE3 of all its bytes, hex. */
  readonly hash: string
  /** The extents that hold any byte of a span, in order. */
  readonly extents: (span: Span) => Effect.Effect<ReadonlyArray<Extent>, ReadFailure>
  /** The runs that hold any of the stable pairs at positions [start, end), in order. */
  readonly runs: (span: Span) => Effect.Effect<ReadonlyArray<PairRun>, ReadFailure>
  /** The chaining values of the loose groups (`outboard.ts`). */
  readonly loose: Uint8Array
}

/** The runs, of those in order, that hold any of the pairs at positions [start, end). */
export const overlappingRuns = (runs: ReadonlyArray<PairRun>, { end, start }: Span): ReadonlyArray<PairRun> => {
  let low = 0
  let high = runs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const { count, first } = runs[middle]!
    if (first + count <= start) low = middle + 1
    else high = middle
  }
  let last = low
  while (last < runs.length && runs[last]!.first < end) last++
  return runs.slice(low, last)
}

/** A content all of whose extents and pairs are in memory. */
export const contentInMemory = (
  about: Pick<StoredContent, "hash" | "identity" | "sizeBytes">,
  extents: ReadonlyArray<Extent>,
  { loose, runs }: OutboardParts
): StoredContent => ({
  ...about,
  extents: (span) => Effect.succeed(overlapping(extents, span)),
  runs: (span) => Effect.succeed(overlappingRuns(runs, span)),
  loose
})

/** What a write puts behind the bytes that were there. */
export interface Addition extends OutboardParts {
  /** The extents of the added bytes: known only when the packs in which they are were published. */
  readonly extents: Effect.Effect<ReadonlyArray<Extent>, ReadFailure>
}

/** A content that begins with another, if anything was there before, and goes on. */
export const continued = (
  about: Pick<StoredContent, "hash" | "identity" | "sizeBytes">,
  before: { readonly sizeBytes: number; readonly stored: Effect.Effect<StoredContent, ReadFailure> } | undefined,
  { extents, loose, runs }: Addition
): StoredContent => {
  const offset = before?.sizeBytes ?? 0
  const first = runs[0]?.first ?? Number.MAX_SAFE_INTEGER
  return {
    ...about,
    extents: Effect.fnUntraced(function* (span) {
      const own = span.end > offset ? overlapping(yield* extents, span) : []
      if (before === undefined || span.start >= offset) return own
      const { extents: earlier } = yield* before.stored
      return [...(yield* earlier({ start: span.start, end: Math.min(span.end, offset) })), ...own]
    }),
    runs: Effect.fnUntraced(function* (span) {
      const own = overlappingRuns(runs, span)
      if (before === undefined || span.start >= first) return own
      const { runs: earlier } = yield* before.stored
      return [...(yield* earlier({ start: span.start, end: Math.min(span.end, first) })), ...own]
    }),
    loose
  }
}
