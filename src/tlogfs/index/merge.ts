/**
 * Merging sorted entries: of several sources the newest entry of each key wins. Memory is one group per source.
 */
import type { Entry, KeyRange } from "./keys.ts"
import { lowerBound, type Piece } from "./piece.ts"

/** Entries in ascending order of keys, group by group. */
export type SortedSource = AsyncIterator<ReadonlyArray<Entry>>

const BATCH_ENTRIES = 2048

/** Row groups that somebody may look at again soon: a range of more is read on and on. */
const LOOKED_UP_GROUPS = 4

/** The entries of a piece within a range, tombstones included. */
export async function* entriesOfPiece(piece: Piece, range: KeyRange): AsyncGenerator<ReadonlyArray<Entry>> {
  const { first, end } = piece.groupsOf(range)
  const isLong = end - first > LOOKED_UP_GROUPS
  for (let index = first; index < end; index++) yield within(await piece.group(index, isLong), range)
}

/** The part of sorted entries that lies in a range. */
export const within = (entries: ReadonlyArray<Entry>, range: KeyRange): ReadonlyArray<Entry> =>
  entries.slice(lowerBound(entries, range.from), lowerBound(entries, range.to))

interface Cursor {
  readonly source: SortedSource
  group: ReadonlyArray<Entry>
  at: number
}

/** Merges sources, the newest first; of equal keys the entry of the newest source is kept, tombstones included. */
export async function* merge(sources: ReadonlyArray<SortedSource>): AsyncGenerator<ReadonlyArray<Entry>> {
  const cursors: Array<Cursor> = sources.map((source) => ({ source, group: [], at: 0 }))
  let live = await refill(cursors)
  let batch: Array<Entry> = []
  while (live.length > 0) {
    const smallest = takeSmallest(live)
    batch.push(smallest)
    if (batch.length === BATCH_ENTRIES) {
      yield batch
      batch = []
    }
    if (live.some(({ at, group }) => at === group.length)) live = await refill(live)
  }
  if (batch.length > 0) yield batch
}

/** Takes the smallest key from all cursors; the first of several that have it gives the entry. */
const takeSmallest = (live: ReadonlyArray<Cursor>): Entry => {
  let best = live[0]!.group[live[0]!.at]!
  for (let i = 1; i < live.length; i++) {
    const entry = live[i]!.group[live[i]!.at]!
    if (entry.key < best.key) best = entry
  }
  for (const cursor of live) if (cursor.group[cursor.at]!.key === best.key) cursor.at += 1
  return best
}

/** Fetches the next group of every exhausted cursor and drops those that have none. */
const refill = async (cursors: ReadonlyArray<Cursor>): Promise<ReadonlyArray<Cursor>> => {
  const live: Array<Cursor> = []
  for (const cursor of cursors) {
    while (cursor.at === cursor.group.length) {
      const next = await cursor.source.next()
      if (next.done === true) break
      cursor.group = next.value
      cursor.at = 0
    }
    if (cursor.at < cursor.group.length) live.push(cursor)
  }
  return live
}
