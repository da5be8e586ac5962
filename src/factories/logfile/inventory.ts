/**
 * The files of a mirror beside those of the host: who mirrors whom, by names, without reading either.
 */
import { Effect } from "effect"
import { compareKeys } from "../../store/key.ts"
import { Transaction } from "../../tinyfs/index.ts"
import { HostFiles } from "../host/files.ts"
import type { Bytes } from "./bytes.ts"
import type { Known } from "./known.ts"
import { type Listed, type Listing, listFiles } from "./listing.ts"
import { entriesIn, type Mirror, ownFinder } from "./mirror.ts"

/** A file of the mirror, and the file of the host that it mirrors, if that is there. */
export interface Pair {
  readonly known: Known
  readonly listed: Listed | undefined
}

/** What a mirror and its host hold. */
export interface Inventory {
  /** In ascending order of names in the pond. */
  readonly pairs: ReadonlyArray<Pair>
  /** Files of the host that the mirror does not have. */
  readonly unmirrored: ReadonlyArray<Listed>
  readonly failures: Listing["failures"]
}

/** Looks at both sides, by names alone. */
export const inventory = Effect.fn("logfile.inventory")(function* (mirror: Mirror) {
  const { known } = yield* entriesIn(yield* Transaction, mirror.directory)
  const listing = yield* listFiles(mirror)
  const ownOf = ownFinder(known, new Set(listing.files.map(({ name }) => name)))
  const byEntry = new Map<Known, Listed>()
  const unmirrored: Array<Listed> = []
  for (const listed of listing.files) {
    const own = listed.isText ? ownOf(listed.name) : undefined
    if (own === undefined || byEntry.has(own)) unmirrored.push(listed)
    else byEntry.set(own, listed)
  }
  const pairs = [...known.values()]
    .toSorted((left, right) => compareKeys(left.entry.name, right.entry.name))
    .map((one): Pair => ({ known: one, listed: byEntry.get(one) }))
  return { pairs, unmirrored, failures: listing.failures } satisfies Inventory
})

/** Opens a listed file as a sync does; `undefined` when it is no file, or a link that is not followed. */
export const openListed = Effect.fnUntraced(function* ({ isFollowing }: Mirror, listed: Listed) {
  if (listed.kind !== "file" && !(listed.kind === "symlink" && isFollowing)) return undefined
  const host = yield* HostFiles
  const file = yield* host.open(listed.directory, listed.bytes, { isFollowing: listed.kind === "symlink" })
  const { isRegular, sizeBytes } = yield* file.stat
  const path = `${Buffer.from(listed.directory).toString()}/${listed.name}`
  return isRegular ? ({ path, file, sizeBytes } satisfies Bytes) : undefined
})
