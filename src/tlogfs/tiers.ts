/**
 * Which sorted pieces or data files to merge: tiers as in a log-structured merge tree. Pure.
 *
 * Items are ordered from the oldest to the newest; an item's level says how often it was merged. When `FANOUT` neighbours of one level
 * have gathered at the newest end, they become one item of the next level: each byte is rewritten O(log n) times.
 */

/** Neighbours of one level that are merged together. */
export const FANOUT = 8

/** What a tiered item must tell. */
export interface Tiered {
  readonly level: number
  readonly sizeBytes: number
}

/** Items [first, end) of the list that are to become one of `level`. */
export interface MergePlan {
  readonly first: number
  readonly end: number
  readonly level: number
}

/** The next merge that is due, or none. An item of at least `fullBytes` is never merged again. */
export const mergeDue = (items: ReadonlyArray<Tiered>, fullBytes = Number.POSITIVE_INFINITY): MergePlan | undefined => {
  let end = items.length
  while (end > 0) {
    const level = items[end - 1]!.level
    let first = end
    while (first > 0 && items[first - 1]!.level === level && items[first - 1]!.sizeBytes < fullBytes) first -= 1
    if (end - first >= FANOUT) return { first, end, level: level + 1 }
    if (first === end) first -= 1
    end = first
  }
  return undefined
}

/** How much larger than all newer ones together an item must be to stay by itself, where each costs its readers a request. */
const STEEPNESS = 4

/** The next merge for stores whose requests are slow: items stay so few that each is several times larger than all newer ones. */
export const steepMergeDue = (items: ReadonlyArray<Tiered>): MergePlan | undefined => {
  let first: number | undefined
  let newerBytes = 0
  for (let at = items.length - 1; at >= 0; at--) {
    const { sizeBytes } = items[at]!
    if (sizeBytes < STEEPNESS * newerBytes) first = at
    newerBytes += sizeBytes
  }
  if (first === undefined) return undefined
  const level = Math.max(...items.slice(first).map((item) => item.level)) + 1
  return { first, end: items.length, level }
}
