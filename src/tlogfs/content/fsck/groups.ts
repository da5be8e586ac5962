/**
 * The thorough pass over a content that is known to be damaged: group by group, to tell which bytes are, and which are not.
 */
import { Effect } from "effect"
import { GROUP_BYTES, type HashTree, run, VerificationFailed, verifyRange } from "../../../bao/index.ts"
import type { Damaged, PersistenceFailed } from "../../../tinyfs/index.ts"
import type { BlobReader } from "../blob-reader.ts"
import { join } from "../bytes.ts"
import { piecesOf } from "../extent.ts"
import { damageOf, whyOf } from "../failure.ts"
import { fetchPiece } from "../fetch.ts"
import type { Span } from "../seekable.ts"
import type { StoredContent } from "../stored.ts"
import { treeOf } from "../tree.ts"
import { windowsOver } from "./windows.ts"

/** Bytes that could be read, one after the other. */
interface Stretch extends Span {
  readonly parts: Array<Uint8Array>
  end: number
}

/** What was found in a stretch of a content. */
interface Finding extends Span {
  readonly why: string
}

/** Findings in the order of the content; neighbours with the same reason are one. */
const merged = (findings: ReadonlyArray<Finding>): ReadonlyArray<Finding> => {
  const ordered: Array<Finding> = []
  for (const finding of findings.toSorted((left, right) => left.start - right.start)) {
    const last = ordered.at(-1)
    const continues = last !== undefined && last.end === finding.start && last.why === finding.why
    if (continues) ordered[ordered.length - 1] = { ...last, end: finding.end }
    else ordered.push(finding)
  }
  return ordered
}

/** The whole groups in a stretch of a content. */
const groupsIn = (sizeBytes: number, { end, start }: Span): Span => ({
  start: Math.ceil(start / GROUP_BYTES) * GROUP_BYTES,
  end: end === sizeBytes ? end : Math.floor(end / GROUP_BYTES) * GROUP_BYTES
})

/** Checks all groups of a span, going on after each that fails. */
const checkGroups = (tree: HashTree, groups: Span, bytes: Uint8Array, findings: Array<Finding>): void => {
  for (let { start } = groups; start < groups.end;) {
    try {
      const steps = run(verifyRange(tree, start, groups.end), (from, to) =>
        bytes.subarray(from - groups.start, to - groups.start)
      )
      while (steps.next().done !== true);
      return
    } catch (error) {
      if (!(error instanceof VerificationFailed)) throw error
      const end = Math.min(error.end, groups.end)
      findings.push({ start: Math.max(start, error.start), end, why: whyOf(error) })
      start = end
    }
  }
}

/** Names every part of a content that cannot be read, or does not match its hash. What was pruned is no damage. */
export const groupDamages = Effect.fnUntraced(function* (
  reader: BlobReader,
  content: StoredContent
): Effect.fn.Return<ReadonlyArray<Damaged>, PersistenceFailed> {
  const { identity, sizeBytes } = content
  const tree = treeOf(reader, content)
  const findings: Array<Finding> = []

  const readable = Effect.fnUntraced(function* (window: Span) {
    const { mistakes, pieces } = piecesOf(yield* content.extents(window), window)
    findings.push(...mistakes)
    const stretches: Array<Stretch> = []
    for (const piece of pieces) {
      const bytes = yield* fetchPiece(reader, identity, piece).pipe(
        Effect.catchTags({
          Damaged: ({ why }) => Effect.sync(() => void findings.push({ start: piece.start, end: piece.end, why })),
          Pruned: () => Effect.void
        })
      )
      const last = stretches.at(-1)
      if (bytes === undefined) continue
      if (last?.end === piece.start) {
        last.parts.push(bytes)
        last.end = piece.end
      } else stretches.push({ start: piece.start, end: piece.end, parts: [bytes] })
    }
    return stretches
  })

  const checkWindow = Effect.fnUntraced(function* (window: Span) {
    for (const stretch of yield* readable(window)) {
      const groups = groupsIn(sizeBytes, stretch)
      if (groups.start >= groups.end) continue
      const offset = groups.start - stretch.start
      const bytes = join(stretch.parts).subarray(offset, offset + groups.end - groups.start)
      checkGroups(yield* tree.over(groups), groups, bytes, findings)
    }
  })

  for (const window of windowsOver(sizeBytes)) {
    yield* Effect.catchTag(checkWindow(window), "Damaged", ({ why }) =>
      Effect.sync(() => findings.push({ ...window, why }))
    )
  }
  return merged(findings).map((finding) => damageOf(identity, finding, finding.why))
})
