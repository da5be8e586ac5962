/**
 * Reading what lies in one group with pruned bytes. Such a group has no hash that could be made again from what is left of it: its bytes are
 * checked by the hash of their extent, which is read whole for it (R4).
 */
import { Effect } from "effect"
import { GROUP_BYTES, Hasher, toHex } from "../../bao/index.ts"
import type { Pruned } from "../../tinyfs/index.ts"
import type { BlobReader } from "./blob-reader.ts"
import { join } from "./bytes.ts"
import type { Piece } from "./extent.ts"
import { damageOf } from "./failure.ts"
import { fetchPiece } from "./fetch.ts"
import { FRAME_BYTES } from "./limits.ts"
import type { Span } from "./seekable.ts"
import type { ContentIdentity, ReadFailure } from "./stored.ts"

/** Groups next to each other, all of them with pruned bytes, or all without. */
export interface GroupRun extends Span {
  readonly isPruned: boolean
}

/** Cuts whole groups into runs, by the pieces that they consist of. */
export const runsOf = (groups: Span, pieces: ReadonlyArray<Piece>): ReadonlyArray<GroupRun> => {
  const runs: Array<GroupRun> = []
  const add = (start: number, end: number, isPruned: boolean): void => {
    const last = runs.at(-1)
    const from = Math.max(start, last?.end ?? groups.start)
    const to = Math.min(end, groups.end)
    if (from >= to) return
    if (last?.isPruned === isPruned) runs[runs.length - 1] = { ...last, end: to }
    else runs.push({ start: from, end: to, isPruned })
  }
  for (const { end, extent, start } of pieces) {
    if (extent.kind !== "pruned") continue
    const first = Math.floor(start / GROUP_BYTES) * GROUP_BYTES
    add(groups.start, first, false)
    add(first, Math.ceil(end / GROUP_BYTES) * GROUP_BYTES, true)
  }
  add(groups.start, groups.end, false)
  return runs
}

/** Fetches the bytes of a piece, checked by the hash of its extent. Keeps no more than 1 MiB besides them in memory. */
export const fetchByExtent = Effect.fnUntraced(function* (
  reader: BlobReader,
  identity: ContentIdentity,
  piece: Piece
): Effect.fn.Return<Uint8Array, Pruned | ReadFailure> {
  const { extent } = piece
  const extentEnd = extent.offset + extent.length
  const hasher = new Hasher()
  const kept: Array<Uint8Array> = []
  for (let start = extent.offset; start < extentEnd; start += FRAME_BYTES) {
    const end = Math.min(extentEnd, start + FRAME_BYTES)
    const bytes = yield* fetchPiece(reader, identity, { extent, start, end })
    hasher.update(bytes)
    const wanted = { start: Math.max(piece.start, start), end: Math.min(piece.end, end) }
    if (wanted.start < wanted.end) kept.push(bytes.slice(wanted.start - start, wanted.end - start))
  }
  if (toHex(hasher.root()) === extent.hash) return join(kept)
  return yield* damageOf(identity, piece, `they lie in bytes that do not hash to ${extent.hash}, as their row says`)
})
