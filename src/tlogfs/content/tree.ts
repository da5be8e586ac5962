/**
 * The hash tree of a stored content, as far as a span needs it: the pairs from the root down to its groups, fetched from rows and blobs.
 *
 * Of 1 GiB, 16 KiB need 16 pairs: some ten pages of 16 KiB where the tree is a blob, not its 4 MiB. Pairs are not believed here: whoever
 * verifies checks each against the one above, from the root down (R4).
 */
import { Effect } from "effect"
import {
  fromHex,
  GROUP_BYTES,
  groupsOf,
  type HashTree,
  PAIR_BYTES,
  postOf,
  stablePairs as stablePairsOf
} from "../../bao/index.ts"
import { leftChild, rightChild, top } from "../../bao/tree.ts"
import type { BlobReader } from "./blob-reader.ts"
import { damageOf, failureOf } from "./failure.ts"
import { FRAME_BYTES } from "./limits.ts"
import { edgeBase, edgeOf, type PairRun } from "./outboard.ts"
import type { Span } from "./seekable.ts"
import type { ReadFailure, StoredContent } from "./stored.ts"

/** Pairs further apart than this are fetched by themselves. */
const GAP_PAIRS = 256

/** Pairs from position `first` on, of one run. */
export interface FetchedPairs {
  readonly run: PairRun
  readonly first: number
  readonly bytes: Uint8Array
}

/** The tree of one content. */
export interface ContentTree {
  /** The tree with all pairs above the groups of a span: those that verifying it group by group needs. */
  readonly over: (span: Span) => Effect.Effect<HashTree, ReadFailure>
  /** As `over`, without the pairs of subtrees of at most 1 MiB that lie in the span: those that verifying it by such parts needs. */
  readonly above: (span: Span) => Effect.Effect<HashTree, ReadFailure>
  /** The stable pairs at some positions, ascending. */
  readonly stablePairs: (
    positions: ReadonlyArray<number>
  ) => Effect.Effect<ReadonlyMap<number, Uint8Array>, ReadFailure>
  /** The stable pairs at positions [start, end), as far as rows hold them. */
  readonly stableRuns: (positions: Span) => Effect.Effect<ReadonlyArray<FetchedPairs>, ReadFailure>
}

/** The groups of a span; an empty one has the group where it begins. */
const groupsOver = ({ end, start }: Span): Span => {
  const from = Math.floor(start / GROUP_BYTES)
  return { start: from, end: Math.max(from + 1, Math.ceil(end / GROUP_BYTES)) }
}

/** Most groups of a subtree that is verified as a whole. */
const PART_GROUPS = FRAME_BYTES / GROUP_BYTES

/** Positions of the pairs above the groups of a span, ascending: all, or but those of small subtrees that lie in it. */
const positionsOver = (sizeBytes: number, span: Span, leavesOutInner: boolean): ReadonlyArray<number> => {
  const { end, start } = groupsOver(span)
  const positions: Array<number> = []
  const pending = [top(groupsOf(sizeBytes))]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const isInside = node.start >= start && node.start + node.length <= end && node.length <= PART_GROUPS
    if (node.length === 1 || (leavesOutInner && isInside)) continue
    positions.push(postOf(node))
    const right = rightChild(node)
    if (right.start < end) pending.push(right)
    if (right.start > start) pending.push(leftChild(node))
  }
  return positions.toSorted((left, right) => left - right)
}

/** Spans that cover ascending positions, with no gap larger than `GAP_PAIRS`. */
const clustersOf = (positions: ReadonlyArray<number>): ReadonlyArray<Span> => {
  const clusters: Array<{ start: number; end: number }> = []
  for (const position of positions) {
    const last = clusters.at(-1)
    if (last !== undefined && position - last.end <= GAP_PAIRS) last.end = position + 1
    else clusters.push({ start: position, end: position + 1 })
  }
  return clusters
}

/** Makes the tree of a content; what does not depend on a span is fetched once. */
export const treeOf = (reader: BlobReader, content: StoredContent): ContentTree => {
  const { identity, sizeBytes } = content
  const stable = stablePairsOf(sizeBytes)
  const base = edgeBase(sizeBytes)
  const failure = failureOf(reader.store.url, identity, null)
  let edge: Uint8Array | undefined

  const stableRuns = Effect.fnUntraced(function* (
    positions: Span
  ): Effect.fn.Return<ReadonlyArray<FetchedPairs>, ReadFailure> {
    const fetched: Array<FetchedPairs> = []
    for (const run of yield* content.runs(positions)) {
      const first = Math.max(run.first, positions.start)
      const end = Math.min(run.first + run.count, positions.end)
      const span = { start: (first - run.first) * PAIR_BYTES, end: (end - run.first) * PAIR_BYTES }
      const bytes =
        "pairs" in run
          ? run.pairs.subarray(span.start, span.end)
          : yield* Effect.mapError(reader.readPaged(run.blob, run.count * PAIR_BYTES, span), failure)
      fetched.push({ run, first, bytes })
    }
    return fetched
  })

  const stablePairs = Effect.fnUntraced(function* (
    positions: ReadonlyArray<number>
  ): Effect.fn.Return<ReadonlyMap<number, Uint8Array>, ReadFailure> {
    const pairs = new Map<number, Uint8Array>()
    const concurrency = reader.store.capabilities.remote ? "unbounded" : 1
    const clusters = yield* Effect.forEach(clustersOf(positions), stableRuns, { concurrency })
    for (const { bytes, first } of clusters.flat()) {
      for (let at = 0; at < bytes.length; at += PAIR_BYTES) {
        pairs.set(first + at / PAIR_BYTES, bytes.subarray(at, at + PAIR_BYTES))
      }
    }
    const missing = positions.find((position) => pairs.get(position)?.length !== PAIR_BYTES)
    if (missing !== undefined) return yield* damageOf(identity, null, `no row holds pair ${missing} of its hash tree`)
    return pairs
  })

  const load = Effect.fnUntraced(function* (needed: ReadonlyArray<number>): Effect.fn.Return<HashTree, ReadFailure> {
    const pairs = yield* stablePairs(needed.filter((position) => position < stable))
    if (edge === undefined && needed.some((position) => position >= stable)) {
      const tops = yield* stablePairs(base)
      edge = edgeOf(
        base.map((position) => tops.get(position)!),
        content.loose
      )
    }
    const outboard = (position: number): Uint8Array =>
      position < stable
        ? pairs.get(position)!
        : edge!.subarray((position - stable) * PAIR_BYTES).subarray(0, PAIR_BYTES)
    return { root: fromHex(content.hash), sizeBytes, outboard }
  })
  return {
    over: (span) => load(positionsOver(sizeBytes, span, false)),
    above: (span) => load(positionsOver(sizeBytes, span, true)),
    stablePairs,
    stableRuns
  }
}
