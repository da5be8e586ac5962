/**
 * The upkeep of copies of imported ponds: they grow with every pull, and are maintained as the pond itself is.
 */
import { Effect, Stream } from "effect"
import type { Store } from "../../store/ObjectStore.ts"
import { maintain, type MaintenanceReport } from "../maintain.ts"
import {
  copiesIn,
  forgetCopy,
  IMPORTS_FOLDER,
  type ImportPlaces,
  namesCopy,
  NAMES_FOLDER,
  wholeCopy
} from "./places.ts"

/** What maintenance of a whole copy did, or why it could not be done: then `fsck` tells more. */
export type CopyMaintenance =
  | { readonly pond: string; readonly report: MaintenanceReport }
  | { readonly pond: string; readonly problem: string }

/** Maintains the whole copies of imported ponds that lie beside a pond's own data. */
export const maintainWhole = Effect.fn("imports.maintainWhole")(function* (data: Store, graceMs: number) {
  const ponds = yield* copiesIn(data, IMPORTS_FOLDER)
  return yield* Effect.forEach(ponds, (pond) =>
    Effect.match(maintain(wholeCopy({ data }, pond), graceMs), {
      onFailure: ({ message }): CopyMaintenance => ({ pond, problem: message }),
      onSuccess: (report): CopyMaintenance => ({ pond, report })
    })
  )
})

/** Maintains the copies of names in the caches; one that cannot be maintained is made anew when somebody looks (R6). */
export const maintainNames = Effect.fn("imports.maintainNames")(function* (control: Store, graceMs: number) {
  const ponds = yield* copiesIn(control, NAMES_FOLDER)
  for (const pond of ponds) {
    const copy = namesCopy({ control }, pond)
    yield* Effect.catch(maintain(copy, graceMs), () => forgetCopy(copy))
  }
})

/** Removes all copies of an imported pond; gives what the whole one took up. */
export const purgeCopies = Effect.fn("imports.purgeCopies")(function* (
  { control, data }: Pick<ImportPlaces, "control" | "data">,
  pond: string
) {
  const removed = { objects: 0, bytes: 0 }
  yield* Stream.runForEach(wholeCopy({ data }, pond).list(""), ({ sizeBytes }) =>
    Effect.sync(() => {
      removed.objects += 1
      removed.bytes += sizeBytes
    })
  )
  yield* forgetCopy(wholeCopy({ data }, pond))
  yield* forgetCopy(namesCopy({ control }, pond))
  return removed
})
