/**
 * The places of a pond: what is true, what may be deleted at any time, and what concerns this machine alone (R1).
 *
 * Everything that is written goes through them, so that a dry run is the same program over other places (R8).
 */
import { Effect } from "effect"
import { join } from "node:path"
import { localStore } from "../store/local/store.ts"
import { overlayStore } from "../store/overlay/store.ts"
import type { Store } from "../store/ObjectStore.ts"
import { NotAPond } from "./errors.ts"
import { openAt } from "./pond.ts"

/** Where a pond keeps things. */
export interface Places {
  /** Where the pond is, as people name it. */
  readonly url: string
  /** Everything durable: the table and its blobs. */
  readonly data: Store
  /** Caches. */
  readonly control: Store
  /** Role, settings and job history of this machine. */
  readonly local: Store
  /** The directory of the writers' lock; none where nothing is locked. */
  readonly lockDirectory: string | undefined
}

/** The places of the pond in a directory. Touches nothing. */
export const placesAt = (url: string): Places => ({
  url,
  data: localStore(join(url, "data")),
  control: localStore(join(url, "control")),
  local: localStore(join(url, "local")),
  lockDirectory: join(url, "control")
})

/** The same places for a dry run: what is written to them is seen by the run and goes with it. */
export const dryPlaces = ({ control, data, local, url }: Places): Places => ({
  url,
  data: overlayStore(data),
  control: overlayStore(control),
  local: overlayStore(local),
  lockDirectory: undefined
})

/** Opens the pond in its places; with `isCreating` it is made if there is none. */
export const openPlaces = ({ data, lockDirectory, url }: Places, isCreating = false) =>
  Effect.suspend(() => openAt(data, isCreating, lockDirectory)).pipe(
    // People know the pond by its own place, not by that of its table.
    Effect.catchTag("NotAPond", ({ why }) => Effect.fail(new NotAPond({ url, why })))
  )
