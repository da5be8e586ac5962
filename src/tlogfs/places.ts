/**
 * The places of a pond: what is true, what may be deleted at any time, and what concerns this machine alone (R1).
 *
 * Everything that is written goes through them, so that a dry run is the same program over other places (R8).
 */
import { Effect } from "effect"
import { homedir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { hash, toHex } from "../bao/index.ts"
import { cachedStore } from "../store/cache.ts"
import { localStore } from "../store/local/store.ts"
import { overlayStore } from "../store/overlay/store.ts"
import type { Store } from "../store/ObjectStore.ts"
import type { StoreOptions } from "../store/options.ts"
import { storeAt } from "../store/stores.ts"
import { publicUrl, UnknownStoreUrl } from "../store/url.ts"
import type { LeaveOut } from "../tinyfs/index.ts"
import { NotAPond } from "./errors.ts"
import { HEAD_HINT, tableUrl } from "./names.ts"
import { openAt } from "./pond.ts"
import { partialStore } from "./replicate/left-out.ts"

/** Where a pond keeps things. */
export interface Places {
  /** Where the pond is, as people name it. */
  readonly url: string
  /** Everything durable: the table and its blobs. */
  readonly data: Store
  /** The same without what is kept of it on this machine: what is checked is read where it lies. */
  readonly bare: Store
  /** Caches. */
  readonly control: Store
  /** Role, settings and job history of this machine. */
  readonly local: Store
  /** The directory of the writers' lock; none where nothing is locked. */
  readonly lockDirectory: string | undefined
  /** The directory of `control`, where programs that need files keep theirs; none in a dry run, which keeps nothing. */
  readonly cacheDirectory: string | undefined
  /** How this machine reaches ponds elsewhere. */
  readonly reach: StoreOptions
}

/** The places of the pond in a directory. Touches nothing. */
export const placesAt = (directory: string, reach: StoreOptions = {}): Places => {
  const data = partialStore(localStore(join(directory, "data")))
  return {
    url: directory,
    data,
    bare: data,
    control: localStore(join(directory, "control")),
    local: localStore(join(directory, "local")),
    lockDirectory: join(directory, "control"),
    cacheDirectory: join(directory, "control"),
    reach
  }
}

/** The same places for a dry run: what is written to them is seen by the run and goes with it. */
export const dryPlaces = ({ bare, control, data, local, reach, url }: Places): Places => ({
  url,
  data: overlayStore(data),
  bare,
  control: overlayStore(control),
  local: overlayStore(local),
  lockDirectory: undefined,
  cacheDirectory: undefined,
  reach
})

/** Answers of remote stores that are kept on this machine, at most. */
const CACHE_BYTES_MAX = 512 * 1024 * 1024

/** Objects named by their content or by chance; a log entry has the name of another pond's, should one take the place. */
const isImmutable = (key: string): boolean => !key.startsWith("_delta_log/") && key !== HEAD_HINT

/** The places of a pond at a URL, whose own files lie under a name made of it: two copies of one pond have two roles. */
const remotePlaces = Effect.fnUntraced(function* (url: string, isDry: boolean, reach: StoreOptions) {
  const base = yield* storeAt(tableUrl(url), reach)
  const name = toHex(hash(new TextEncoder().encode(base.url))).slice(0, 32)
  const homeOf = (variable: string, fallback: string): string => {
    const given = process.env[variable]
    return join(given === undefined || given === "" ? join(homedir(), fallback) : given, "pond", name)
  }
  const cache = homeOf("XDG_CACHE_HOME", ".cache")
  const dry = (store: Store): Store => (isDry ? overlayStore(store) : store)
  const kept = dry(localStore(join(cache, "objects")))
  const places: Places = {
    url: publicUrl(url),
    data: dry(cachedStore(base, kept, { isImmutable, bytesMax: CACHE_BYTES_MAX })),
    bare: base,
    control: dry(localStore(join(cache, "control"))),
    local: dry(localStore(homeOf("XDG_STATE_HOME", ".local/state"))),
    lockDirectory: isDry || base.capabilities.readOnly ? undefined : join(cache, "control"),
    cacheDirectory: isDry ? undefined : join(cache, "control"),
    reach
  }
  return places
})

const SCHEME = /^[a-z][a-z0-9+.-]+:/iu

/**
 * The places of a pond: of a directory, `file:///directory`, `s3://bucket/prefix` or `https://host/path` (read-only). `reach` says how ponds
 * elsewhere are reached, this one and its remotes.
 */
export const placesOf = (
  url: string,
  isDry: boolean,
  reach: StoreOptions = {}
): Effect.Effect<Places, UnknownStoreUrl> => {
  const isFile = /^file:/iu.test(url)
  if (SCHEME.test(url) && !isFile) return remotePlaces(url, isDry, reach)
  if (url === "") return Effect.fail(new UnknownStoreUrl({ url, reason: "it is empty" }))
  if (isFile && !/^file:\//iu.test(url)) {
    return Effect.fail(new UnknownStoreUrl({ url, reason: "the path in it is not absolute" }))
  }
  return Effect.map(
    Effect.try({
      try: () => (SCHEME.test(url) ? fileURLToPath(url) : url),
      catch: (cause) => new UnknownStoreUrl({ url, reason: cause instanceof Error ? cause.message : String(cause) })
    }),
    (directory) => (isDry ? dryPlaces(placesAt(directory, reach)) : placesAt(directory, reach))
  )
}

/**
 * Opens the pond in its places; with `isCreating` it is made if there is none. A writer waits `lockWaitMs` for another one. Walks tell
 * `leaveOut` of imports that cannot be read; without it they fail.
 */
export const openPlaces = (
  { control, data, lockDirectory, reach, url }: Places,
  isCreating = false,
  lockWaitMs?: number,
  leaveOut?: LeaveOut
) =>
  Effect.suspend(() => openAt(data, isCreating, lockDirectory, lockWaitMs, { control, reach, leaveOut })).pipe(
    // People know the pond by its own place, not by that of its table.
    Effect.catchTag("NotAPond", ({ why }) => Effect.fail(new NotAPond({ url, why })))
  )
