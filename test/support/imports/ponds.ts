/**
 * Ponds in directories, one of which imports another, as tests need them.
 */
import { Effect } from "effect"
import { join } from "node:path"
import { MOUNT_FACTORY } from "../../../src/tinyfs/index.ts"
import { localStore } from "../../../src/store/local/store.ts"
import { encodePin, openPlaces, openTip, type Pin, placesAt, type PondInterface } from "../../../src/tlogfs/index.ts"
import { within } from "../tlogfs/open.ts"

/** Opens the pond in a directory, or makes one. */
export const pondIn = (directory: string) => openPlaces(placesAt(directory), true)

/** The store of the table of the pond in a directory. */
export const tableIn = (directory: string) => localStore(join(directory, "data"))

/** What a mount of the pond in a directory holds, as it is now. */
export const pinTo = (directory: string, others: Partial<Pin> = {}) =>
  Effect.map(openTip(tableIn(directory)), ({ pondId, tip: { chain, root, txn } }): Pin => ({
    url: directory,
    pond: pondId,
    txn,
    chain,
    root,
    mode: "lazy",
    transitive: false,
    ...others
  }))

/** Mounts what a pin says at a path. */
export const mountAt = (pond: PondInterface, path: string, pin: Pin) =>
  within(pond, (open) =>
    Effect.andThen(
      open.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { parents: true }),
      open.configure(path, MOUNT_FACTORY, encodePin(pin))
    )
  )
